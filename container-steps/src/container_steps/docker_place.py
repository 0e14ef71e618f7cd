"""On which engine the container of an earlier try may run.

Where each worker has an engine of its own, as with Celery, a retry on another worker sees nothing of the container that its
predecessor left when it died. So a try writes down where its container is, and removes the note with the container.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from airflow.sdk.exceptions import AirflowRuntimeError

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = "container_steps.docker"
"""Key of the note in Airflow's task state store, which outlives a try as an XCom does not. Airflow has it from 3.3 on."""

FORGOTTEN = timedelta(hours=1)
"""How long a container is taken to run at most where its task has no execution_timeout."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Place:
    """Where a container is, and until when it may run."""

    engine: str
    machine: str
    number: int  # of the try
    until: datetime


class Note:
    """The note of a task's instance."""

    def __init__(self, context: Mapping[str, Any]):
        self._store = context.get("task_state_store")
        self._number: int = context["ti"].try_number
        self._limit: timedelta = context["ti"].task.execution_timeout or FORGOTTEN

    def elsewhere(self, engine: str) -> Place | None:
        """Return where a container of an earlier try may still run, if that is another engine."""
        if self._store is None:
            return None
        try:
            found = self._store.get(KEY)
            place = (
                Place(found["engine"], found["machine"], found["try"], datetime.fromisoformat(found["until"])) if found else None
            )
        except AirflowRuntimeError as e:
            _log.warning("Airflow does not tell on which engine an earlier try ran", reason=str(e))
            return None
        return place if place and place.engine != engine and place.until > datetime.now(UTC) else None

    def write(self, engine: str, machine: str) -> None:
        """Write down that the container of this try is about to run on an engine."""
        until = datetime.now(UTC) + self._limit
        note = {"engine": engine, "machine": machine, "try": self._number, "until": until.isoformat()}
        self._change("set", KEY, note)

    def remove(self) -> None:
        """Forget it: there is no container any more."""
        self._change("delete", KEY)

    def _change(self, method: str, *args: Any) -> None:
        if self._store is None:
            return
        try:
            getattr(self._store, method)(*args)
        except AirflowRuntimeError as e:
            _log.warning("Airflow does not keep on which engine this try runs", reason=str(e))
