"""A day whose extracts were cleared, killed and orphaned in the middle of a request."""

from __future__ import annotations

from typing import Any

import pytest

import stack as on
from airflow_api import Api
from conftest import expected, log_text, said, states


@pytest.fixture(scope="module")
def after(api: Api, troubled: dict[str, Any]) -> dict[str, Any]:
    return {t["map_index"]: t for t in api.tasks(troubled) if t["task_id"] == "opentable.extract"}


def test_a_cleared_task_s_container_is_gone_within_5_seconds(events: on.Events, disturbed: dict[str, Any]) -> None:
    took = events.seen[disturbed["first"]["cleared"]]["destroy"] - disturbed["cleared at"]
    assert 0 < took <= 5


def test_the_run_ends_green(api: Api, troubled: dict[str, Any]) -> None:
    assert states(api, troubled) == expected()
    assert troubled["state"] == "success"


def test_a_cleared_task_runs_anew(events: on.Events, disturbed: dict[str, Any], after: dict[int, dict[str, Any]]) -> None:
    first, second = events.of(disturbed["cleared"])
    assert first["id"] == disturbed["first"]["cleared"] and second["create"] > first["destroy"]
    assert after[disturbed["cleared"]["map_index"]]["try_number"] == 2


def test_a_killed_step_is_tried_again(
    api: Api, events: on.Events, disturbed: dict[str, Any], after: dict[int, dict[str, Any]]
) -> None:
    task = after[disturbed["killed"]["map_index"]]
    assert (task["try_number"], len(events.of(task))) == (2, 2)
    assert "extract ended with 137: killed" in log_text(api, {**task, "try_number": 1})


def test_an_orphaned_container_is_taken_over_by_the_retry(
    api: Api, events: on.Events, disturbed: dict[str, Any], after: dict[int, dict[str, Any]]
) -> None:
    task = after[disturbed["orphaned"]["map_index"]]
    assert task["try_number"] == 2
    assert [c["id"] for c in events.of(task)] == [disturbed["first"]["orphaned"]]
    assert "taking it over" in log_text(api, task)
    assert said(api, task, logger="covers.extract", event="reading published")
