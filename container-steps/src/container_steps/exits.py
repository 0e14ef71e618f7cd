"""What Airflow makes of a step's exit code: those that a contract calls final, and all others.

A step that another try cannot help fails at once; any other is tried again as often as the task's `retries` say. The reason
stands in the log and in the XCom `failure`, with the step's result. Airflow lets no worker write a task's note, and its API does
not show yet what it stores of a retry (retry.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException

from container_steps.result import Result
from container_steps.step_run import StepRun

MEANING = {
    64: "wrong usage or settings",
    65: "data refused",
    69: "a service cannot be reached or fails",
    70: "a defect in the program",
    75: "a service asks to wait, a lock is held, or the disk is full",
    77: "not authorised",
    143: "stopped",
    2: "a panic",
    125: "the container engine failed",
    126: "the program cannot be started",
    127: "there is no such program",
    137: "killed",
}
FAILURE_KEY = "failure"
"""Key of the XCom that holds the result of a step that failed."""


class StepFailedError(AirflowException):
    """A step failed, and another try may help."""


class StepOutOfMemoryError(StepFailedError):
    """A step was ended because it took more memory than its limit: one more try may help, where the machine was short of it."""


class StepRefusedError(AirflowFailException):
    """A step failed, and would fail again: usage, data, or authorisation."""


def failure(
    run: StepRun, code: int | None, result: Result | None, cause: str = "", *, out_of_memory: bool = False, try_number: int = 1
) -> AirflowException:
    """Return the exception for a step that ended with code (None: nobody knows), with its result if it wrote one.

    cause is what the runtime knows beside the code: "over its memory limit of 512m". A try after the first that runs out of
    memory is the last: the same limit would be met again.
    """
    error = (result or {}).get("error", {})
    ended = run.step if code is None else f"{run.step} ended with {code}"
    meaning = {**MEANING, **run.contract.meanings}.get(code or 0, "")
    own = [text for text in (error.get("message"), cause) if text]
    if meaning and own:
        ended += f" ({meaning})"
    reason = f"{ended}: {'; '.join(own) or meaning or 'for a reason that nobody told'}"
    if error.get("next"):
        reason += f"; next: {error['next']}"
    if out_of_memory:
        limit = f"[{run.settings.section}] memory_{run.step} (it is {run.settings.get('memory', run.step)})"
        reason += f"; next: raise {limit}, then clear the task"
        return StepOutOfMemoryError(reason) if try_number < 2 else StepRefusedError(reason)
    return StepRefusedError(reason) if code in run.contract.final else StepFailedError(reason)


def tell_failure(context: Mapping[str, Any], code: int | None, result: Result | None, reason: str) -> None:
    """Leave what is known of a failure as an XCom, for tasks that run all the same and for people."""
    context["ti"].xcom_push(key=FAILURE_KEY, value={"code": code, "reason": reason, "result": result})
