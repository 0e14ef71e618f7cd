"""The packaged workbook of the demo: opens without an account, and holds what the marts say."""

import pathlib
import re
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
from lxml import etree
from tableauhyperapi import Connection

import content
import package
from consistency import findings
from schema import violations
from test_workbook import build
from warehouse_fields import condition, type_findings, view_types

PATHS = ["covers-demo.twb"] + [f"Data/Extracts/{s.id}.hyper" for s in content.SOURCES]


@pytest.fixture(scope="module")
def packed(database: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    out = tmp_path_factory.mktemp("package") / "covers-demo.twbx"
    done = build("--demo", database, "--out", out)
    assert done.returncode == 0, done.stderr
    assert [p.name for p in out.parent.iterdir()] == [out.name]
    return out


@pytest.fixture(scope="module")
def root(packed: pathlib.Path) -> Any:
    with zipfile.ZipFile(packed) as z:
        return etree.fromstring(z.read("covers-demo.twb"))


def test_what_is_in_it(packed: pathlib.Path, root: Any) -> None:
    with zipfile.ZipFile(packed) as z:
        assert z.testzip() is None
        assert z.namelist() == PATHS
    assert [c.get("dbname") for c in root.iterfind(".//named-connection/connection")] == PATHS[1:]
    assert {c.get("class") for c in root.iterfind(".//named-connection/connection")} == {"hyper"}


def test_schema_and_parts(root: Any, database: pathlib.Path) -> None:
    assert violations(root) == []
    assert findings(root) == []
    with duckdb.connect(str(database), read_only=True) as warehouse:
        for datasource, source in zip(root.findall("datasources/datasource"), content.SOURCES, strict=True):
            assert list(type_findings(datasource, view_types(warehouse, source.sql), "hyper")) == []


def test_nothing_of_this_machine_in_it(packed: pathlib.Path, database: pathlib.Path) -> None:
    with zipfile.ZipFile(packed) as z:
        for name in z.namelist():
            text = z.read(name)
            for private in (str(database.parent).encode(), str(packed.parent).encode(), b"snowflakecomputing", b"not-a-secret"):
                assert private not in text, name
            assert not re.search(rb"k1:[0-9a-f]{32}", text), f"{name} holds a guest's token"


# Sums worked out from the tables below the marts, where one can.
TOTALS = {
    "services": (
        'SUM("RESERVATIONS"), SUM("COVERS"), SUM("SPEND_TOTAL"), SUM("DAYS_AHEAD")',
        """
        SELECT COUNT(*), SUM(CASE WHEN status IN ('seated', 'completed') THEN party_size END), SUM(spend_total),
          (SELECT SUM(s.service_date - DATE '2026-03-30') FROM daily_service s) FROM reservations""",
    ),
    "funnel": (
        'SUM("RESERVATIONS") FILTER (WHERE "STEP" = \'asked\'), COUNT("RESTAURANT"), MIN("STEP_NUMBER")',
        "SELECT COUNT(*), (SELECT COUNT(service_date) FROM status_funnel), 1 FROM reservations",
    ),
    "channels": (
        'SUM("RESERVATIONS"), COUNT(DISTINCT "CHANNEL"), COUNT(DISTINCT "RESTAURANT")',
        "SELECT COUNT(*), COUNT(DISTINCT channel), 3 FROM reservations",
    ),
    "lead": (
        'SUM("RESERVATIONS"), SUM("LEAD_DAYS" * "RESERVATIONS")',
        "SELECT COUNT(*), SUM(service_date - CAST(created_local AS DATE)) FROM reservations",
    ),
    "ledger": (
        'COUNT(*), SUM("RESERVATION_LANDED"), SUM("CUSTOMER_LANDED"), MAX("DAYS_OLD"), COUNT(DISTINCT "SOURCE")',
        """
        SELECT (SELECT COUNT(*) FROM loads), (SELECT COUNT(*) FROM reservation_observations),
          (SELECT COUNT(*) FROM customer_observations), 2, 7""",
    ),
}


def test_extracts_read_back_with_the_tables_totals(packed: pathlib.Path, database: pathlib.Path, tmp_path: Path) -> None:
    assert TOTALS.keys() == {s.id for s in content.SOURCES}
    with (
        zipfile.ZipFile(packed) as z,
        package.hyper_process() as hyper,
        duckdb.connect(str(database), read_only=True) as warehouse,
    ):
        for source in content.SOURCES:
            path = z.extract(f"Data/Extracts/{source.id}.hyper", tmp_path)
            with Connection(hyper.endpoint, path) as file:
                definition = file.catalog.get_table_definition(package.TABLE)
                assert [(c.name.unescaped, c.type) for c in definition.columns] == [
                    (f.name, package.TYPES[f.type]) for f in source.columns
                ]
                asked, expected = TOTALS[source.id]
                got = file.execute_list_query(f"SELECT {asked} FROM {package.TABLE}")[0]
                rows = file.execute_scalar_query(f"SELECT COUNT(*) FROM {package.TABLE}")
            assert list(map(float, got)) == list(map(float, warehouse.execute(expected).fetchone())), source.id
            assert rows == warehouse.execute(f"SELECT COUNT(*) FROM {source.mart}").fetchone()[0], source.id


def test_tonight_has_guests(root: Any, database: pathlib.Path) -> None:
    """The sheets of the demo's fixed days are not empty, whatever day it is."""
    with duckdb.connect(str(database), read_only=True) as warehouse:
        sheets = [s for d in content.DASHBOARDS for s in d.sheets]
        for sheet in sheets:
            where = condition(root.find(f'.//worksheet[@name="{sheet.name}"]'))
            rows = warehouse.execute(f"SELECT COUNT(*) FROM ({sheet.source.sql}) WHERE {where}").fetchone()[0]
            assert rows >= 3, sheet.name


def test_without_a_demo(tmp_path: Path) -> None:
    done = build("--demo", tmp_path / "none.duckdb", "--out", tmp_path / "x.twbx")
    assert done.returncode == 64
    assert "make demo" in done.stderr


def test_a_failed_package_leaves_nothing(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    done = build("--demo", tmp_path / "empty.duckdb", "--out", tmp_path / "out" / "x.twbx")
    assert done.returncode != 0
    assert list((tmp_path / "out").iterdir()) == []
