"""What the tests on the stack share: the stack itself, its first days, and what it was asked to do since.

A fixture that only asks (disturbed, asked, hostile) does not wait: what it asked for goes on while others look at something else.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Generator, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

import crash
import stack as on
from airflow_api import Api, until
from crash import Orphans
from ui import Browser

FIGURES: dict[str, str] = {}
"""What is printed at the end."""

SOURCES = ["opentable/101", "opentable/102", "opentable/103", "thefork/101", "thefork/102", "thefork/103", "thefork/group-main"]
PATIENCE = 7200 if on.FULL else 900  # seconds, for a machine that is busy with other things


def pytest_configure() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a test that is ended takes its stack down


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: Any, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    report = (yield).get_result()
    if report.failed and call.when != "teardown" and "stack" in item.fixturenames:
        report.sections.append(("the stack", on.diagnose()))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for name, value in FIGURES.items():
        terminalreporter.write_line(f"{name}: {value}")


@pytest.fixture(scope="session")
def stack() -> Iterator[dict[str, Any]]:
    """Build and run the stack, watch its containers and their memory, and remove it afterwards."""
    on.KEPT.mkdir(parents=True, exist_ok=True)
    on.make_dags()
    on.remove()
    began = time.monotonic()
    on.compose("build", "--quiet")
    tag = on.SETTINGS["COVERS_TAG"]
    on.docker("build", "--quiet", "--tag", f"covers/hostile:{tag}", "tests/airflow/hostile")
    FIGURES["build"] = f"{time.monotonic() - began:.0f} s"
    memory, events = on.Memory(), on.Events()
    memory.start()
    try:
        began = time.monotonic()
        on.compose("up", "--detach", "--quiet-pull")
        yield {"began": began, "events": events, "memory": memory}
    finally:
        memory.over.set()
        events.stop()
        on.remove()


@pytest.fixture(scope="session")
def days(stack: dict[str, Any]) -> list[str]:
    """Return the three days that first-days brought in, once they are green and before any other is asked for."""
    log = on.wait_for_first_days(PATIENCE)
    FIGURES["three green days after up"] = f"{time.monotonic() - stack['began']:.0f} s"
    found = {}
    for dag in ("covers_simulate", "covers"):
        found[dag] = sorted({line.split()[1] for line in log.splitlines() if line.startswith(f"{dag}: ") and "success" in line})
        assert len(found[dag]) == 3, f"{dag} has {found[dag]}, not three days\n{log}"
    return found["covers"]


@pytest.fixture(scope="session")
def events(stack: dict[str, Any]) -> on.Events:
    return stack["events"]


@pytest.fixture(scope="session")
def api(days: list[str]) -> Api:
    return on.sign_in()


def before(day: str, n: int) -> str:
    return str(date.fromisoformat(day) - timedelta(days=n))


@pytest.fixture(scope="session")
def plan(days: list[str]) -> dict[str, Any]:
    """Return which day is for what, before the first three. Those of the UI are young enough to be read by change."""
    first = days[0]
    return {
        "ui": [before(first, 2), before(first, 1)],
        "rest": [before(first, n) for n in range(2 + on.DAYS, 2, -1)],
        "disturbed": before(first, 3 + on.DAYS),
        "dead": before(first, 4 + on.DAYS),
        "all": [before(days[-1], n) for n in range(6 + on.DAYS, -1, -1)],
    }


@pytest.fixture(scope="session")
def three_days(days: list[str]) -> dict[str, Any]:
    """Return the marts when there are the first three days and no other."""
    from marts import of_the_stack

    return of_the_stack()


@pytest.fixture(scope="session")
def simulated(api: Api, plan: dict[str, Any], three_days: dict[str, Any]) -> None:
    """Backfill all other days of the simulated platforms at once."""
    runs = api.backfill("covers_simulate", plan["all"][0], plan["ui"][-1], PATIENCE)
    assert [(r["partition_key"], r["state"]) for r in runs] == [(d, "success") for d in plan["all"][:-3]]


@pytest.fixture(scope="session")
def disturbed(api: Api, events: on.Events, plan: dict[str, Any], simulated: None) -> dict[str, Any]:
    """Disturb a run's extracts of OpenTable in the middle: clear one, kill one's container, kill one's worker.

    The platforms stand still meanwhile, so that each extract is in the middle of a request. What it gives is who was disturbed.
    """
    on.compose("pause", "mockapi")
    try:
        run = api.call(
            "POST", "dags/covers/dagRuns", {"logical_date": None, "partition_key": plan["disturbed"], "conf": {"by": "updated"}}
        )

        def in_the_middle() -> dict[int, dict[str, Any]] | None:
            tasks = {t["map_index"]: t for t in api.tasks(run) if t["task_id"] == "opentable.extract" and t["state"] == "running"}
            return tasks if len(tasks) == 3 and all(map(events.running, tasks.values())) else None

        tasks = until("the extracts to be in the middle", 180, in_the_middle, every=0.2)
        cleared, killed, orphaned = (tasks[i] for i in range(3))
        found: dict[str, Any] = {"run": run, "cleared": cleared, "killed": killed, "orphaned": orphaned}
        found["first"] = {name: events.running(found[name]) for name in ("cleared", "killed", "orphaned")}
        kill_worker(orphaned)
        on.docker("kill", "--signal", "KILL", found["first"]["killed"])
        found["cleared at"] = time.time()
        body = {
            "dag_run_id": run["dag_run_id"],
            "task_ids": [["opentable.extract", cleared["map_index"]]],
            "include_downstream": True,
            "only_failed": False,
        }
        api.call("POST", "dags/covers/clearTaskInstances", body | {"dry_run": False})
        until("the cleared container to be gone", 30, lambda: "destroy" in events.seen[found["first"]["cleared"]], every=0.1)
    finally:
        on.compose("unpause", "mockapi")
    return found


def kill_worker(task: dict[str, Any]) -> None:
    """End a task's process and the worker that watches it by SIGKILL, as when their machine is gone."""
    script = """
import os, pathlib, signal, sys
pids = []
for cmdline in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
    try:
        title = cmdline.read_text()
    except OSError:
        continue
    if title.startswith("airflow worker -- ") and sys.argv[1] in title:
        pids.append(int(cmdline.parent.name))
for pid in pids:
    os.kill(pid, signal.SIGKILL)
print(len(pids))
"""
    assert on.run_in("scheduler", "python", "-c", script, task["id"]).strip() == "2", "the worker was not found"


