"""The notebook, executed on both warehouses, against sums worked out from the tables below the views."""

import json
import pathlib
import re
import shlex
import subprocess
import sys
from typing import Any

import duckdb
import nbclient
import nbformat
import pytest

from conftest import ROOT, bare, run
from warehouse_fields import contract

NOTEBOOKS = ROOT / "notebooks"
FILE = NOTEBOOKS / "explore.ipynb"

# What the test reads of the notebook's own variables, once it has run.
PROBE = """
import json
def rows(table, *names):
    return [[str(v) for v in row] for row in table[list(names)].itertuples(index=False)]
print(json.dumps({
    "tonight": str(tonight),
    "overview": rows(overview, "restaurant", "currency", "bookings", "covers", "still_expected"),
    "ledger": rows(ledger, "source", "newest_day", "days_behind", "readings", "received", "landed", "in_quarantine",
                   "unaccounted", "not_landed"),
    "history": rows(history, "platform", "versions", "bookings", "times_read"),
    "busiest": int(busiest.is_current.sum()),
    "covers": {name: float(v) for name, v in covers.sum().items()},
    "no_shows": rows(no_shows, "restaurant", "platform", "no_shows", "due"),
    "same_day": {name: round(v, 9) for name, v in same_day.iloc[0].items()},
    "channels": rows(channels, "channel", "platform", "bookings"),
    "bills": rows(bills, "currency", "restaurant", "platform", "bills", "total"),
    "command": command,
    "platforms": sorted(PLATFORMS),
}))
"""

EXPECTED = {
    "overview": """
        SELECT x.name, r.currency, COUNT(*), SUM(party_size) FILTER (status IN ('seated', 'completed'))::BIGINT,
          SUM(party_size) FILTER (status IN ('booked', 'arrived'))::BIGINT
        FROM reservations r JOIN restaurants x USING (restaurant_id) GROUP BY ALL ORDER BY 1""",
    "ledger": """
        SELECT source, MAX(day), 0, COUNT(*), SUM(reservation_received)::BIGINT,
          (SELECT COUNT(*) FROM reservation_observations o WHERE o.reading LIKE l.source || '/%'),
          SUM(reservation_quarantined)::BIGINT, 0, 0
        FROM loads l GROUP BY source ORDER BY 1""",
    "history": """
        SELECT platform, COUNT(DISTINCT (reservation_id, clock_epoch, clock, digest)), COUNT(DISTINCT reservation_id), COUNT(*)
        FROM reservation_observations GROUP BY platform ORDER BY 1""",
    "no_shows": """
        SELECT x.name, platform, COUNT(*) FILTER (status = 'no_show'),
          COUNT(*) FILTER (status IN ('no_show', 'arrived', 'seated', 'completed'))
        FROM reservations r JOIN restaurants x USING (restaurant_id)
        WHERE service_date <= '2026-03-29' GROUP BY ALL ORDER BY 1, 2""",
    "channels": "SELECT channel, platform, COUNT(*) FROM reservations GROUP BY ALL ORDER BY 1, 2",
    "bills": """
        SELECT r.currency, x.name, platform, COUNT(spend_total), SUM(spend_total)::DECIMAL(18,4) FROM reservations r
        JOIN restaurants x USING (restaurant_id)
        WHERE spend_total IS NOT NULL AND service_date IS NOT NULL GROUP BY ALL ORDER BY 1, 2, 3""",
}


def code(notebook: Any) -> list[Any]:
    return [c for c in notebook.cells if c.cell_type == "code"]


