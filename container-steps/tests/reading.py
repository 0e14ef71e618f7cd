"""What a step would get of a connection, without an Airflow that has it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from container_steps import Credential, credentials
from container_steps.credentials import Bearer

Connect = Callable[..., dict[str, str]]


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Return what declares a connection and returns what the step would get."""
    from airflow.sdk import Connection

    found: dict[str, Connection] = {}
    monkeypatch.setattr("airflow.sdk.BaseHook.get_connection", lambda conn_id: found[conn_id])

    def read(credential: Credential, **fields: Any) -> dict[str, str]:
        extra = json.dumps(fields.pop("extra", {}))
        found[credential.connection] = Connection(conn_id=credential.connection, extra=extra, **fields)
        return credentials.read([credential], Bearer("sort", "parcels.sort.run", None))

    return read
