"""A retry on another worker, whose engine is another, too: where each worker of Celery has its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time import comms

from container_steps import from_connection
from fake_engine import FakeEngine
from left_behind import left_behind
from python_step import DONE, extract
from running import Supervisor, run_task, sigterm_when

pytestmark = pytest.mark.skipif(not hasattr(comms, "GetTaskStateStore"), reason="Airflow before 3.3 has no task state store")

TEXT = "log('ready')\ntime.sleep(60)\n"


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("container_steps.docker.PAUSE", 0.01)


@pytest.fixture
def other(engine: FakeEngine) -> Iterator[FakeEngine]:
    """Run a second engine, that of another worker."""
    other = FakeEngine()
    other.name = "worker-2"
    yield other
    other.close()


def _move(monkeypatch: pytest.MonkeyPatch, engine: FakeEngine) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__DOCKER_URL", engine.url)


def test_it_waits_until_the_first_can_run_no_longer(
    engine: FakeEngine, other: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    store: dict[str, Any] = {}
    left_behind(engine, monkeypatch, TEXT, store, execution_timeout=timedelta(hours=2))
    (note,) = store.values()
    assert timedelta(hours=1, minutes=50) < datetime.fromisoformat(note["until"]) - datetime.now(UTC) <= timedelta(hours=2)
    until = datetime.now(UTC) + timedelta(seconds=1.5)
    note["until"] = until.isoformat()
    _move(monkeypatch, other)
    ran = run_task(extract(DONE), try_number=2, store=store)
    assert ran.state == "success", ran.error
    (container,) = other.all
    assert datetime.fromisoformat(container.finished) > until
    (warning,) = [r for r in ran.log if "may have left it there" in str(r["event"])]
    assert ("worker-1" in str(warning)) and ("worker-2" in str(warning))
    assert store == {}


def test_it_begins_once_somebody_removed_the_note(engine: FakeEngine, other: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine of the first may be gone for good."""
    monkeypatch.setattr("container_steps.docker.ASK", 0.05)
    store: dict[str, Any] = {}
    left_behind(engine, monkeypatch, TEXT, store)
    _move(monkeypatch, other)
    timer = threading.Timer(0.5, store.clear)
    timer.start()
    ran = run_task(extract(DONE), try_number=2, store=store)
    timer.join()
    assert ran.state == "success", ran.error


def test_on_the_same_engine_it_takes_over(engine: FakeEngine, other: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    store: dict[str, Any] = {}
    text = "log('ready')\ntime.sleep(1)\n" + DONE
    left = left_behind(engine, monkeypatch, text, store, execution_timeout=timedelta(hours=1))
    ran = run_task(extract(text, execution_timeout=timedelta(hours=1)), try_number=2, store=store)
    assert ran.state == "success", ran.error
    assert engine.all == [left]
    assert store == {}


def test_a_try_that_started_nothing_leaves_nothing_to_wait_for(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    store: dict[str, Any] = {}
    ran = run_task(extract(DONE, credentials=[from_connection("nowhere", password="SECRET")]), store=store)
    assert ran.state != "success"
    assert engine.all == []
    assert store == {}


@pytest.mark.parametrize(("text", "state"), [(DONE, "success"), ("sys.exit(69)", "up_for_retry"), ("sys.exit(65)", "failed")])
def test_a_try_that_ended_leaves_nothing_to_wait_for(engine: FakeEngine, text: str, state: str) -> None:
    store: dict[str, Any] = {}
    assert run_task(extract(text), store=store).state == state
    assert store == {}


def test_a_try_that_was_stopped_leaves_nothing_to_wait_for(engine: FakeEngine) -> None:
    store: dict[str, Any] = {}
    with sigterm_when(lambda: bool(engine.running)):
        assert run_task(extract(TEXT), store=store).state == "up_for_retry"
    assert store == {}
    ran = run_task(extract(TEXT, execution_timeout=timedelta(seconds=1)), store=store)
    assert type(ran.error).__name__ == "AirflowTaskTimeout"
    assert store == {}


def test_a_stop_ends_the_waiting(engine: FakeEngine, other: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    store: dict[str, Any] = {}
    left_behind(engine, monkeypatch, TEXT, store)
    _move(monkeypatch, other)
    asked = threading.Event()
    fetch = Supervisor.send

    def send(self: Supervisor, msg: Any) -> Any:
        if isinstance(msg, comms.GetTaskStateStore):
            asked.set()
        return fetch(self, msg)

    monkeypatch.setattr(Supervisor, "send", send)
    with sigterm_when(asked.is_set):
        ran = run_task(extract(DONE), try_number=2, store=store)
    assert ran.state == "up_for_retry"
    assert "was stopped" in str(ran.error)
    assert other.all == []
    assert store != {}  # the first may run on


def test_a_proxy_that_hides_which_engine_it_is(engine: FakeEngine) -> None:
    """As one that lets through what concerns containers and images alone."""
    engine.refused = {"GET /info"}
    store: dict[str, Any] = {}
    ran = run_task(extract(DONE), store=store)
    assert ran.state == "success", ran.error
    assert store == {}


def test_a_store_that_fails_stops_no_step(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise AirflowRuntimeError(comms.ErrorResponse(error=ErrorType.API_SERVER_ERROR))

    for method in ("get", "set", "delete"):
        monkeypatch.setattr(f"airflow.sdk.execution_time.context.TaskStateStoreAccessor.{method}", fail)
    ran = run_task(extract(DONE))
    assert ran.state == "success", ran.error


def test_an_airflow_without_a_store(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """As before 3.3: nothing is known of other engines."""
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    whole = RuntimeTaskInstance.get_template_context

    def without(self: RuntimeTaskInstance) -> Any:
        return {name: value for name, value in whole(self).items() if name != "task_state_store"}

    monkeypatch.setattr(RuntimeTaskInstance, "get_template_context", without)
    assert run_task(extract(DONE)).state == "success"