def execute(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> tuple[Any, dict[str, Any]]:
    """Return the executed notebook and the figures it came to."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.read(FILE, 4)
    notebook.cells.append(nbformat.v4.new_code_cell(PROBE))
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
    return notebook, json.loads(notebook.cells[-1].outputs[-1].text)


def numbers(said: Any) -> Any:
    """Return the same with whatever is a number as one: a sum is whole, decimal or binary as its engine likes."""
    if isinstance(said, dict):
        return said
    return [[float(v) if re.fullmatch(r"-?[0-9.]+", v) else v for v in row] for row in said]


def tables(database: pathlib.Path) -> dict[str, Any]:
    with duckdb.connect(str(database), read_only=True) as warehouse:
        return {name: [[str(v) for v in row] for row in warehouse.execute(sql).fetchall()] for name, sql in EXPECTED.items()} | {
            "covers": dict(
                warehouse.execute("""
                SELECT x.name, SUM(party_size)::DOUBLE FROM reservations r JOIN restaurants x USING (restaurant_id)
                WHERE status IN ('seated', 'completed') AND service_date BETWEEN DATE '2026-03-16' AND DATE '2026-04-05'
                GROUP BY ALL""").fetchall()
            ),
            "same_day": {
                name: round(v, 9)
                for name, v in warehouse.execute("""
                SELECT platform, COUNT(*) FILTER (CAST(created_local AS DATE) = service_date) / COUNT(*) FROM reservations
                WHERE created_local IS NOT NULL AND service_date IS NOT NULL GROUP BY ALL""").fetchall()
            },
        }


@pytest.fixture(params=["duckdb", "snowflake"])
def settings(request: pytest.FixtureRequest, database: pathlib.Path, no_settings: None) -> tuple[str, dict[str, str]]:
    """Return two settings for each warehouse: which, and how to sign in."""
    if request.param == "duckdb":
        return "DuckDB", {"COVERS_WAREHOUSE": f"duckdb://{database}"}
    return "Snowflake", {"COVERS_WAREHOUSE": request.getfixturevalue("standin"), "COVERS_SNOWFLAKE_PASSWORD": "test"}


def test_figures(
    settings: tuple[str, dict[str, str]], demo: pathlib.Path, database: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, env = settings
    notebook, figures = execute(env, monkeypatch)
    want = tables(database)
    for part in want:
        assert numbers(figures[part]) == numbers(want[part]), part
    assert (figures["tonight"], figures["busiest"]) == ("2026-03-30", 1)
    assert figures["platforms"] == sorted(contract()[1]["platform"])
    said = json.dumps(
        [o for c in code(notebook) for o in c.outputs if o.output_type == "display_data" and "image/png" not in o.data]
    )
    assert f"Read from **{name}**. Tonight is **Monday, 30 March 2026**." in said
    assert sum("image/png" in o.get("data", {}) for c in code(notebook) for o in c.outputs) == 5
    assert [
        o for c in code(notebook) for o in c.outputs if o.output_type in ("error", "stream") and c is not notebook.cells[-1]
    ] == []
    step, *args = shlex.split(figures["command"])
    lake = {f"COVERS_{zone.upper()}": f"file://{demo}/lake/{zone}" for zone in ("raw", "staging", "processed")}
    run(pathlib.Path(step).name, *args, COVERS_WAREHOUSE=f"duckdb://{database}", **lake)


def test_committed_is_what_is_written() -> None:
    written = subprocess.run(
        [sys.executable, "-c", "import write; print(write.notebook(), end='')"],
        cwd=NOTEBOOKS,
        capture_output=True,
        text=True,
        check=True,
    )
    assert written.stdout == FILE.read_text(), "run python notebooks/write.py and commit explore.ipynb"


def test_no_outputs_are_kept() -> None:
    assert [c for c in code(nbformat.read(FILE, 4)) if c.outputs or c.execution_count] == []


def test_nothing_loaded(no_settings: None, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty warehouse is said to be empty, and no chart is drawn of it."""
    empty = tmp_path / "covers.duckdb"
    run("load", "migrate", COVERS_WAREHOUSE=f"duckdb://{empty}")
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="nothing is loaded yet"):
        execute({"COVERS_WAREHOUSE": f"duckdb://{empty}"}, monkeypatch)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "is not set"),
        ("duckdb:///nowhere/covers.duckdb", "run make demo first"),
        ("snowflake://org-acc/COVERS/MAIN", "want snowflake://USER@"),
        ("snowflake://me@org-acc/COVERS", "want snowflake://USER@"),
        ("snowflake://me:hunter2@org-acc/COVERS/MAIN", "put it into COVERS_SNOWFLAKE_PASSWORD"),
    ],
)
def test_wrong_setting(url: str, says: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from warehouse import connect; connect()"],
        cwd=NOTEBOOKS,
        env=bare() | {"COVERS_WAREHOUSE": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert says in done.stderr
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr


def test_sign_in(monkeypatch: pytest.MonkeyPatch, no_settings: None) -> None:
    """Which setting becomes what, for the ways that the stand-in does not tell apart."""
    import snowflake.connector

    monkeypatch.syspath_prepend(NOTEBOOKS)
    import warehouse

    asked = []
    monkeypatch.setattr(snowflake.connector, "connect", lambda **settings: asked.append(settings))
    monkeypatch.setenv(
        "COVERS_WAREHOUSE", "snowflake://me%40firm@ORG-ACC/COVERS/MAIN?warehouse=COVERS_BI_WH&role=COVERS_ANALYST&stage=X"
    )
    warehouse.connect()
    monkeypatch.setenv("COVERS_SNOWFLAKE_PASSWORD", "secret")
    warehouse.connect()
    monkeypatch.setenv("COVERS_SNOWFLAKE_PRIVATE_KEY_FILE", "me.p8")
    monkeypatch.setenv("COVERS_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE", "words")
    warehouse.connect()
    always = {
        "account": "ORG-ACC",
        "user": "me@firm",
        "database": "COVERS",
        "schema": "MAIN",
        "warehouse": "COVERS_BI_WH",
        "role": "COVERS_ANALYST",
        "login_timeout": 60,
    }
    assert asked == [
        always | {"authenticator": "externalbrowser"},
        always | {"password": "secret"},
        always | {"authenticator": "SNOWFLAKE_JWT", "private_key_file": "me.p8", "private_key_file_pwd": "words"},
    ]


def test_nothing_of_a_machine_in_it() -> None:
    for file in NOTEBOOKS.glob("*.*"):
        assert str(pathlib.Path.home()) not in file.read_text() and str(NOTEBOOKS.parent) not in file.read_text(), file.name
