"""Exit codes decide between retry and failure, and the reason is told where people look."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import Asset
from airflow.sdk.definitions.retry_policy import RetryAction
from airflow.sdk.exceptions import AirflowFailException

from container_steps import exits
from container_steps.exits import ReasonedRetry, StepFailedError, failure
from container_steps.outcome import conclude

STEPS = Path(__file__).parents[2] / "docs" / "steps.md"
RESULT = {"status": "done", "step": "load", "version": "1", "durations": {"total": 0.1}}
FAILED = {
    **RESULT,
    "status": "failed",
    "error": {"code": 75, "kind": "temporary", "message": "the gate is taken", "next": "run it again"},
}


def test_the_table_is_the_documented_one() -> None:
    rows = re.findall(r"^\| (\d+) \| .* \| (.*) \|$", STEPS.read_text().partition("## Exit codes")[2].partition("\n#")[0], re.M)
    assert len(rows) == 8
    for code, airflow in rows:
        if code != "0":
            assert isinstance(failure("load", int(code), None), AirflowFailException) == (airflow == "fail, no retry"), code


@pytest.mark.parametrize("code", [1, 2, 125, 126, 127, 137, 139, None])
def test_codes_from_outside_are_tried_again(code: int | None) -> None:
    assert isinstance(failure("load", code, None), StepFailedError)


def test_the_reason_is_the_steps_own() -> None:
    assert str(failure("load", 75, FAILED)) == (
        "load ended with 75 (a service asks to wait, a lock is held, or the disk is full): the gate is taken; next: run it again"
    )
    assert "it took more memory" in str(failure("load", 137, None, "it took more memory"))
    assert "nobody told" in str(failure("load", None, None))


def test_the_reason_of_a_retry_is_stored() -> None:
    decision = ReasonedRetry().evaluate(failure("load", 75, FAILED), 1, 3)
    assert (decision.action, decision.reason) == (RetryAction.RETRY, str(failure("load", 75, FAILED)))
    assert ReasonedRetry().evaluate(ValueError("x"), 1, 3).action == RetryAction.DEFAULT


class Instance:
    def __init__(self) -> None:
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value


def concluded(code: int | None, line: str, outlets: Iterable[Any] = ()) -> tuple[Any, dict[str, Any], dict[Any, Any]]:
    ti = Instance()
    events: dict[Any, Any] = {}
    outlets = list(outlets)
    for outlet in outlets:
        events[outlet] = type("Event", (), {"extra": None})()
    context = {"ti": ti, "outlet_events": events}
    try:
        return conclude("load", context, outlets, code, line), ti.pushed, events
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
    assert events[asset].extra is None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "no result on stdout"),
        ("text", "no JSON"),
        ('{"status":"done"}', "does not conform"),
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
