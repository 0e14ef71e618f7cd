"""Holds a workbook's fields against the warehouse's views and the data contract."""

import functools
import pathlib
from collections.abc import Iterator
from typing import Any

import duckdb
import yaml

CONTRACT = pathlib.Path(__file__).resolve().parents[3] / "contract" / "covers.odcs.yaml"
DUCKDB = {"TIMESTAMP": "DATETIME"}
# What Tableau makes of the contract's types, and how Snowflake and Hyper number them.
LOCAL = {
    "VARCHAR": "string",
    "BIGINT": "integer",
    "DECIMAL(18,4)": "real",
    "DECIMAL(38,4)": "real",
    "DATE": "date",
    "DATETIME": "datetime",
    "BOOLEAN": "boolean",
}
REMOTE = {
    "snowflake": {"VARCHAR": "129", "BIGINT": "131", "DATE": "7", "DATETIME": "7", "BOOLEAN": "11"},
    "hyper": {"VARCHAR": "129", "BIGINT": "20", "DATE": "133", "DATETIME": "135", "BOOLEAN": "11"},
}
for kinds in REMOTE.values():
    kinds |= {"DECIMAL(18,4)": "131", "DECIMAL(38,4)": "131"}  # an amount, and a sum of amounts


@functools.cache
def contract() -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return types and allowed values of a reservation's columns."""
    tables = yaml.safe_load(CONTRACT.read_text())["schema"]
    properties = next(t for t in tables if t["name"] == "reservation_observations")["properties"]
    values = {
        p["name"]: q["arguments"]["validValues"]
        for p in properties
        for q in p.get("quality", ())
        if q.get("metric") == "invalidValues"
    }
    return {p["name"]: p["physicalType"] for p in properties}, values


def queries(root: Any) -> Iterator[tuple[Any, str]]:
    """Return each source with its query as Snowflake gets it."""
    for d in root.findall("datasources/datasource"):
        texts = {r.text for r in d.iter("relation") if r.get("type") == "text"}
        assert len(texts) == 1, f"{d.get('name')}: the connection and the object graph have one query, got {texts}"
        yield d, texts.pop().replace("<<", "<").replace(">>", ">")


def condition(sheet: Any) -> str:
    """Return a sheet's filters in SQL."""
    out = ["TRUE"]
    for node in sheet.iter("filter"):
        field, included = node.get("column").split(":")[1], node.get("included-values")
        said = {"non-null": "IS NOT NULL", "in-range": f"BETWEEN {node.findtext('min')} AND {node.findtext('max')}"}
        out.append(f"{field} {said[included]}")
    return " AND ".join(out)


def view_types(warehouse: duckdb.DuckDBPyConnection, query: str) -> dict[str, str]:
    """Return the types of a query's columns on DuckDB, in the contract's words."""
    return {name.upper(): DUCKDB.get(kind, kind) for name, kind, *_ in warehouse.execute(f"DESCRIBE {query}").fetchall()}


def type_findings(datasource: Any, types: dict[str, str], kind: str) -> Iterator[str]:
    """Find where a source's metadata differ from the types of its columns."""
    name = datasource.get("name")
    records = {r.findtext("remote-name"): r for r in datasource.iter("metadata-record")}
    yield from (f"{name}: the view has no {n}" for n in records.keys() - types.keys())
    yield from (f"{name}: {n} of the view is not declared" for n in types.keys() - records.keys())
    for n in records.keys() & types.keys():
        r, t = records[n], types[n]
        got, want = (r.findtext("local-type"), r.findtext("remote-type")), (LOCAL[t], REMOTE[kind][t])
        if got != want:
            yield f"{name}: {n} is {t}, so {want}, and not {got}"


def contract_findings(types: dict[str, str]) -> list[str]:
    """Find where a view's column has another type than the contract's column of its name."""
    declared, _ = contract()
    amounts = {"DECIMAL(38,4)": "DECIMAL(18,4)"}  # a sum is named as what it sums
    return [
        f"{n} is {t}, the contract says {declared[n.lower()]}"
        for n, t in types.items()
        if declared.get(n.lower(), t) not in (t, amounts.get(t))
    ]
