"""Validates raw records with DuckDB: explicit columns, one pass, COPY to zstd Parquet.

Usage: validate_duckdb.py KIND FOLDER THREADS RAW_OBJECT…, where KIND is as opentable/reservation.
"""

import sys

import duckdb

import duckdb_opentable
import duckdb_thefork
from settings import LONDON, OPENTABLE_CHANNELS, OPENTABLE_STATUSES, THEFORK_CHANNELS, THEFORK_STATUSES

QUERIES = {
    "opentable/reservation": (duckdb_opentable.RESERVATION_COLUMNS, duckdb_opentable.RESERVATIONS),
    "opentable/customer": (duckdb_opentable.GUEST_COLUMNS, duckdb_opentable.GUESTS),
    "thefork/reservation": (duckdb_thefork.RESERVATION_COLUMNS, duckdb_thefork.RESERVATIONS),
    "thefork/customer": (duckdb_thefork.CUSTOMER_COLUMNS, duckdb_thefork.CUSTOMERS),
}

# instant is a time in UTC, or else the local one beside it; amount is a whole number of a currency's parts.
MACROS = f"""
CREATE MACRO wall(t) AS timezone('{LONDON.zone}', timezone('UTC', t));
CREATE MACRO instant(utc, local_time) AS coalesce(
    try_cast(utc AS TIMESTAMP), timezone('UTC', timezone('{LONDON.zone}', try_cast(local_time AS TIMESTAMP))));
CREATE MACRO amount(n, denominator) AS
    (CASE WHEN n = 0 THEN 0 WHEN denominator > 0 THEN n / denominator END)::DECIMAL(18, 4);
"""


def words(db: duckdb.DuckDBPyConnection, table: str, column: str, mapping: dict[str, str]) -> None:
    """Make a table of words: a join finds what does not fit, too."""
    db.execute(f"CREATE TABLE {table} (word VARCHAR, {column} VARCHAR)")
    db.executemany(f"INSERT INTO {table} VALUES (?, ?)", list(mapping.items()))


def main(kind: str, folder: str, threads: str, *files: str) -> None:
    columns, query = QUERIES[kind]
    opentable = kind.startswith("opentable/")
    # The order of rows is of no use behind raw; without it DuckDB writes what it has and keeps less.
    db = duckdb.connect(config={"threads": int(threads), "preserve_insertion_order": False})
    db.execute(MACROS)
    words(db, "statuses", "status", OPENTABLE_STATUSES if opentable else THEFORK_STATUSES)
    words(db, "channels", "channel", OPENTABLE_CHANNELS if opentable else THEFORK_CHANNELS)
    types = ", ".join(f"{name}: '{type_}'" for name, type_ in columns.items())
    source = query.format(source=f"read_ndjson({list(files)!r}, columns = {{{types}}})")
    db.execute(f"COPY ({source}) TO '{folder}/rows.parquet' (FORMAT parquet, COMPRESSION zstd)")


if __name__ == "__main__":
    main(*sys.argv[1:])
