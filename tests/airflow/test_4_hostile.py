"""Containers that behave badly, while a platform is away."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

import stack as on
from airflow_api import Api, until
from conftest import FIGURES, PATIENCE, SOURCES, expected, log_text, said, states
from ui import Browser

AWAY = "http://s3:9999"  # nobody listens there


@pytest.fixture(scope="module")
def dead(api: Api, plan: dict[str, Any], hostile: dict[str, Any]) -> dict[str, Any]:
    """Run a day on which nobody listens at TheFork's address, then set the address right and repair the day."""
    set_address(api, f"{AWAY}/manager", json.dumps({"auth_url": AWAY}))
    try:
        red = api.trigger("covers", PATIENCE, partition_key=plan["dead"], conf={"by": "updated"})
        found: dict[str, Any] = {
            "red": red,
            "states": states(api, red),
            "report": next(t for t in api.tasks(red) if t["task_id"] == "report"),
        }
    finally:
        set_address(api, None, None)
    body = {"dag_run_id": red["dag_run_id"], "task_ids": ["thefork.extract"], "include_downstream": True, "only_failed": False}
    found["log"] = log_text(api, found["report"])
    found["told"] = result(api, found["report"], "failure")["result"]["details"]["findings"]
    api.call("POST", "dags/covers/clearTaskInstances", body | {"dry_run": False})
    found["mended"] = api.finished("covers", {red["dag_run_id"]}, PATIENCE)[red["dag_run_id"]]
    return found


def set_address(api: Api, host: str | None, extra: str | None) -> None:
    """Set where TheFork is, in place of what restaurants.yaml says; its login and password stay."""
    body = {"connection_id": "covers_thefork", "conn_type": "http", "host": host, "extra": extra}
    api.call("PATCH", "connections/covers_thefork?update_mask=host&update_mask=extra", body)


def test_the_others_load_where_a_platform_is_away(dead: dict[str, Any]) -> None:
    thefork = [s for s in SOURCES if s.startswith("thefork/")]
    want = {task: state for task, state in expected(report="failed").items() if not task.startswith("thefork")}
    want |= {f"thefork.extract {s}": "failed" for s in thefork}
    want |= {f"thefork.validate {i}": "upstream_failed" for i in range(len(thefork))}  # never started, so never labelled
    assert dead["red"]["state"] == "failed"
    assert dead["states"] == want


def test_the_red_run_says_which(dead: dict[str, Any], plan: dict[str, Any]) -> None:
    """The log names the first source and how many findings there are more, the XCom of the failure all of them."""
    assert f"{plan['dead']} is not in order: thefork/101: missing" in dead["log"] and "and 3 more findings" in dead["log"]
    assert {(f["source"], f["finding"]) for f in dead["told"]} == {(s, "missing") for s in SOURCES if s.startswith("thefork/")}


def test_clearing_repairs_it(api: Api, dead: dict[str, Any]) -> None:
    assert dead["mended"]["state"] == "success"
    assert states(api, dead["mended"]) == expected()


@pytest.fixture(scope="module")
def tasks(api: Api, hostile: dict[str, Any], dead: dict[str, Any]) -> dict[str, Any]:
    """Return the tasks of the hostile run, once it is over."""
    key = hostile["dag_run_id"]
    return {t["task_id"]: t for t in api.tasks(api.finished("hostile", {key}, PATIENCE)[key])}


def result(api: Api, task: dict[str, Any], key: str = "return_value") -> dict[str, Any]:
    path = f"dags/{task['dag_id']}/dagRuns/{quote(task['dag_run_id'], safe='')}/taskInstances/{task['task_id']}/xcomEntries/{key}"
    return api.call("GET", path)["value"]


def test_the_states(tasks: dict[str, Any]) -> None:
    bad = {"endless": "failed", "silent": "failed", "too-big": "failed"}
    assert {name: t["state"] for name, t in tasks.items()} == dict.fromkeys(
        ("flood", "binary", "levels", "gone", "big"), "success"
    ) | bad


