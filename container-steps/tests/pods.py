"""Pods of a fake cluster as tests of trouble have them: that wait, that a dead worker left, and what their tasks warned of."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from container_steps.kubernetes import PodStepOperator
from container_steps.pod_manager import StepPodManager
from fake_cluster import FakeCluster, Pod, until
from python_step import DONE, extract
from running import Ran, run_task

SLOW = "log('ready')\ntime.sleep(0.3)\nlog('done')\n" + DONE

WAITING = """
signal.signal(signal.SIGTERM, lambda *_: (log('stopping'), sys.exit(143)))
log('ready')
time.sleep(60)
"""


def logged(cluster: FakeCluster, text: bytes) -> bool:
    return any(text in line for p in list(cluster.pods.values()) for _, line in p.log)


def left_behind(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch, text: str) -> Pod:
    """Run a task whose worker dies: nothing that would clean up is carried out. Gives its pod."""

    class Died(BaseException):
        pass

    def die(*_: Any, **__: Any) -> None:
        until(lambda: logged(cluster, b"ready"))
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(StepPodManager, "fetch_container_logs", die)
        patch.setattr(PodStepOperator, "cleanup", lambda *_, **__: None)
        run_task(extract(text))
    (pod,) = cluster.pods.values()
    return pod


def meanwhile(what: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=what)
    thread.start()
    return thread


def warnings(ran: Ran) -> str:
    """Return all that a task warned of; the text of a record of Airflow's own stands apart from its values."""
    found = [r for r in ran.log if r["log_level"] == "warning"]
    return "\n".join(str(r["event"]) % r["positional_args"] if r.get("positional_args") else str(r["event"]) for r in found)
