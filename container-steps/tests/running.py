"""Runs an operator as Airflow's worker does: with the task runner's own code, its signals, its decisions and its log.

Only the supervisor, to which the runner reports, is a stand-in that writes down what it is told.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import structlog
from airflow.sdk import DAG, Connection
from airflow.sdk.api.datamodels._generated import DagRun, DagRunState, DagRunType, TIRunContext
from airflow.sdk.exceptions import ErrorType
from airflow.sdk.execution_time import comms, task_runner
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance, run

NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)


@dataclass
class Supervisor:
    """Takes what a worker's task process sends."""

    sent: list[Any] = field(default_factory=list)
    store: dict[str, Any] = field(default_factory=dict)  # of the task's instance, from try to try

    def send(self, msg: Any) -> Any:
        self.sent.append(msg)
        if isinstance(msg, comms.GetConnection):  # which only Airflow before 3.2 asks for what stands in a variable
            found = Connection.from_json(os.environ[f"AIRFLOW_CONN_{msg.conn_id.upper()}"], msg.conn_id)
            names = ("conn_type", "host", "schema", "login", "password", "port", "extra")
            return comms.ConnectionResult(conn_id=msg.conn_id, **{name: getattr(found, name) for name in names})
        match type(msg).__name__:  # of the task state store, which Airflow has since 3.3
            case "GetTaskStateStore":
                if msg.key not in self.store:
                    return comms.ErrorResponse(error=ErrorType.TASK_STORE_NOT_FOUND)
                return comms.TaskStateStoreResult(value=self.store[msg.key])
            case "SetTaskStateStore":
                self.store[msg.key] = msg.value
            case "DeleteTaskStateStore":
                self.store.pop(msg.key, None)
        if isinstance(msg, comms.ValidateInletsAndOutlets):
            return comms.InactiveAssetsResult(inactive_assets=[])
        return comms.OKResponse(ok=True)

    def of(self, kind: type) -> list[Any]:
        return [m for m in self.sent if isinstance(m, kind)]


@dataclass
class Ran:
    """How a task went: its state, the exception if any, all log records, and what the supervisor was told."""

    state: str
    error: BaseException | None
    log: list[dict[str, Any]]
    supervisor: Supervisor
    operator: Any

    @property
    def xcoms(self) -> dict[str, Any]:
        return {m.key: m.value for m in self.supervisor.of(comms.SetXCom)}

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The records that a step's lines became."""
        return [r for r in self.log if str(r.get("logger_name", "")).startswith("parcels.")]

    @property
    def events(self) -> list[str]:
        return [r["event"] for r in self.lines]


def run_task(
    make: Callable[[], Any],
    *,
    try_number: int = 1,
    retries_left: bool = True,
    map_index: int = -1,
    run_id: str = "run",
    store: dict[str, Any] | None = None,
) -> Ran:
    """Run the operator that make() returns, in a DAG "parcels". The store is what Airflow keeps of the task from try to try."""
    with DAG("parcels", schedule=None, params={"from": "extract"}):
        operator = make()
    ti = RuntimeTaskInstance.model_construct(
        id=uuid4(),
        task_id=operator.task_id,
        dag_id="parcels",
        run_id=run_id,
        try_number=try_number,
        dag_version_id=uuid4(),
        map_index=map_index,
        hostname="",
        context_carrier=None,
        queue="default",
        task=operator,
        bundle_instance=None,
        start_date=NOON,
        max_tries=3,
        is_mapped=False,
        sentry_integration="",
    )
    ti._ti_context_from_server = TIRunContext(
        dag_run=DagRun(
            dag_id="parcels",
            run_id=run_id,
            logical_date=None,
            data_interval_start=None,
            data_interval_end=None,
            run_after=NOON,
            start_date=NOON,
            end_date=None,
            run_type=DagRunType.MANUAL,
            state=DagRunState.RUNNING,
            consumed_asset_events=[],
            **({"partition_key": None} if "partition_key" in DagRun.model_fields else {}),  # since Airflow 3.2
        ),
        max_tries=3,
        should_retry=retries_left,
    )
    supervisor = Supervisor(store={} if store is None else store)
    before = signal.getsignal(signal.SIGTERM)
    try:
        with patch.object(task_runner, "SUPERVISOR_COMMS", supervisor, create=True), recorded() as log:
            state, _, error = run(ti, ti.get_template_context(), structlog.get_logger("task"))
    finally:
        signal.signal(signal.SIGTERM, before)
    return Ran(str(state.value), error, log, supervisor, ti.task)


@contextlib.contextmanager
def recorded() -> Iterator[list[dict[str, Any]]]:
    """Collect all records that are logged, each with its logger's name."""
    records: list[dict[str, Any]] = []

    def keep(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        records.append({"log_level": method, **event})
        raise structlog.DropEvent

    class Named:
        def __init__(self, name: str):
            self.name = name

    before = structlog.get_config()
    structlog.configure(
        processors=[lambda logger, _, event: {**event, "logger_name": event.get("logger_name") or logger.name}, keep],
        wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET),
        logger_factory=lambda *names: Named(names[0] if names else ""),
        cache_logger_on_first_use=False,
    )
    try:
        yield records
    finally:
        structlog.configure(**before)


@contextlib.contextmanager
def sigterm_when(ready: Callable[[], bool]) -> Iterator[None]:
    """Send this process SIGTERM, as Airflow's supervisor does, once something is the case."""
    done = threading.Event()

    def wait() -> None:
        while not done.is_set():
            if ready():
                os.kill(os.getpid(), signal.SIGTERM)
                return
            done.wait(0.01)

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
