"""The workbook on Snowflake: what Tableau needs of it, and that each field is one of the warehouse's."""

import copy
import pathlib
import re
import subprocess
import sys
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import snowflake.connector
from lxml import etree

import connection
import content
from conftest import ROOT
from consistency import findings
from schema import violations
from warehouse_fields import contract, contract_findings, queries, type_findings, view_types
from workbook import workbook

COMMITTED = ROOT / "dashboards" / "covers.twb"


@pytest.fixture
def root() -> Any:
    return etree.fromstring(COMMITTED.read_bytes())


def build(*args: str | pathlib.Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "dashboards" / "build.py", *map(str, args)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_committed_is_what_is_written() -> None:
    account = connection.parse("ORGANIZATION-ACCOUNT", "sso")
    written = workbook(content.SOURCES, content.COLORS, content.DASHBOARDS, account)
    assert written == COMMITTED.read_bytes(), "run make workbook and commit dashboards/covers.twb"


def test_schema_and_parts(root: Any) -> None:
    assert violations(root) == []
    assert findings(root) == []


def test_three_dashboards(root: Any) -> None:
    assert [d.get("name") for d in root.findall("dashboards/dashboard")] == ["Operations", "Performance", "Data health"]
    shown = {z.get("name") for z in root.iter("zone") if z.get("name")}
    assert shown == {w.get("name") for w in root.iter("worksheet") if w.get("name")}


def test_fields_are_the_warehouses(root: Any, database: pathlib.Path) -> None:
    with duckdb.connect(str(database), read_only=True) as warehouse:
        for datasource, query in queries(root):
            types = view_types(warehouse, query)
            assert list(type_findings(datasource, types, "snowflake")) == []
            assert contract_findings(types) == []


def test_colours_are_of_values_that_there_are() -> None:
    _, values = contract()
    assert set(content.COLORS["PLATFORM"]) == set(values["platform"])
    assert set(content.COLORS["STATE"]) == set(re.findall("'(.*?)'", content.LEDGER.field("STATE").formula))


def test_queries_answer_the_same_on_the_standin(root: Any, database: pathlib.Path, standin: str) -> None:
    """Snowflake's own client sends what Tableau would. When a day was loaded is another time in each warehouse."""
    to = urllib.parse.urlsplit(standin)
    query = dict(urllib.parse.parse_qsl(to.query))
    with (
        duckdb.connect(str(database), read_only=True) as duck,
        snowflake.connector.connect(
            host=query["host"],
            port=int(query["port"]),
            protocol="http",
            account="standin",
            user="test",
            password="test",
            database="COVERS",
            schema="MAIN",
        ) as snow,
    ):
        for datasource, text in queries(root):
            sql = text.replace("m.LOADED_AT", "m.REFUSED")
            want, got = (sorted(map(str, c.execute(sql).fetchall())) for c in (duck.cursor(), snow.cursor()))
            assert len(want) > 20, datasource.get("name")
            assert got == want, datasource.get("name")


@pytest.mark.parametrize(
    ("url", "want"),
    [
        ("ORG-ACC", ("org-acc.snowflakecomputing.com", "COVERS", "MAIN", "COVERS_BI_WH", "COVERS_ANALYST")),
        (
            "snowflake://COVERS_LOAD@ORG-ACC/db/sch?warehouse=W&role=R&stage=X",
            ("org-acc.snowflakecomputing.com", "DB", "SCH", "W", "R"),
        ),
        (
            "snowflake://me@org-acc/A/B?host=x.privatelink.snowflakecomputing.com",
            ("x.privatelink.snowflakecomputing.com", "A", "B", "COVERS_BI_WH", "COVERS_ANALYST"),
        ),
    ],
)
def test_settings(url: str, want: tuple[str, ...], tmp_path: Path) -> None:
    out = tmp_path / "new" / "covers.twb"
    done = build("--warehouse", url, "--sign-in", "sso", "--out", out)
    assert done.returncode == 0, done.stderr
    root = etree.fromstring(out.read_bytes())
    for c in root.iterfind(".//named-connection/connection"):
        assert tuple(c.get(k) for k in ("server", "dbname", "schema", "warehouse", "service")) == want
        assert (c.get("authentication"), c.get("username")) == ("SAML IdP", "")
    assert violations(root) == findings(root) == []


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--warehouse", "duckdb:///covers.duckdb"), "is no Snowflake"),
        (("--warehouse", "snowflake://me:hunter2@org-acc/COVERS/MAIN"), "leave it out"),
        (("--warehouse", "snowflake://org-acc/COVERS"), "database and schema"),
        (("--warehouse", "org-acc", "--sign-in", "key"), "one of password, sso"),
    ],
)
def test_refused_settings(args: list[str], says: str, tmp_path: Path) -> None:
    done = build(*args, "--out", tmp_path / "covers.twb")
    assert done.returncode == 64
    assert says in done.stderr
    assert "hunter2" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def drop(root: Any, path: str, times: int = 1) -> None:
    for _ in range(times):
        node = root.find(path)
        node.getparent().remove(node)


