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


def left_behind(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, text: str) -> Container:
    """Run a task whose worker dies: nothing that would clean up is carried out. Gives its container."""

    class Died(BaseException):
        pass

    def die(*_: Any) -> None:
        until(lambda: logged(engine, b"ready"))
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(LogLines, "feed", die)
        patch.setattr(docker.DockerStepOperator, "_stop", lambda *_: None)
        run_task(extract(text))
    (container,) = engine.containers.values()
    return container
