"""What sheets and notebook say of a source that stopped and was reconciled since, and of two bookings of one id."""

import datetime
import pathlib
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from lxml import etree

from test_notebook import execute
from test_workbook import COMMITTED
from warehouse_fields import condition, queries

STOPPED, LAST = "opentable/101", datetime.date(2026, 3, 27)


@pytest.fixture
def stopped(database: pathlib.Path, tmp_path: Path) -> pathlib.Path:
    """Return a copy of the demo's warehouse in which OpenTable's London stopped.

    It was last read for the 27th and reconciled for the 29th. Another platform's booking has the id of the one that changed most.
    """
    copy = tmp_path / "covers.duckdb"
    shutil.copy(database, copy)
    with duckdb.connect(str(copy)) as w:
        w.execute("DELETE FROM loads WHERE source = ? AND day > ?", [STOPPED, LAST])
        w.execute(
            """
            INSERT INTO loads SELECT * REPLACE (source || '/2026-03-29/reconcile/1' AS reading, DATE '2026-03-29' AS day,
              'reconcile' AS asked_by, loaded_at + INTERVAL 1 DAY AS loaded_at) FROM loads WHERE source = ?""",
            [STOPPED],
        )
        platform, busiest = w.execute("""
            SELECT platform, reservation_id FROM reservation_versions GROUP BY ALL
            ORDER BY COUNT(*) DESC, platform, reservation_id LIMIT 1""").fetchone()
        other = w.execute("SELECT MIN(reservation_id) FROM reservations WHERE platform <> ?", [platform]).fetchone()[0]
        for table in ("reservations", "reservation_observations"):
            w.execute(
                f"UPDATE {table} SET reservation_id = ? WHERE reservation_id = ? AND platform <> ?", [busiest, other, platform]
            )
        assert w.execute("SELECT COUNT(*) FROM reservations WHERE reservation_id = ?", [busiest]).fetchone() == (2,)
    return copy


def shown(warehouse: duckdb.DuckDBPyConnection, name: str, select: str) -> list[tuple[Any, ...]]:
    """Return what select finds of the stopped source's readings that a sheet of the committed workbook lets through."""
    root: Any = etree.fromstring(COMMITTED.read_bytes())
    sheet = root.find(f".//worksheet[@name='{name}']")
    query = {d.get("name"): q for d, q in queries(root)}[sheet.find(".//datasource").get("name")]
    return warehouse.execute(
        f"SELECT {select} FROM ({query}) WHERE SOURCE = ? AND {condition(sheet)} ORDER BY ALL", [STOPPED]
    ).fetchall()


def test_sheets(stopped: pathlib.Path) -> None:
    with duckdb.connect(str(stopped), read_only=True) as w:
        loaded = w.execute("SELECT loaded_at FROM loads WHERE source = ? AND asked_by = 'updated'", [STOPPED]).fetchone()[0]
        assert shown(w, "Newest day of each source", "MAX(DAY), MIN(DAYS_OLD), MAX(LOADED_AT)") == [(LAST, 2, loaded)]
        assert shown(w, "Days loaded", "DAY") == [(LAST,)]


def test_source_that_stopped_long_ago_is_shown(stopped: pathlib.Path) -> None:
    with duckdb.connect(str(stopped)) as w:
        w.execute("UPDATE loads SET day = DATE '2025-12-01' WHERE source = ? AND asked_by = 'updated'", [STOPPED])
        assert shown(w, "Newest day of each source", "MAX(DAY), MIN(DAYS_OLD)") == [(datetime.date(2025, 12, 1), 118)]


def test_notebook(stopped: pathlib.Path, no_settings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    _, figures = execute({"COVERS_WAREHOUSE": f"duckdb://{stopped}"}, monkeypatch)
    days = {source: (day, float(behind), int(readings)) for source, day, behind, readings, *_ in figures["ledger"]}
    assert days.pop(STOPPED) == ("2026-03-27", 2, 2)
    assert {(day, behind) for day, behind, _ in days.values()} == {("2026-03-29", 0)}
    assert figures["busiest"] == 1
