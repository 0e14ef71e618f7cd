"""A day whose extracts were cleared, killed and orphaned in the middle of a request."""

from __future__ import annotations

import pytest

from conftest import expected, log_text, said, states


@pytest.fixture(scope="module")
def after(api, troubled) -> dict:
    return {t["map_index"]: t for t in api.tasks(troubled) if t["task_id"] == "opentable.extract"}


def test_a_cleared_task_s_container_is_gone_within_5_seconds(events, disturbed):
    took = events.seen[disturbed["first"]["cleared"]]["destroy"] - disturbed["cleared at"]
    assert 0 < took <= 5


def test_the_run_ends_green(api, troubled):
    assert states(api, troubled) == expected()
    assert troubled["state"] == "success"


def test_a_cleared_task_runs_anew(events, disturbed, after):
    first, second = events.of(disturbed["cleared"])
    assert first["id"] == disturbed["first"]["cleared"] and second["create"] > first["destroy"]
    assert after[disturbed["cleared"]["map_index"]]["try_number"] == 2


def test_a_killed_step_is_tried_again(api, events, disturbed, after):
    task = after[disturbed["killed"]["map_index"]]
    assert (task["try_number"], len(events.of(task))) == (2, 2)
    assert "extract ended with 137: killed" in log_text(api, {**task, "try_number": 1})


def test_an_orphaned_container_is_taken_over_by_the_retry(api, events, disturbed, after):
    task = after[disturbed["orphaned"]["map_index"]]
    assert task["try_number"] == 2
    assert [c["id"] for c in events.of(task)] == [disturbed["first"]["orphaned"]]
    assert "taking it over" in log_text(api, task)
    assert said(api, task, logger="covers.extract", event="reading published")
