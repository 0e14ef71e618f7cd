"""Exit codes decide between retry and failure, and the reason is told where people look."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException
from airflow.sdk import Asset
from airflow.sdk.execution_time.context import OutletEventAccessors

from container_steps import Contract, exits
from container_steps.exits import StepFailedError, failure
from container_steps.outcome import conclude
from container_steps.step_run import StepRun
from parcels import CONTRACT

LOAD = StepRun(CONTRACT, "load", [], {}, [])
RESULT = {"status": "done", "step": "load", "version": "1", "durations": {"total": 0.1}}
FAILED = {
    **RESULT,
    "status": "failed",
    "error": {"code": 75, "kind": "temporary", "message": "the gate is taken", "next": "run it again"},
}


@pytest.mark.parametrize("code", [64, 65, 77, 99])
def test_codes_that_the_contract_calls_final_fail_at_once(code: int) -> None:
    assert isinstance(failure(LOAD, code, None), AirflowFailException)


def test_what_is_final_and_what_it_means_is_the_contracts() -> None:
    strict = StepRun(Contract("strict", final=frozenset({3}), meanings={3: "no paper"}), "print", [], {}, [])
    assert isinstance(failure(strict, 3, None), AirflowFailException)
    assert str(failure(strict, 3, None)) == "print ended with 3: no paper"
    assert isinstance(failure(strict, 64, None), StepFailedError)
    assert "no paper" not in str(failure(LOAD, 3, None))


@pytest.mark.parametrize("code", [1, 2, 125, 126, 127, 137, 139, None])
def test_codes_from_outside_are_tried_again(code: int | None) -> None:
    assert isinstance(failure(LOAD, code, None), StepFailedError)


def test_the_reason_is_the_steps_own() -> None:
    assert str(failure(LOAD, 75, FAILED)) == (
        "load ended with 75 (a service asks to wait, a lock is held, or the disk is full): the gate is taken; next: run it again"
    )
    assert "it took more memory" in str(failure(LOAD, 137, None, "it took more memory"))
    assert "nobody told" in str(failure(LOAD, None, None))


class Instance:
    try_number = 1

    def __init__(self) -> None:
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value


def concluded(code: int | None, line: str, outlets: Iterable[Any] = ()) -> tuple[Any, dict[str, Any], Any]:
    ti = Instance()
    events: Any = OutletEventAccessors()
    context = {"ti": ti, "outlet_events": events}
    try:
        return conclude(LOAD, context, outlets, code, line), ti.pushed, events
    except (StepFailedError, exits.StepRefusedError) as e:
        return e, ti.pushed, events


def test_success_gives_the_result() -> None:
    asset = Asset("a")
    value, pushed, events = concluded(0, json.dumps(RESULT), [asset])
    assert (value, pushed) == (RESULT, {})
    assert events[asset].extra["step"] == "load"


def test_failure_leaves_its_result() -> None:
    asset = Asset("a")
    error, pushed, events = concluded(75, json.dumps(FAILED), [asset])
    assert pushed == {"failure": {"code": 75, "reason": str(error), "result": FAILED}}
    assert not events[asset].extra


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "no result on stdout"),
        ("text", "no JSON"),
        ('{"status":"fine"}', "does not conform"),
        (json.dumps(FAILED), "its result says that it failed"),
    ],
)
def test_zero_without_a_good_result_is_a_failure(line: str, says: str) -> None:
    error, _, _ = concluded(0, line)
    assert isinstance(error, StepFailedError)
    assert says in str(error)


def test_a_failure_with_a_bad_result_keeps_its_code() -> None:
    error, pushed, _ = concluded(65, "garbage")
    assert isinstance(error, exits.StepRefusedError)
    assert pushed["failure"]["result"] is None
