"""A container whose worker died."""

from __future__ import annotations

from typing import Any

import pytest

import container_steps.docker as docker
from container_steps.logs import LogLines
from fake_engine import Container, FakeEngine, until
from python_step import extract
from running import run_task


def logged(engine: FakeEngine, text: bytes) -> bool:
    """Return whether a container has written a text."""
    return any(text in written for c in engine.containers.values() for *_, written in c.log)


def left_behind(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, text: str, store: dict[str, Any] | None = None, **kwargs: Any
) -> Container:
    """Run a task whose worker dies: nothing that would clean up is carried out. Gives its container.

    The store is what Airflow keeps of the task from try to try; kwargs are the step's own.
    """

    class Died(BaseException):
        pass

    def die(*_: Any) -> None:
        until(lambda: logged(engine, b"ready"))
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(LogLines, "feed", die)
        patch.setattr(docker.DockerStepOperator, "_stop", lambda *_: None)
        patch.setattr(docker.DockerStepOperator, "_is_gone", lambda *_: False)
        run_task(extract(text, **kwargs), store=store)
    (container,) = engine.containers.values()
    return container
