"""The reason of a retry is stored where Airflow can."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import pytest

from container_steps import retry
from container_steps.exits import StepFailedError
from parcels import step

CAN = tuple(map(int, version("apache-airflow-task-sdk").split(".")[:2])) >= (1, 3)  # the one of Airflow 3.3


@pytest.mark.skipif(not CAN, reason="Airflow before 3.3 has no retry policies")
def test_the_reason_of_a_retry_is_stored() -> None:
    from airflow.sdk.definitions.retry_policy import RetryAction

    policy: Any = step("x", "extract").retry_policy
    decision = policy.evaluate(StepFailedError("the gate is taken"), 1, 3)
    assert (decision.action, decision.reason) == (RetryAction.RETRY, "the gate is taken")
    assert policy.evaluate(ValueError("x"), 1, 3).action == RetryAction.DEFAULT


@pytest.mark.skipif(CAN, reason="for Airflow before 3.3")
def test_an_airflow_without_retry_policies_gets_none() -> None:
    assert retry.POLICY == {}
    assert step("x", "extract").task_id == "x"
