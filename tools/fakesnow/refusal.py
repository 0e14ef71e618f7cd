"""Refusals with the numbers and states that Snowflake gives."""

from snowflake.connector.errors import ProgrammingError


def refuse(number: int, state: str, text: str) -> ProgrammingError:
    return ProgrammingError(msg=text, errno=number, sqlstate=state)


def unknown(kind: str, name: str) -> ProgrammingError:
    """Say that an object is not there, or that the role may not know of it: one answer for both.

    https://docs.snowflake.com/en/user-guide/security-access-control-overview
    """
    state = {"TABLE": "42S02", "VIEW": "42S02"}.get(kind, "02000")
    number = 2043 if kind in ("WAREHOUSE", "DATABASE", "SCHEMA") else 2003
    return refuse(number, state, f"SQL compilation error:\n{kind.capitalize()} '{name}' does not exist or not authorized.")


def denied(kind: str, name: str) -> ProgrammingError:
    """Say that the role knows of the object and lacks the right."""
    return refuse(
        3001, "42501", f"SQL access control error:\nInsufficient privileges to operate on {kind.lower()} '{name.split('.')[-1]}'"
    )
