"""How a run ends, and what the next one finds."""

from __future__ import annotations

from typing import Any

from container_steps.conform.check import PASSED, Finding, failed, must, not_applicable, should
from container_steps.conform.evidence import Evidence
from container_steps.conform.result_checks import result_of
from container_steps.conform.sandbox_checks import last_words
from container_steps.contract import FINAL
from container_steps.step_run import GRACE

USAGE = 64
"""The exit code of wrong usage: EX_USAGE of sysexits.h."""

SLACK = 0.5
"""Seconds that a busy engine may take to say that a container has ended."""

_DIFFERS = ("status", "durations")  # done becomes unchanged, and no two runs take as long

_ENDED_BEFORE = not_applicable("it ended before it could be stopped: --slow gives arguments of a run that takes longer")


@must(
    20,
    "A run that did its work ends with 0",
    "find out why it fails: --env and --volume give it what it needs, --network a network; its arguments stand behind the image",
)
def succeeds(e: Evidence) -> Finding:
    """Judge the ordinary run."""
    return PASSED if e.first.code == 0 else failed(f"it {e.first.outcome}{last_words(e.first)}")


@must(
    21,
    f"A run with arguments that it does not know ends with {USAGE}, which Airflow does not try again",
    "check all arguments and settings first, and refuse what you do not know; --wrong gives arguments that it must refuse",
)
def refuses(e: Evidence) -> Finding:
    """Judge the run with wrong arguments."""
    return PASSED if e.wrong.code == USAGE else failed(f"with {' '.join(e.plan.wrong)} it {e.wrong.outcome}")


@must(
    22,
    f"A run ends within {GRACE} s of SIGTERM",
    "handle SIGTERM: for the first process of a container there is no default. A shell must `exec` the program, or trap and wait",
)
def stops(e: Evidence) -> Finding:
    """Judge how long the run that was sent SIGTERM ran on."""
    if e.stopped.stopped_after is None:
        return _ENDED_BEFORE
    if e.stopped.code is None:
        return failed("it ran on, and was killed")
    return PASSED if e.stopped.stopped_after <= GRACE + SLACK else failed(f"it took {e.stopped.stopped_after:.1f} s")


@must(
    23,
    f"A run that is stopped before its work is done ends with 143, or with another code that is neither 0 nor final "
    f"({', '.join(map(str, sorted(FINAL)))})",
    "end with 143 (128 + 15) after SIGTERM, so that Airflow tries it again",
)
def stopped_is_tried_again(e: Evidence) -> Finding:
    """Judge the exit code of the run that was sent SIGTERM."""
    if e.stopped.stopped_after is None:
        return _ENDED_BEFORE
    if e.stopped.code is None:
        return not_applicable("it was killed")
    if e.stopped.code == 0 and e.plan.slow is None and e.stopped.seconds > e.first.seconds / 2:
        return not_applicable("it may have done its work: --slow gives arguments of a run that takes longer")
    if e.stopped.code in FINAL or e.stopped.code == 0:
        return failed(f"it ended with {e.stopped.code}")
    return PASSED


@must(
    24,
    "A second run with the same arguments succeeds, too",
    "replace what is there, or find it and end with 0 and the status unchanged: Airflow runs a step again after a worker's death",
)
def succeeds_again(e: Evidence) -> Finding:
    """Judge the second run."""
    if e.first.code != 0:
        return not_applicable("the first did not succeed")
    return PASSED if e.second.code == 0 else failed(f"it {e.second.outcome}{last_words(e.second)}")


@should(
    25,
    f"A second run with the same arguments has the same result, but for {' and '.join(_DIFFERS)}",
    "leave out times, random numbers and names that hold them, or put them into the log",
)
def same_result(e: Evidence) -> Finding:
    """Judge whether both results are the same."""
    first, second = result_of(e.first), result_of(e.second)
    if e.first.code != 0 or e.second.code != 0 or first is None or second is None:
        return not_applicable("there are no two results")
    keys = sorted(key for key in first.keys() | second.keys() if key not in _DIFFERS and _differ(first, second, key))
    return failed(f"{', '.join(keys)} differ") if keys else PASSED


def _differ(first: dict[str, Any], second: dict[str, Any], key: str) -> bool:
    return (key in first) != (key in second) or first.get(key) != second.get(key)
