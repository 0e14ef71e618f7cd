"""Session parameters that are checked, at sign-in and in ALTER SESSION: the name, the type and the range.

https://docs.snowflake.com/en/sql-reference/parameters#session-parameters
"""

import re
import zoneinfo
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from refusal import refuse
from session import Session
from statement import Statement

Check = Callable[[str], bool]


def whole(least: int, most: int) -> Check:
    return lambda v: re.fullmatch(r"\d+", v) is not None and least <= int(v) <= most


def one_of(*words: str) -> Check:
    return lambda v: v.upper() in words


def text(longest: int) -> Check:
    return lambda v: len(v) <= longest


ZONES = {"UTC", *zoneinfo.available_timezones()}  # reads a folder


def zone(v: str) -> bool:
    return v in ZONES


truth = one_of("TRUE", "FALSE")
week = 604800  # seconds

PARAMETERS: dict[str, Check] = {
    "ABORT_DETACHED_QUERY": truth,
    "AUTOCOMMIT": truth,
    "BINARY_INPUT_FORMAT": one_of("HEX", "BASE64", "UTF8", "UTF-8"),
    "BINARY_OUTPUT_FORMAT": one_of("HEX", "BASE64"),
    "CLIENT_MEMORY_LIMIT": whole(1, 1 << 31),
    "CLIENT_METADATA_REQUEST_USE_CONNECTION_CTX": truth,
    "CLIENT_PREFETCH_THREADS": whole(1, 10),
    "CLIENT_RESULT_CHUNK_SIZE": whole(16, 160),
    "CLIENT_RESULT_COLUMN_CASE_INSENSITIVE": truth,
    "CLIENT_SESSION_KEEP_ALIVE": truth,
    "CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY": whole(900, 3600),
    "CLIENT_TELEMETRY_ENABLED": truth,
    "CLIENT_TIMESTAMP_TYPE_MAPPING": one_of("TIMESTAMP_LTZ", "TIMESTAMP_NTZ"),
    "DATE_INPUT_FORMAT": text(256),
    "DATE_OUTPUT_FORMAT": text(256),
    "ERROR_ON_NONDETERMINISTIC_MERGE": truth,
    "ERROR_ON_NONDETERMINISTIC_UPDATE": truth,
    "JSON_INDENT": whole(0, 16),
    "LOCK_TIMEOUT": whole(0, 1 << 31),
    "MULTI_STATEMENT_COUNT": whole(0, 1 << 31),
    "QUERY_TAG": text(2000),
    "QUOTED_IDENTIFIERS_IGNORE_CASE": truth,
    "ROWS_PER_RESULTSET": whole(0, 1 << 63),
    "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS": whole(0, 1 << 31),
    "STATEMENT_TIMEOUT_IN_SECONDS": whole(0, week),
    "STRICT_JSON_OUTPUT": truth,
    "TIMESTAMP_INPUT_FORMAT": text(256),
    "TIMESTAMP_OUTPUT_FORMAT": text(256),
    "TIMESTAMP_TYPE_MAPPING": one_of("TIMESTAMP_LTZ", "TIMESTAMP_NTZ", "TIMESTAMP_TZ"),
    "TIMEZONE": zone,
    "TIME_INPUT_FORMAT": text(256),
    "TIME_OUTPUT_FORMAT": text(256),
    "TRANSACTION_ABORT_ON_ERROR": truth,
    "TRANSACTION_DEFAULT_ISOLATION_LEVEL": one_of("READ COMMITTED"),
    "TWO_DIGIT_CENTURY_START": whole(1900, 2100),
    "UNSUPPORTED_DDL_ACTION": one_of("IGNORE", "FAIL"),
    "USE_CACHED_RESULT": truth,
    "WEEK_OF_YEAR_POLICY": whole(0, 1),
    "WEEK_START": whole(0, 7),
}

# What drivers say of themselves when they sign in. They are on no page; drivers send them with every sign-in.
OF_DRIVERS = {
    "CLIENT_STORE_TEMPORARY_CREDENTIAL",
    "CLIENT_REQUEST_MFA_TOKEN",
    "CLIENT_VALIDATE_DEFAULT_PARAMETERS",
    "CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED",
    "PYTHON_CONNECTOR_QUERY_RESULT_FORMAT",
    "GO_QUERY_RESULT_FORMAT",
    "ENABLE_DORA_ACCESS",
}


def check(name: str, value: Any) -> None:
    """Refuse a parameter that is not known or whose value is out of its range."""
    name, said = name.upper(), str(value)
    if name in OF_DRIVERS:
        return
    if name not in PARAMETERS:
        raise refuse(1006, "42000", f"SQL compilation error:\ninvalid parameter '{name}'")
    if not PARAMETERS[name](said):
        raise refuse(1008, "22023", f"SQL compilation error:\ninvalid value [{said}] for parameter '{name}'")


def alter(session: Session, s: Statement) -> None:
    """Carry out ALTER SESSION SET and UNSET, of which fakesnow knows two parameters."""
    action = s.tree.find(exp.AlterSession)
    for item in action.args.get("expressions") or [] if action else []:
        name = item.find(exp.Identifier).this.upper()
        if action.args.get("unset"):
            check_name(name)
            session.parameters.pop(name, None)
            continue
        value = item.this.expression
        said = value.name if isinstance(value, (exp.Literal, exp.Column)) else value.sql(dialect="snowflake")
        check(name, said)
        session.parameters[name] = said


def check_name(name: str) -> None:
    if name not in PARAMETERS:
        raise refuse(1006, "42000", f"SQL compilation error:\ninvalid parameter '{name}'")