@pytest.fixture(scope="session")
def asked(api: Api, plan: dict[str, Any], disturbed: dict[str, Any]) -> tuple[int, set[str]]:
    """Ask for a backfill of many days by REST."""
    at_once = on.DAYS if on.FULL else 3
    return api.ask_backfill("covers", plan["rest"][0], plan["rest"][-1], dag_run_conf={"by": "updated"}, max_active_runs=at_once)


@pytest.fixture(scope="session")
def troubled(api: Api, disturbed: dict[str, Any], asked: tuple[int, set[str]]) -> dict[str, Any]:
    """Return what became of the disturbed run."""
    key = disturbed["run"]["dag_run_id"]
    return api.finished("covers", {key}, PATIENCE)[key]


@pytest.fixture(scope="session")
def hostile(api: Api, by_ui: list[dict[str, Any]]) -> dict[str, Any]:
    """Trigger a run of the hostile containers, which goes on while others are looked at."""
    return api.call("POST", "dags/hostile/dagRuns", {"logical_date": None, "conf": {}})


@pytest.fixture(scope="session")
def killed(api: Api, events: on.Events, asked: tuple[int, set[str]], troubled: dict[str, Any]) -> list[Orphans]:
    """Kill the scheduler twice in the middle of the backfill, within an extract and within a load."""
    return [
        crash.scheduler_within(step, whom, api, events, asked[1], PATIENCE)
        for step, whom in (("extract", "mockapi"), ("load", "snowflake"))
    ]


@pytest.fixture(scope="session")
def by_rest(api: Api, asked: tuple[int, set[str]], killed: list[Orphans]) -> list[dict[str, Any]]:
    runs = api.backfilled("covers", *asked, PATIENCE)
    took = max(on.moment(r["end_date"]) for r in runs) - min(on.moment(r["start_date"]) for r in runs)
    FIGURES[f"{len(runs)} days backfilled, the scheduler killed twice"] = f"{took:.0f} s"
    return runs


@pytest.fixture(scope="session")
def by_ui(api: Api, by_rest: list[dict[str, Any]], browser: Browser, plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Ask for a backfill in the browser, and return its runs."""
    had = {r["dag_run_id"] for r in api.runs("covers")}
    browser.backfill(*plan["ui"])
    new = until("the backfill's runs", 60, lambda: {r["dag_run_id"] for r in api.runs("covers")} - had)
    runs = sorted(api.finished("covers", new, PATIENCE).values(), key=lambda r: r["partition_key"])
    until(
        "the backfill's end", 60, lambda: all(b["completed_at"] for b in api.call("GET", "backfills?dag_id=covers")["backfills"])
    )
    return runs


@pytest.fixture(scope="session")
def browser(api: Api) -> Iterator[Browser]:
    from ui import Browser

    found = Browser(api.url, on.password())
    yield found
    found.close()


def states(api: Api, run: dict[str, Any]) -> dict[str, str]:
    return {on.label(t): t["state"] for t in api.tasks(run)}


def expected(**others: str) -> dict[str, str]:
    """Return the states of a green run of covers, with what others differ in."""
    mapped = {f"{s.partition('/')[0]}.{task} {s}": "success" for s in SOURCES for task in ("extract", "validate")}
    return mapped | dict.fromkeys(("transform", "load", "report"), "success") | others


def said(api: Api, task: dict[str, Any], **having: Any) -> list[dict[str, Any]]:
    """Return the lines of a task's log that have these values."""
    return [x for x in api.log(task) if having.items() <= x.items()]


def log_text(api: Api, task: dict[str, Any]) -> str:
    return json.dumps(api.log(task), ensure_ascii=False)
