"""Whether Airflow's database has what the tasks ask it for: connections and pools. No value of a connection is shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from container_steps import Credential, CredentialError
from covers_airflow import CONTRACT, credentials, notify
from covers_airflow.checks import Finding, right, wrong
from covers_airflow.contract import STEPS
from covers_sources import HERE, Platform

POOLS = Path(HERE) / "pools.json"


def connections(platforms: Iterable[Platform]) -> Iterator[Finding]:
    """Read each connection that a step is given, as the step's task does. On Kubernetes secrets take their place."""
    wanted: dict[str, tuple[str, Credential]] = {}
    for platform in platforms:
        credential = credentials.platform(platform.credential)
        wanted[credential.connection] = ("http", credential)
    settings = CONTRACT.settings
    types = {
        settings.get("lake_connection"): "aws",
        settings.get("warehouse_connection"): "snowflake",
        settings.get("token_key_connection"): "generic",
    }
    for step in STEPS:
        for credential in CONTRACT.credentials(step, settings):
            wanted[credential.connection] = (types.get(credential.connection, ""), credential)
    for kind, credential in wanted.values():
        yield _connection(kind, credential)


def notifiers() -> Iterator[Finding]:
    """Read the connections of those who are told."""
    named = (CONTRACT.settings.get("on_failure"), CONTRACT.settings.get("on_late"))
    for path, (connection, check) in notify.CONNECTIONS.items():
        if path in named:
            yield _notifier(connection, check)


def _connection(kind: str, credential: Credential) -> Finding:
    what = f"connection {credential.connection}"
    found = _get(credential.connection)
    if found is None:
        add = f"airflow connections add {credential.connection} --conn-type {kind} …"
        return wrong(what, f"is not there: {add} (docs/airflow-setup.md says what it holds)")
    if found.conn_type != kind:
        return wrong(what, f"is of type {found.conn_type}, and {kind} is wanted: its fields mean something else")
    try:
        variables = credential.variables(found)
    except CredentialError as e:
        return wrong(what, f"{e}: edit it in the UI, or delete and add it")
    return right(what, f"becomes {', '.join(sorted(variables)) or 'no variable: the role of the machine'}")


def _notifier(connection: str, check: Any) -> Finding:
    what = f"connection {connection}"
    found = _get(connection)
    if found is None:
        return wrong(what, "is not there: docs/airflow-setup.md, Who hears of trouble, says what it holds")
    try:
        check(found)
    except ValueError as e:
        return wrong(what, str(e))
    return right(what, "is complete; whether its service takes a message shows with the first")


def _get(connection: str) -> Any:
    from airflow.models import Connection
    from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException

    try:
        return Connection.get_connection_from_secrets(connection)
    except (AirflowNotFoundException, AirflowException):
        return None


def pools() -> Iterator[Finding]:
    """Compare the pools with the file: tasks work out their rate from the file's slots."""
    from airflow.models import Pool
    from airflow.utils.session import create_session
    from sqlalchemy import select

    wanted: dict[str, dict[str, Any]] = json.loads(POOLS.read_text(encoding="utf-8"))
    with create_session() as session:
        have = {pool.pool: pool.slots for pool in session.scalars(select(Pool))}
    bad = [
        f"{name} is not there" if name not in have else f"{name} has {have[name]} slots, and {pool['slots']} in the file"
        for name, pool in wanted.items()
        if have.get(name) != pool["slots"]
    ]
    for says in bad:
        yield wrong("pools", f"{says}: airflow pools import {POOLS}")
    if not bad:
        yield right("pools", f"{', '.join(wanted)} as in pools.json")