def test_a_flood_of_100_000_lines_is_whole_and_in_order(tasks: dict[str, Any]) -> None:
    count = """
import json, sys
n = 0
for line in sys.stdin:
    x = json.loads(line)
    if x.get("logger") == "covers.hostile":
        n += 1
        want = ("line", "info", n, f"\\u00e9\\u6f22\\U0001f37d{n}")
        got = (x["event"], x["level"], x["n"], x["text"])
        assert got == want and x["timestamp"].startswith("2026-01-02T03:04:05.678"), (got, want)
print(n)
"""
    task = tasks["flood"]
    path = f"/opt/airflow/logs/dag_id=hostile/run_id={task['dag_run_id']}/task_id=flood/attempt=1.log"

    def counted() -> bool:
        return on.run_in("scheduler", "bash", "-c", 'python -c "$0" < "$1"', count, path).strip() == "100000"

    until("the last lines, which a task's supervisor may write when it has told of the end", 60, counted, every=2)
    FIGURES["a flood of 100,000 lines"] = f"{task['duration']:.0f} s"


def test_binary_passes_and_what_comes_after_it(api: Api, tasks: dict[str, Any]) -> None:
    assert len(said(api, tasks["binary"], logger="covers.hostile", event="after it", level="info")) == 1
    assert len(said(api, tasks["binary"], logger="covers.hostile")) == 202  # each of 200 has one line feed in it


def test_what_ends_at_once_is_heard(api: Api, tasks: dict[str, Any]) -> None:
    assert [x["event"] for x in said(api, tasks["gone"], logger="covers.hostile")] == ["gone"]
    assert result(api, tasks["gone"])["status"] == "done"


def test_what_never_ends_is_stopped(api: Api, events: on.Events, tasks: dict[str, Any]) -> None:
    [container] = events.of(tasks["endless"])
    timed_out = min(
        on.moment(x["timestamp"]) for x in api.log(tasks["endless"]) if "imed out" in json.dumps(x) or "imeout" in json.dumps(x)
    )
    assert 0 < container["destroy"] - timed_out <= 5
    assert timed_out - container["start"] < 20


def test_a_result_of_1_mb_is_whole(api: Api, tasks: dict[str, Any]) -> None:
    assert result(api, tasks["big"])["details"] == {"text": "x" * 1_000_000}


def test_a_result_beyond_it_is_refused(api: Api, tasks: dict[str, Any]) -> None:
    assert "longer than 1048576 bytes: no result" in log_text(api, tasks["too-big"])


def test_no_result_is_a_failure_that_says_so(api: Api, tasks: dict[str, Any]) -> None:
    assert "the step wrote no result on stdout" in log_text(api, tasks["silent"])


def test_levels_times_and_fields_are_the_container_s_own(api: Api, tasks: dict[str, Any]) -> None:
    lines = said(api, tasks["levels"], logger="covers.hostile")
    want = [
        {
            "level": ours,
            "event": f"a line of level {theirs}",
            "n": n,
            "yes": "true",
            "no": "false",
            "nothing": "null",
            "in": {"a": [1]},
        }
        for n, (theirs, ours) in enumerate(
            [("debug", "debug"), ("info", "info"), ("warn", "warning"), ("error", "error"), ("fatal", "critical")], start=1
        )
    ]
    assert [{k: x.get(k) for k in want[0]} for x in lines[:5]] == want
    assert [on.moment(x["timestamp"]) for x in lines[:5]] == [on.moment(f"2026-01-02T03:04:05.00{n}+00:00") for n in range(1, 6)]
    assert [(x["level"], x["event"]) for x in lines[5:]] == [("info", "no JSON at all")]


def test_they_are_seen_in_the_browser(browser: Browser, tasks: dict[str, Any]) -> None:
    browser.open_task(tasks["levels"])
    browser.page.get_by_text("no JSON at all").first.wait_for()
    browser.picture("levels")
    shown = " ".join(browser.text().split())
    for n, (theirs, ours) in enumerate(
        [("debug", "debug"), ("info", "info"), ("warn", "warning"), ("error", "error"), ("fatal", "critical")], start=1
    ):
        assert f"[2026-01-02 03:04:05] {ours.upper()} - a line of level {theirs}" in shown
        assert f"n={n} yes=true no=false nothing=null" in shown


def test_no_container_is_left(tasks: dict[str, Any]) -> None:
    until(
        "the last container to be gone",
        30,
        lambda: not on.docker("ps", "--all", "--quiet", "--filter", f"label=covers.deployment={on.PROJECT}").split(),
    )
