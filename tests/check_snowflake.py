r"""Reads the warehouse's tables and marts with Snowflake's own Python client and holds them against DuckDB's answers.

COVERS_SNOWFLAKE_PRIVATE_KEY=… python tests/check_snowflake.py --duckdb covers.duckdb --host 127.0.0.1 --port 8084 \
    --database COVERS --schema MAIN --user COVERS_LOAD

Both warehouses must hold the same days. It prints a line a table and exits with 1 where an answer differs. An independent
look: neither the load's Go code nor its driver is involved.
"""

import argparse
import datetime
import decimal
import os
import sys
from typing import Any

import duckdb
import snowflake.connector

# What depends on when and by what program a warehouse was loaded is left out.
TABLES = {
    "reservation_observations": (),
    "customer_observations": (),
    "reservations": (),
    "customers": (),
    "erasures": (),
    "held_erasures": (),
    "erasure_decisions": ("decided_at",),
    "absences": (),
    "merges": (),
    "loads": ("loaded_at", "program"),
    "restaurants": (),
    "restaurant_history": (),
    "platforms": (),
    "payments": (),
    "reservation_versions": (),
    "daily_service": (),
    "status_funnel": (),
    "channel_mix": (),
    "lead_time": (),
    "guest_return": (),
    "superseding": (),
    "merge_links": (),
    "standing_merges": (),
    "survivors": (),
    "evenings": (),
    "ledger": ("loaded_at",),
}


def text(value: Any) -> str:
    """Return a value as text, whatever client it came from."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, (int, float, decimal.Decimal)):
        number = decimal.Decimal(str(value))
        return format(number.normalize() if number else decimal.Decimal(0), "f")
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None).isoformat(timespec="microseconds")
    return str(value)


def answers(cursor: Any, table: str, omit: tuple[str, ...]) -> tuple[list[str], list[list[str]]]:
    """Return the columns of a table, sorted, and its rows as sorted text."""
    cursor.execute(f"SELECT * FROM {table}")
    names = [d[0].lower() for d in cursor.description]
    order = sorted((n, i) for i, n in enumerate(names) if n not in omit)
    rows = sorted([text(row[i]) for _, i in order] for row in cursor.fetchall())
    return [n for n, _ in order], rows


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    for name in ("duckdb", "host", "database", "schema"):
        options.add_argument("--" + name, required=True)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--user", required=True)
    o = options.parse_args()
    # As the driver of the steps has it: PEM, PKCS #8.
    key = "".join(line for line in os.environ["COVERS_SNOWFLAKE_PRIVATE_KEY"].splitlines() if not line.startswith("-"))
    duck = duckdb.connect(o.duckdb, read_only=True).cursor()
    snow = snowflake.connector.connect(
        host=o.host,
        port=o.port,
        protocol="http",
        account="standin",
        user=o.user,
        authenticator="SNOWFLAKE_JWT",
        private_key=key,
        database=o.database,
        schema=o.schema,
        login_timeout=30,
    ).cursor()
    wrong = empty = 0
    for table, omit in TABLES.items():
        want, got = answers(duck, table, omit), answers(snow, table, omit)
        same = want == got
        wrong += not same
        empty += not want[1]
        print(f"{table:26} {len(got[1]):8} rows {len(got[0]):4} columns   {'equal' if same else 'DIFFERENT'}")
        if want[0] != got[0]:
            print(f"  columns: DuckDB {want[0]}\n  Snowflake {got[0]}")
        elif not same:
            for side, a, b in (("DuckDB", want[1], got[1]), ("Snowflake", got[1], want[1])):
                others = {tuple(r) for r in b}
                for row in [r for r in a if tuple(r) not in others][:3]:
                    print(f"  only in {side}: {row}")
    if empty == len(TABLES):
        print("both warehouses are empty: nothing was compared")
    sys.exit(1 if wrong or empty == len(TABLES) else 0)


if __name__ == "__main__":
    main()
