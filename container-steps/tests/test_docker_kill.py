"""Containers of steps that are killed, time out, or are left behind by a worker that died."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fake_engine import FakeEngine, _Handler, until
from left_behind import left_behind, logged
from python_step import DONE, RESULT, extract
from running import run_task, sigterm_when

WAITING = """
signal.signal(signal.SIGTERM, lambda *_: (log('stopping'), sys.exit(143)))
log('ready')
time.sleep(60)
"""


def test_sigterm_stops_and_removes_the_container(engine: FakeEngine) -> None:
    with sigterm_when(lambda: logged(engine, b"ready")):
        ran = run_task(extract(WAITING))
    assert ran.state == "up_for_retry"
    assert "143" in str(ran.error)
    assert ran.events == ["ready", "stopping"]
    assert not engine.containers


def test_a_container_that_ignores_sigterm_is_killed_within_5_s(engine: FakeEngine) -> None:
    began = []

    def ready() -> bool:
        if logged(engine, b"ready"):
            began.append(time.monotonic())
            return True
        return False

    with sigterm_when(ready):
        ran = run_task(extract("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nlog('ready')\ntime.sleep(60)"))
    assert time.monotonic() - began[0] < 5
    assert ran.state == "up_for_retry"
    assert engine.all[0].stop_sent == [3]
    assert not engine.containers


def test_a_timeout_stops_the_container(engine: FakeEngine) -> None:
    from datetime import timedelta

    ran = run_task(extract(WAITING, execution_timeout=timedelta(seconds=1)))
    assert type(ran.error).__name__ == "AirflowTaskTimeout"
    assert not engine.containers


def test_an_error_of_the_worker_stops_the_container(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise ValueError("the log is full")

    monkeypatch.setattr("container_steps.logs.LogLines.feed", fail)
    ran = run_task(extract(WAITING))
    assert "the log is full" in str(ran.error)
    assert engine.all[0].stop_sent == [3]
    assert not engine.containers


def test_a_kill_before_the_start_starts_nothing(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM comes while the container is being created."""
    create = engine.create
    flag = threading.Event()

    def slow(config: dict[str, Any]) -> Any:
        flag.set()
        time.sleep(0.3)
        return create(config)

    monkeypatch.setattr(engine, "create", slow)
    with sigterm_when(flag.is_set):
        ran = run_task(extract(WAITING))
    assert ran.state == "up_for_retry"
    assert "before its container started" in str(ran.error)
    assert not engine.containers
    assert engine.all[0].process is None


# A worker that died


