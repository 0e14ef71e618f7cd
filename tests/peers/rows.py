"""Holds a peer's rows against ours: a peer that gives other rows is no peer.

Usage: rows.py OURS THEIRS, patterns of Parquet files, or two warehouses, whose bookings are compared but for when they were
read. It prints the columns that are not the same in both. It is a process of
its own so that the one that measures stays small.
"""

import sys

import duckdb

# What peers need not give: a row's place in its reading, the digest of its content, and guests' tokens.
OURS_ALONE = {"reading", "line", "digest", "person_token", "email_token", "phone_token", "name_token"}


def sums(db: duckdb.DuckDBPyConnection, rows: str, names: list[str]) -> dict[str, tuple[str, int, str]]:
    """Return of each column of a table the type, how many values it has, and a sum of their hashes in any order."""
    each = ", ".join(f"any_value(typeof({n})), count({n}), sum(hash({n}))::VARCHAR" for n in names)
    found = db.execute(f"SELECT count(*), {each} FROM {rows}").fetchall()[0]
    return {"all rows": ("", found[0], "")} | {name: found[1 + 3 * i : 4 + 3 * i] for i, name in enumerate(names)}


def columns(db: duckdb.DuckDBPyConnection, rows: str) -> set[str]:
    return {row[0] for row in db.execute(f"DESCRIBE FROM {rows}").fetchall()} - OURS_ALONE


def differences(ours: str, theirs: str) -> list[str]:
    """Return the columns that are not the same in both, or only in one."""
    db = duckdb.connect()
    if ours.endswith(".duckdb"):
        db.execute(f"ATTACH '{ours}' AS ours (READ_ONLY); ATTACH '{theirs}' AS theirs (READ_ONLY)")
        a, b = "ours.reservations", "theirs.reservations"
        both = (columns(db, a) & columns(db, b)) - {"read_at"}
    else:
        a, b = f"'{ours}'", f"'{theirs}'"
        both = columns(db, a) & columns(db, b)
        if alone := columns(db, a) ^ columns(db, b):
            return sorted(alone)
    names = sorted(both)
    left, right = sums(db, a, names), sums(db, b, names)
    return [name for name in left if left[name] != right[name]]


if __name__ == "__main__":
    print(*differences(*sys.argv[1:]), sep=", ")
