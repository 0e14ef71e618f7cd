"""A day on which pods are evicted and a worker is killed: the retries finish it, and nothing is lost or done twice at once."""

import contextlib
import itertools
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

import cluster as k8s
from airflow_api import until
from conftest import TROUBLED, label, problems, xcom
from own_airflow import Airflow

THEFORK = ["thefork/101", "thefork/group-main"]  # in the order of their map indices


@pytest.fixture(scope="module")
def troubled(airflow: Airflow, days: list[dict[str, Any]], cluster: k8s.Watcher) -> dict[str, Any]:
    """Disturb both extracts of TheFork of a day in the middle, and return the run and the pods that each had."""
    began = time.monotonic()
    body = {"logical_date": None, "partition_key": TROUBLED, "conf": {"by": "updated"}}
    run = airflow.call("POST", "dags/covers/dagRuns", body)
    (_, evicted), (task, orphan) = until("both to be read", 120, lambda: in_the_middle(airflow, cluster, run, began), every=0.2)
    kill_worker(task)
    evict(evicted)
    run = airflow.finished("covers", {run["dag_run_id"]}, 240)[run["dag_run_id"]]
    pods = {source: pods_of(cluster, index, began) for index, source in enumerate(THEFORK)}
    return {"run": run, "evicted": evicted, "orphan": orphan, "pods": pods}


def in_the_middle(airflow: Airflow, cluster: k8s.Watcher, run: dict[str, Any], began: float) -> list[tuple[dict[str, Any], str]]:
    """Return each extract of TheFork with the pod in which its step runs, once both do."""
    tasks = {t["map_index"]: t for t in airflow.tasks(run) if t["task_id"] == "thefork.extract" and t["state"] == "running"}
    running = [
        (tasks[i], name)
        for i in range(len(THEFORK))
        for name, seen in pods_of(cluster, i, began).items()
        if i in tasks and runs(seen[-1][2])
    ]
    return running if len(running) == len(THEFORK) else []


def runs(pod: dict[str, Any]) -> bool:
    return any(s["name"] == "base" and "running" in s["state"] for s in pod["status"].get("containerStatuses", []))


def pods_of(cluster: k8s.Watcher, map_index: int, began: float) -> dict[str, list[Any]]:
    """Return the pods of an extract of TheFork that appeared since a time, each with all that was seen of it."""
    found = cluster.pods(task_id="thefork.extract", map_index=str(map_index))
    return {name: seen for name, seen in found.items() if seen[0][0] >= began}


def evict(pod: str) -> None:
    """Have the cluster evict a pod, as when its node is drained."""
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": k8s.NAMESPACE}}
    k8s.kubectl(
        "create", "--raw", f"/api/v1/namespaces/{k8s.NAMESPACE}/pods/{pod}/eviction", "--filename", "-", stdin=json.dumps(body)
    )


def kill_worker(task: dict[str, Any]) -> None:
    """End a task's process and the worker that watches it by SIGKILL, as when their machine is gone."""
    pids = []
    for cmdline in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            title = cmdline.read_text()
            if title.startswith("airflow worker -- ") and task["id"] in title:
                pids.append(int(cmdline.parent.name))
    assert len(pids) == 2, pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def by_label(airflow: Airflow, troubled: dict[str, Any]) -> dict[str, Any]:
    return {label(task): task for task in airflow.tasks(troubled["run"])}


def test_the_run_ends_green(airflow: Airflow, troubled: dict[str, Any]) -> None:
    assert troubled["run"]["state"] == "success", problems(airflow, [troubled["run"]])


def test_an_evicted_pod_is_made_up_for_by_a_retry(airflow: Airflow, troubled: dict[str, Any]) -> None:
    task = by_label(airflow, troubled)["thefork.extract thefork/101"]
    assert (task["state"], task["try_number"]) == ("success", 2)
    first = airflow.log({**task, "try_number": 1})
    # It is a race: when Airflow looks, the pod may or may not still tell how its step ended.
    text = json.dumps(first)
    assert "its pod is gone" in text or "extract ended with 143 (stopped)" in text, (
        "the first try's log does not say why it ended"
    )


def test_nothing_is_lost_by_it(airflow: Airflow, days: list[dict[str, Any]], troubled: dict[str, Any]) -> None:
    """All that the platform has of the day is in the reading, as in an undisturbed one: report checked that, and the counts."""
    found = by_label(airflow, troubled)
    for source in THEFORK:
        [counts] = xcom(airflow, found[f"thefork.extract {source}"])["counts"].values()
        assert counts["received"] > 0 and counts["listed"] == counts["received"] + sum(
            counts.get(k, 0) for k in ("repeated", "gone", "absent")
        )
    again = undisturbed(airflow)
    for source in THEFORK:
        name = f"thefork.extract {source}"
        assert xcom(airflow, again[name])["counts"] == xcom(airflow, found[name])["counts"]


def undisturbed(airflow: Airflow) -> dict[str, Any]:
    run = airflow.trigger("covers", 180, partition_key=TROUBLED, conf={"by": "updated"})
    assert run["state"] == "success", problems(airflow, [run])
    return {label(task): task for task in airflow.tasks(run)}


def test_a_killed_worker_leaves_no_second_pod_beside_the_retry(airflow: Airflow, troubled: dict[str, Any]) -> None:
    task = by_label(airflow, troubled)["thefork.extract thefork/group-main"]
    assert (task["state"], task["try_number"]) == ("success", 2)
    pods = troubled["pods"]["thefork/group-main"]
    assert troubled["orphan"] in pods
    lives = sorted((seen[0][0], over(seen)) for seen in pods.values())
    assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(lives)), lives


def over(seen: list[Any]) -> float:
    """Return when a pod's step had ended: its container, or the pod itself."""
    for at, kind, pod in seen:
        statuses = {s["name"]: s["state"] for s in pod["status"].get("containerStatuses", [])}
        if kind == "DELETED" or "terminated" in statuses.get("base", {}):
            return at
    return float("inf")


def test_the_retry_of_a_killed_worker_logs_what_the_step_wrote(airflow: Airflow, troubled: dict[str, Any]) -> None:
    task = by_label(airflow, troubled)["thefork.extract thefork/group-main"]
    lines = [x for x in airflow.log(task) if x.get("logger") == "covers.extract"]
    assert lines and all(x["timestamp"] for x in lines)


def test_no_pod_is_left(cluster: k8s.Watcher, troubled: dict[str, Any]) -> None:
    until("the last pods to be gone", 30, lambda: not k8s.get("pods", "--selector", "task_id")["items"])
