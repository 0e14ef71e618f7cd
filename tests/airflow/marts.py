"""The marts of the stack's stand-in, by Snowflake's own client at the port that is open on this machine, and those of demo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import snowflake.connector

import stack as on
from check_snowflake import answers
from demo_days import MARTS, demo


def of_the_stack() -> dict[str, tuple[Any, ...]]:
    """Return columns and rows of each mart, as the stand-in answers."""
    host, _, port = on.compose("port", "snowflake", "8084").strip().partition(":")
    with snowflake.connector.connect(
        host=host,
        port=int(port),
        protocol="http",
        account="standin",
        user="anybody",
        password="any",
        database="COVERS",
        schema="MAIN",
        login_timeout=60,
    ) as connection:
        return {mart: answers(connection.cursor(), mart, ()) for mart in MARTS}


def of_demo(days: list[str], folder: Path) -> dict[str, tuple[Any, ...]]:
    """Return the same of what `demo` brings in for these days."""
    path = demo(on.ROOT / "bin", folder, days, on.RECORDS, on.ROOT / "restaurants.yaml")
    with duckdb.connect(str(path), read_only=True) as db:
        return {mart: answers(db.cursor(), mart, ()) for mart in MARTS}


def must_equal(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    for mart in MARTS:
        (names, rows), (their_names, their_rows) = ours[mart], theirs[mart]
        assert names == their_names, mart
        assert rows, f"{mart} is empty"
        more = [r for r in rows if r not in their_rows][:3]
        less = [r for r in their_rows if r not in rows][:3]
        assert rows == their_rows, f"{mart}: {len(rows)} rows, demo has {len(their_rows)}; only here {more}, only in demo {less}"
