"""The end of a step, the same for every runtime: from its exit code and its result to the task's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from container_steps import exits
from container_steps.result import BadResultError, Result, parse, tell_assets
from container_steps.step_run import StepRun

RECENT = timedelta(hours=1)
"""A step that ended longer ago is not taken over: a retry comes sooner, and whoever clears the task then wants it done again."""


def conclude(
    run: StepRun,
    context: Mapping[str, Any],
    outlets: Iterable[Any],
    code: int | None,
    line: bytes | str,
    cause: str = "",
    *,
    out_of_memory: bool = False,
) -> Result:
    """Return the result of a step that succeeded and tell its assets of it; else raise the exception that Airflow is to see."""
    result: Result | None = None
    try:
        result = parse(run.contract, line)
    except BadResultError as e:
        cause = cause or str(e) if code == 0 else cause
    if code == 0 and result is not None and "error" not in result:
        tell_assets(run.contract, context, outlets, result)
        return result
    if code == 0 and result is not None:
        cause = "the step ended with 0, and its result says that it failed"
    number = context["ti"].try_number
    error = exits.failure(run, code, result, cause, out_of_memory=out_of_memory, try_number=number)
    exits.tell_failure(context, code, result, str(error))
    raise error