def put(root: Any, path: str, attribute: str, value: str) -> None:
    root.find(path).set(attribute, value)


def say(root: Any, path: str, text: str) -> None:
    root.find(path).text = text


SHEET = ".//worksheet[@name='Expected tonight']"
SPEND = ".//worksheet[@name='Spend by currency']"
LEDGER = ".//datasource[@name='federated.ledger']"
HOME = ".//dashboard[@name='Operations']"

# What is done to the workbook, and what must be said of it.
DEFECTS: dict[str, tuple[Callable[[Any], None], str]] = {
    "a record is missing": (lambda r: drop(r, ".//metadata-record"), "has no metadata-record"),
    "a column is missing": (lambda r: drop(r, f"{LEDGER}/column[@name='[DAY]']"), "has a metadata-record and no column"),
    "a column of another type": (
        lambda r: put(r, f"{LEDGER}/column[@name='[DAY]']", "datatype", "string"),
        "is string as column and date",
    ),
    "a formula of an unknown field": (
        lambda r: put(r, f"{LEDGER}/column[@name='[STATE]']/calculation", "formula", "[GONE]"),
        "reads the unknown [GONE]",
    ),
    "an unknown connection": (lambda r: put(r, ".//relation", "connection", "x"), "unknown connection x"),
    "an unknown object": (lambda r: say(r, ".//metadata-record/object-id", "[x]"), "unknown object [x]"),
    "an unknown relation": (lambda r: say(r, ".//metadata-record/parent-name", "[x]"), "unknown relation [x]"),
    "a sheet of an unknown source": (
        lambda r: put(r, f"{SHEET}//datasource-dependencies", "datasource", "federated.x"),
        "unknown datasource",
    ),
    "a sheet's column unlike the source's": (
        lambda r: put(r, f"{SHEET}//column[@name='[RESTAURANT]']", "type", "ordinal"),
        "declared otherwise",
    ),
    "a sheet's column is missing": (lambda r: drop(r, f"{SHEET}//datasource-dependencies/column"), "of the undeclared column"),
    "a use is missing": (lambda r: drop(r, f"{SHEET}//column-instance"), "which is not declared"),
    "a use by another name": (lambda r: put(r, f"{SHEET}//column-instance", "derivation", "Max"), "should be called"),
    "a shelf of an unknown field": (
        lambda r: say(r, f"{SHEET}//rows", "[federated.services].[none:X:nk]"),
        "rows uses [none:X:nk]",
    ),
    "a colour of an unknown field": (
        lambda r: put(r, f"{SHEET}//encodings/color", "column", "[federated.services].[none:X:nk]"),
        "color uses [none:X:nk]",
    ),
    "a filter of an unknown field": (
        lambda r: put(r, f"{SHEET}//filter", "column", "[federated.services].[none:X:qk]"),
        "filter uses [none:X:qk]",
    ),
    "a filter without its slice": (lambda r: drop(r, f"{SHEET}//slices"), "missing among the slices"),
    "a shelf is emptied": (lambda r: say(r, f"{SHEET}//rows", ""), "is declared and not used"),
    "currencies are added": (
        lambda r: say(r, f"{SPEND}//rows", "[federated.services].[none:RESTAURANT:nk]"),
        "adds up currencies",
    ),
    "a sheet's window is missing": (lambda r: drop(r, ".//window[@class='worksheet']"), "Expected tonight: no window"),
    "a dashboard's window is missing": (lambda r: drop(r, ".//window[@class='dashboard']"), "Operations: no window"),
    "a viewpoint is missing": (lambda r: drop(r, ".//viewpoint"), "viewpoints of ['Expected tonight']"),
    "no viewpoints": (
        lambda r: drop(r, ".//window[@name='Operations']//viewpoint", 4),
        "Operations: viewpoints of",
    ),
    "a zone of an unknown sheet": (lambda r: put(r, f"{HOME}//zone[@name='Expected this week']", "name", "x"), "unknown sheet x"),
    "a zone outside": (lambda r: put(r, f"{HOME}//zone[@name='Expected this week']", "x", "99000"), "reaches out of"),
    "zones overlap": (lambda r: put(r, f"{HOME}//zone[@name='Expected this week']", "x", "10"), "overlap"),
    "zones of one id": (lambda r: put(r, f"{HOME}//zone[@name='Expected this week']", "id", "1"), "two zones have one id"),
    "a legend of another field": (lambda r: put(r, f"{HOME}//zone[@type-v2='color']", "param", "[x]"), "which does not colour"),
    "an action of an unknown dashboard": (lambda r: put(r, ".//action/source", "dashboard", "x"), "unknown dashboard x"),
    "an action on an unknown field": (lambda r: put(r, ".//action//param", "value", "Restaurant,X"), "no field is called X"),
    "one name twice": (lambda r: put(r, HOME, "name", "Expected tonight"), "a sheet and a dashboard of the same name"),
    "a user": (lambda r: put(r, ".//connection[@class='snowflake']", "username", "me"), "holds a user or a password"),
    "a password": (lambda r: put(r, ".//connection[@class='snowflake']", "password", "x"), "holds a user or a password"),
    "a machine's path": (lambda r: put(r, ".//connection[@class='snowflake']", "server", "/home/me/x"), "a place on a machine"),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_defect_is_found(name: str, root: Any) -> None:
    plant, says = DEFECTS[name]
    broken = copy.deepcopy(root)
    plant(broken)
    assert [f for f in findings(broken) if says in f], findings(broken)


@pytest.mark.parametrize(
    ("path", "text", "says"),
    [
        (f"{LEDGER}//metadata-record[remote-name='DAY']/local-type", "string", "DAY is DATE"),
        (f"{LEDGER}//metadata-record[remote-name='DAYS_OLD']/remote-type", "129", "DAYS_OLD is BIGINT"),
        (f"{LEDGER}//metadata-record[remote-name='DAY']/remote-name", "GONE", "the view has no GONE"),
        (f"{LEDGER}//metadata-record[remote-name='DAY']/remote-name", "SOURCE", "DAY of the view is not declared"),
    ],
)
def test_field_unlike_the_view_is_found(path: str, text: str, says: str, root: Any, database: pathlib.Path) -> None:
    say(root, path, text)
    with duckdb.connect(str(database), read_only=True) as warehouse:
        found = [f for d, q in queries(root) for f in type_findings(d, view_types(warehouse, q), "snowflake")]
    assert [f for f in found if says in f], found


@pytest.mark.parametrize("path", [".//worksheet/simple-id", ".//worksheet/table/panes", ".//window/cards", ".//viewpoints"])
def test_schema_violation_is_found(path: str, root: Any) -> None:
    """What Tableau's schema asks for and our own look at it does not."""
    drop(root, path)
    assert violations(root)


def test_type_unlike_the_contract_is_found() -> None:
    assert contract_findings({"CHANNEL": "BIGINT"}) == ["CHANNEL is BIGINT, the contract says VARCHAR"]
