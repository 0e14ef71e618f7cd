"""The numbers and states under which Snowflake tells of what DuckDB refuses. Texts are DuckDB's.

Numbers come from messages that users recorded, since no page of Snowflake's lists them. What has no counterpart here is 9998, a
number that Snowflake does not have.
"""

import re

import duckdb
from snowflake.connector.errors import ProgrammingError

from refusal import refuse

# What DuckDB says, the number and the state. The first that fits counts.
FAILURES: tuple[tuple[type[Exception], str, int, str], ...] = (
    (FileNotFoundError, "", 91016, "22000"),  # Remote file … was not found
    (duckdb.IOException, "No files found", 91016, "22000"),
    (duckdb.InterruptException, "", 604, "57014"),  # SQL execution canceled
    (duckdb.TransactionException, "", 625, "57014"),  # the lock's holder committed first: LOCK_TIMEOUT
    (duckdb.ConversionException, "date|timestamp", 100035, "22007"),  # Timestamp … is not recognized
    (duckdb.ConversionException, "out of range", 100132, "22003"),
    (duckdb.ConversionException, "", 100038, "22018"),  # Numeric value … is not recognized
    (duckdb.OutOfRangeException, "", 100132, "22003"),
    (duckdb.ConstraintException, "NOT NULL", 100072, "22000"),  # NULL result in a non-nullable column
    (duckdb.InvalidInputException, "division by zero", 100051, "22012"),
    (duckdb.ParserException, "", 1003, "42000"),  # SQL compilation error: syntax error
    (duckdb.BinderException, "column", 904, "42000"),  # invalid identifier
    (duckdb.CatalogException, "does not exist", 2003, "42S02"),
    (duckdb.CatalogException, "already exists", 2002, "42710"),
)


def failure(e: Exception) -> ProgrammingError:
    """Return an error of DuckDB's as Snowflake's."""
    said = str(e)
    for kind, words, number, state in FAILURES:
        if isinstance(e, kind) and re.search(words, said, re.I):
            return refuse(number, state, said)
    return refuse(9998, "XX000", f"{type(e).__name__}: {said}")


def numbered(e: ProgrammingError) -> ProgrammingError:
    """Return fakesnow's own error with Snowflake's number, where it was DuckDB's before."""
    cause = e.__cause__
    return failure(cause) if isinstance(cause, duckdb.Error) else e
