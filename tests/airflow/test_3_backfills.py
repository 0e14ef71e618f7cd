"""Many days by REST, in which the scheduler is killed twice, and two by hand in the browser; and what a person then sees."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import expect as see

import stack as on
from airflow_api import Api
from conftest import expected, log_text, said, states
from crash import Orphans, anew
from ui import Browser

# What a record says elsewhere on its line, or what is the same on each line.
NOT_SHOWN = {
    "timestamp",
    "level",
    "event",
    "logger",
    "filename",
    "lineno",
    "dag_id",
    "run_id",
    "task_id",
    "map_index",
    "try_number",
    "ti_id",
}


def test_days_by_rest_are_green_though_the_scheduler_is_killed_twice(
    api: Api, by_rest: list[dict[str, Any]], plan: dict[str, Any]
) -> None:
    assert len(by_rest) == on.DAYS
    assert [(r["partition_key"], r["state"]) for r in by_rest] == [(d, "success") for d in plan["rest"]]
    for run in by_rest:
        assert states(api, run) == expected()


def test_what_ran_when_the_scheduler_was_killed_is_taken_over(
    api: Api, events: on.Events, killed: list[Orphans], by_rest: list[dict[str, Any]]
) -> None:
    """None is run again, and each task is told of the result."""
    assert len(killed) == 2
    for orphans in killed:
        assert orphans
        for container, task in orphans:
            [now] = anew(api, [task])
            assert (now["state"], now["try_number"]) == ("success", 2), on.label(now)
            assert [c["id"] for c in events.of(task)] == [container], on.label(now)
            assert "taking it over" in log_text(api, now)


def test_two_days_by_hand_are_green(api: Api, by_ui: list[dict[str, Any]], plan: dict[str, Any]) -> None:
    assert [(r["partition_key"], r["state"], r["run_type"]) for r in by_ui] == [(d, "success", "backfill") for d in plan["ui"]]
    for run in by_ui:
        assert states(api, run) == expected()


def test_the_days_are_seen_green(browser: Browser, by_ui: list[dict[str, Any]], plan: dict[str, Any]) -> None:
    browser.days()
    browser.divide(620)
    browser.picture("days")
    browser.page.get_by_role("link", name="Backfills").first.click()
    see(browser.page.get_by_text("3 Backfills")).to_be_visible()
    browser.picture("backfills")
    assert plan["ui"][0] in browser.text()


def test_a_log_is_seen_with_levels_fields_and_times(api: Api, browser: Browser, by_ui: list[dict[str, Any]]) -> None:
    task = next(t for t in api.tasks(by_ui[0]) if t["task_id"] == "opentable.extract" and t["map_index"] == 0)
    lines = said(api, task, logger="covers.extract")
    assert {x["event"] for x in lines} >= {"sweep", "reading published", "done"}
    browser.open_task(task)
    see(browser.page.get_by_text("reading published").first).to_be_visible()
    browser.divide(150)
    browser.picture("log")
    shown = browser.text()
    for x in lines:
        assert f"[{x['timestamp'][:19].replace('T', ' ')}]" in shown, f"the time of {x}"
        assert f"{x['level'].upper()} - {x['event']}" in " ".join(shown.split()), f"the level of {x}"
        for key in x.keys() - NOT_SHOWN:
            assert f"{key}={x[key]}" in shown, f"the field {key} of {x}"


def test_a_result_and_an_asset_event_are_seen(api: Api, browser: Browser, by_ui: list[dict[str, Any]]) -> None:
    task = next(t for t in api.tasks(by_ui[0]) if t["task_id"] == "load")
    browser.open_task(task, "/asset_events")
    see(browser.page.get_by_text("covers_warehouse").first).to_be_visible()
    browser.picture("asset-event")
    run = by_ui[0]["dag_run_id"]
    found = api.call("GET", f"assets/events?source_dag_id=covers&source_task_id=load&source_run_id={run.replace('+', '%2B')}")[
        "asset_events"
    ]
    assert [(e["partition_key"], e["extra"]["status"]) for e in found] == [(by_ui[0]["partition_key"], "done")], json.dumps(
        found
    )[:2000]
