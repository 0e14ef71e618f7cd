"""What holds for all of it; then `up` again, and `down`."""

from __future__ import annotations

import json
import pathlib
import re
from typing import Any

import pytest

import marts
import stack as on
from airflow_api import Api, until
from conftest import FIGURES, PATIENCE


@pytest.fixture(scope="module")
def done(days: list[str], by_ui: list[dict[str, Any]], by_rest: list[dict[str, Any]], troubled: dict[str, Any]) -> None:
    """Have all done that the other tests ask for."""


def test_no_task_had_two_containers_at_a_time(events: on.Events, done: None) -> None:
    assert len(events.seen) > 100
    assert events.at_once() == []


def test_the_marts_of_all_days_are_those_of_demo(plan: dict[str, Any], done: None, tmp_path: pathlib.Path) -> None:
    """Also of the day that was disturbed, and of the one that was repaired."""
    marts.must_equal(marts.of_the_stack(), marts.of_demo(plan["all"], tmp_path))


def test_no_slot_of_a_pool_is_lost(api: Api, done: None) -> None:
    """Whoever died held one."""
    pools = {p["name"]: p for p in api.call("GET", "pools")["pools"]}
    assert pools.keys() == {"default_pool", "covers_opentable", "covers_thefork", "covers_warehouse"}
    for name, p in pools.items():
        assert (p["open_slots"], p["occupied_slots"]) == (p["slots"], 0), f"{name}: {p}"


def test_secrets_stay_where_they_are(done: None) -> None:
    """Every secret, as its volume has it, against what docker tells of a container, what was logged, and the tasks' logs."""
    files = "{str(p): p.read_text() for p in pathlib.Path('/secrets').rglob('*') if p.is_file()}"
    ask = f"import json, pathlib; print(json.dumps({files}))"
    mounts = [
        a
        for m in on.containers()["secrets"]["Mounts"]
        if m["Type"] == "volume" and m["Destination"].startswith("/secrets/")
        for a in ("--volume", f"{m['Name']}:{m['Destination']}:ro")
    ]
    files = json.loads(
        on.docker("run", "--rm", "--user", "0:0", "--network", "none", "--entrypoint", "python", *mounts, on.AIRFLOW, "-c", ask)
    )
    assert len(files) == 15, sorted(files)
    values: set[str] = set()
    for text in files.values():
        values.update(v for v in re.split(r"[\s\"',:@/\\{}]+", text) if len(v) >= 12 and re.search(r"\d", v))
    values -= {"postgresql+psycopg2"}
    known = json.dumps(list(on.containers().values())) + on.compose("logs")
    # The flood's log is long, and has no line but its own.
    logged = "[p.read_text(errors='replace') for p in pathlib.Path('/logs').rglob('*.log') if 'task_id=flood' not in str(p)]"
    show = f"import pathlib; print(*{logged})"
    logs = on.docker(
        "run",
        "--rm",
        "--network",
        "none",
        "--volume",
        f"{on.PROJECT}_logs:/logs:ro",
        "--entrypoint",
        "python",
        on.AIRFLOW,
        "-c",
        show,
    )
    assert '"event"' in logs, "the tasks have no logs"
    for value in values:
        where = [n for n, t in files.items() if value in t]
        # No assert: pytest would show the secret.
        if value in known:
            pytest.fail(f"a secret of {where} is in a container's settings or log")
        if value in logs:
            pytest.fail(f"a secret of {where} is in a task's log")


def test_no_service_comes_near_its_limit(stack: dict[str, Any], done: None) -> None:
    table = stack["memory"].table()
    FIGURES["memory"] = "\n  " + "\n  ".join(table)
    peak, limit = stack["memory"].peak, stack["memory"].limit
    services = on.containers().keys() - on.ONE_SHOT
    assert services <= peak.keys(), f"not measured: {services - peak.keys()}"
    assert not {s for s in services if peak[s] > 0.8 * limit[s]}, "\n".join(table)


def backfilled() -> set[str]:
    """Return the runs that a backfill made, counted by DAG and day."""
    count = "SELECT dag_id, partition_key, count(*) FROM dag_run WHERE run_type = 'backfill' GROUP BY 1, 2"
    return set(on.run_in("postgres", "psql", "--username=airflow", "--tuples-only", "--no-align", "--command", count).split())


def test_up_again_does_nothing_twice(days: list[str], done: None) -> None:
    before = backfilled()
    assert any(row.startswith("covers|") for row in before)
    on.compose("up", "--detach")
    on.wait_for_first_days(PATIENCE)
    after = backfilled()
    # Whoever waits beyond midnight gets the day that then is over.
    more = {row for row in after - before if row.split("|")[1] in days}
    assert before <= after and not more, sorted(before ^ after)


def test_down_leaves_nothing(plan: dict[str, Any], done: None) -> None:
    """In the middle of a day: steps run, and more tasks wait for a worker."""
    on.sign_in().ask_backfill("covers", plan["rest"][0], plan["rest"][-1], reprocess_behavior="completed", max_active_runs=3)
    until(
        "steps to run",
        PATIENCE,
        lambda: len(on.steps()) >= 4,
    )
    on.compose("down", "--volumes")
    for kind, args in {"container": ("ps", "--all"), "volume": ("volume", "ls"), "network": ("network", "ls")}.items():
        marks = [f"label=com.docker.compose.project={on.PROJECT}", f"name={on.PROJECT}"]
        if kind == "container":
            marks.append(f"label=covers.deployment={on.PROJECT}")
        for mark in marks:
            left = on.docker(*args, "--quiet", "--filter", mark).split()
            assert not left, f"down -v left a {kind}: {left}"
