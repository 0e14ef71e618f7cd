"""Runs steps, each as its task would, so that it touches what it needs and changes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from airflow.sdk.bases.operator import ExecutorSafeguard
from airflow.sdk.exceptions import AirflowException

from container_steps.exits import FAILURE_KEY
from container_steps.step_run import StepRun
from covers_airflow import CONTRACT
from covers_airflow.checks import Finding, right, unseen, wrong
from covers_sources import Platform

LIMIT = timedelta(minutes=2)
"""How long a step may take; each of these takes seconds."""

EMPTY_DAY = "1970-01-01"
"""A day of which no zone has anything: to look for it is to reach the zone."""


def run_of(step: str, arguments: Sequence[str]) -> StepRun:
    """Return a run of a step with the settings' environment and credentials."""
    return StepRun(
        contract=CONTRACT,
        step=step,
        arguments=arguments,
        environment={**CONTRACT.settings.environment(step), "COVERS_MAX_DURATION": f"{LIMIT.seconds}s"},
        credentials=list(CONTRACT.credentials(step, CONTRACT.settings)),
    )


def trials(platforms: Sequence[Platform], operator: Callable[..., Any]) -> Iterator[Finding]:
    """Run what reaches restaurants.yaml, the three zones and the warehouse, with operator, the runtime's."""
    day = str(datetime.now(UTC).date() - timedelta(days=1))
    for platform in platforms[:1]:
        source = platform.sources[0].id
        extract = ["--source", source, "--day", day, "--dry-run"]
        yield _try("restaurants.yaml in a step", operator, "extract", extract, f"has {source}")
        # Of a day that nobody read there is nothing to validate: refused is as far as it can come.
        validate = ["--source", source, "--day", EMPTY_DAY, "--dry-run"]
        yield _try("zone raw", operator, "validate", validate, "can be read", refused="no reading of")
    yield _try("zone staging", operator, "transform", ["--day", EMPTY_DAY, "--dry-run"], "can be read")
    yield _try("zone processed, from a load", operator, "load", ["--day", EMPTY_DAY, "--dry-run"], "can be read")
    yield _try("warehouse", operator, "load", ["check"], "load check has nothing against it")


def none_on_a_cluster() -> Iterator[Finding]:
    """Say what no pod was started for."""
    for what, command in (
        ("zones", "lake check, in a pod of one of the steps' accounts"),
        ("warehouse", "load check, in a pod of the account covers-load"),
        ("images", "trigger covers_simulate, or covers for a day: its first task names an image that cannot be pulled"),
    ):
        yield unseen(what, f"not tried, since no pod is started from here: {command}")


def _try(what: str, operator: Callable[..., Any], step: str, arguments: list[str], good: str, refused: str = "") -> Finding:
    left: dict[str, Any] = {}
    # As much of a task as an operator asks for. Its run's id is new, so that no container of another is taken over.
    ti = SimpleNamespace(
        dag_id="covers_check",
        task_id=step,
        run_id=f"check__{uuid.uuid4()}",
        map_index=-1,
        try_number=1,
        task=SimpleNamespace(execution_timeout=LIMIT),
        xcom_push=lambda key, value: left.update({key: value}),
    )
    try:
        made = operator(task_id=f"check_{step}", step_run=run_of(step, arguments))
        ExecutorSafeguard.tracker.set(made)
        made.execute({"ti": ti, "outlet_events": {}})
    except AirflowException as e:
        error = ((left.get(FAILURE_KEY) or {}).get("result") or {}).get("error") or {}
        if refused and str(error.get("message", "")).startswith(refused):
            return right(what, good)
        return wrong(what, f"{' '.join([step, *arguments])}: {e}")
    return right(what, good)
