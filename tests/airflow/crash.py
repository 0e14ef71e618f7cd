"""The scheduler's container killed, with all workers in it, in the middle of a backfill."""

from __future__ import annotations

import time
from typing import Any

import stack as on
from airflow_api import Api, until

TO_END = 10  # seconds; a step that waits for nobody ends within a second or two

Orphans = list[tuple[str, dict[str, Any]]]
"""The steps' containers that ran on when their workers were killed, with their tasks."""


def scheduler_within(step: str, whom: str, api: Api, events: on.Events, runs: set[str], patience: float) -> Orphans:
    """Kill the scheduler while a step of some runs of covers runs, wait until it is back, and all are well that were hit.

    Whom the step asks, a service, stands still meanwhile, so that it is in the middle of a request. What had asked for all before
    that would end while it is killed: it is given the time to. Waiting for all has a reason, too: who is hit once more has no
    other try left here.
    """

    def found() -> Orphans:
        tasks = [t for t in busy(api) if t["dag_run_id"] in runs and t["task_id"].rpartition(".")[2] == step]
        return [(container, task) for task in tasks if (container := events.running(task))]

    on.compose("pause", whom)
    stands = time.monotonic()
    try:
        until(f"a step {step} to wait", patience, lambda: time.monotonic() - stands > TO_END and found(), every=0.2)
        started = on.kill("scheduler")
        hit, orphans = busy(api), found()
    finally:
        on.compose("unpause", whom)
    on.wait_until_back("scheduler", started, 180)
    until("whom the kill hit", patience, lambda: all(t["state"] == "success" for t in anew(api, hit)), every=2)
    return orphans


def busy(api: Api) -> list[dict[str, Any]]:
    """Return the tasks of covers that wait for a worker or have one, as Airflow knows."""
    return api.call("GET", "dags/covers/dagRuns/~/taskInstances?state=running&state=queued&limit=100")["task_instances"]


def anew(api: Api, tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what Airflow knows of these tasks now."""
    of_runs = {t["dag_run_id"]: t for t in tasks}.values()
    wanted = {(t["dag_run_id"], t["task_id"], t["map_index"]) for t in tasks}
    return [t for run in of_runs for t in api.tasks(run) if (t["dag_run_id"], t["task_id"], t["map_index"]) in wanted]