def test_the_retry_adopts_a_running_container(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "log('ready', n='é')\ntime.sleep(1)\nlog('done')\n" + DONE
    left = left_behind(engine, monkeypatch, text)
    ran = run_task(extract(text), try_number=2)
    assert ran.state == "success", ran.error
    assert engine.all == [left]
    assert ran.events == ["ready", "done"]  # from its start
    assert ran.xcoms["return_value"] == RESULT
    assert not engine.containers


def test_the_retry_adopts_what_finished_meanwhile(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "log('ready')\n" + DONE
    left = left_behind(engine, monkeypatch, text)
    until(lambda: left.status == "exited")
    ran = run_task(extract(text), try_number=2)
    assert (ran.state, ran.events, ran.xcoms["return_value"]) == ("success", ["ready"], RESULT)
    assert engine.all == [left]


def test_the_retry_ends_a_container_that_does_something_else(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    left_behind(engine, monkeypatch, WAITING)
    ran = run_task(extract(DONE), try_number=2)
    assert ran.state == "success", ran.error
    assert (len(engine.all), engine.most_running) == (2, 1)  # never both at once
    assert not engine.containers


@pytest.mark.parametrize(
    "setting", ["MEMORY=1g", "CPUS=2.0", "USER=1000", "DOCKER_NETWORK=other", "DOCKER_MOUNTS=data:/data", ""]
)
def test_the_retry_ends_a_container_that_was_given_something_else(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setting: str
) -> None:
    """Another setting, or the image behind the same tag is another."""
    text = f"log('ready')\nif os.path.exists({str(tmp_path / 'again')!r}): {DONE}else: time.sleep(60)\n"
    left = left_behind(engine, monkeypatch, text)
    (tmp_path / "again").touch()
    if setting:
        name, _, value = setting.partition("=")
        monkeypatch.setenv(f"AIRFLOW__PARCELS__{name}", value)
    else:
        engine.image_id = "sha256:2"
    ran = run_task(extract(text), try_number=2)
    assert ran.state == "success", ran.error
    assert left in engine.removed
    assert (len(engine.all), engine.most_running) == (2, 1)


# A container and its worker that both end


def test_a_container_that_somebody_removes_is_run_anew_by_the_retry(engine: FakeEngine, tmp_path: Path) -> None:
    """Neither try finds the other's container, and none is green without a result."""
    text = f"log('ready')\nif os.path.exists({str(tmp_path / 'again')!r}): {DONE}else: time.sleep(60)\n"

    def remove() -> None:
        until(lambda: logged(engine, b"ready"))
        (container,) = engine.containers.values()
        engine.end(container)
        engine.removed.append(engine.containers.pop(container.id))
        (tmp_path / "again").touch()

    thread = threading.Thread(target=remove)
    thread.start()
    ran = run_task(extract(text))
    thread.join()
    assert ran.state == "up_for_retry"
    assert "return_value" not in ran.xcoms
    ran = run_task(extract(text), try_number=2)
    assert (ran.state, ran.xcoms["return_value"]) == ("success", RESULT)


@pytest.mark.parametrize("result", ["", DONE[:60] + "')\n"])
@pytest.mark.parametrize("code", [0, 137])
def test_a_worker_that_is_stopped_as_its_container_ends(engine: FakeEngine, result: str, code: int) -> None:
    """Whatever the container says in its last moment, without a whole result the task is not green."""
    stopping = f"(sys.stdout.write({result!r}), sys.stdout.flush(), os._exit({code}))"
    with sigterm_when(lambda: logged(engine, b"ready")):
        ran = run_task(extract(f"signal.signal(signal.SIGTERM, lambda *_: {stopping})\nlog('ready')\ntime.sleep(60)"))
    assert ran.state == "up_for_retry"
    assert "return_value" not in ran.xcoms
    assert not engine.containers


def test_the_retry_of_a_worker_that_died_with_its_container(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As where their machine is gone, or the kernel ends both."""
    text = f"log('ready')\nif os.path.exists({str(tmp_path / 'again')!r}): {DONE}else: time.sleep(60)\n"
    left = left_behind(engine, monkeypatch, text)
    engine.end(left)
    (tmp_path / "again").touch()
    ran = run_task(extract(text), try_number=2)
    assert (ran.state, ran.xcoms["return_value"]) == ("success", RESULT)
    assert len(engine.all) == 2
    assert not engine.containers


def test_the_retry_removes_what_failed_meanwhile(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "log('ready')\nsys.exit(0 if os.path.exists('/proc/1/nothing') else 69)"
    left = left_behind(engine, monkeypatch, text)
    until(lambda: left.status == "exited")
    ran = run_task(extract(text), try_number=2)
    assert "ended with 69" in str(ran.error)
    assert len(engine.all) == 2
    assert not engine.containers


def test_the_retry_removes_what_finished_long_ago(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever clears the task then wants it done again."""
    text = "log('ready')\n" + DONE
    left = left_behind(engine, monkeypatch, text)
    until(lambda: left.status == "exited")
    left.finished = f"{datetime.now(UTC) - timedelta(minutes=61):%Y-%m-%dT%H:%M:%S}.123456789Z"
    ran = run_task(extract(text), try_number=2)
    assert (ran.state, ran.events) == ("success", ["ready"])
    assert len(engine.all) == 2
    assert not engine.containers


def test_a_kill_while_a_container_is_adopted_stops_it(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    left = left_behind(engine, monkeypatch, WAITING)
    flag, inspect = threading.Event(), _Handler._list

    def slow(*args: Any) -> Any:
        flag.set()
        time.sleep(0.5)
        return inspect(*args)

    monkeypatch.setattr(_Handler, "_list", slow)
    with sigterm_when(flag.is_set):
        began = time.monotonic()
        ran = run_task(extract(WAITING), try_number=2)
    assert time.monotonic() - began < 5
    assert ran.state == "up_for_retry"
    assert "before its container" in str(ran.error)
    assert left.stop_sent == [3]
    assert not engine.containers


@pytest.mark.parametrize("other", [{"run_id": "other"}, {"map_index": 3}])
def test_another_tasks_container_is_left_alone(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, other: dict[str, Any]
) -> None:
    left = left_behind(engine, monkeypatch, WAITING)
    assert run_task(extract(DONE), **other).state == "success"
    assert left.status == "running"


def test_another_deployments_container_is_left_alone(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    left = left_behind(engine, monkeypatch, WAITING)
    monkeypatch.setenv("AIRFLOW__PARCELS__DEPLOYMENT", "other")
    assert run_task(extract(DONE)).state == "success"
    assert left.status == "running"


def test_sigterm_stops_an_adopted_container(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    left_behind(engine, monkeypatch, WAITING)
    took = threading.Event()
    real = FakeEngine.frames

    def frames(*args: Any, **kwargs: Any) -> Any:
        took.set()
        return real(*args, **kwargs)

    monkeypatch.setattr(FakeEngine, "frames", frames)
    with sigterm_when(took.is_set):
        ran = run_task(extract(WAITING), try_number=2)
    assert "143" in str(ran.error)
    assert not engine.containers
