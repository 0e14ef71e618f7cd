"""A day in which a worker and its pod die at once, the node's kubelet is away for a minute, and amid it the API server.

DISTURB is the shell command that takes a part of the cluster away: its arguments are kubelet or apiserver, and seconds.
"""

import os
import subprocess
import threading
import time
from typing import Any

import pytest

import cluster as k8s
from airflow_api import until
from conftest import TROUBLED, label, problems, xcom
from own_airflow import Airflow
from test_trouble import THEFORK, in_the_middle, kill_worker, over, pods_of

AWAY = 60  # seconds without a kubelet
SILENT = 10  # seconds without an API server, amid these
LOST, KEPT = THEFORK


def disturb(part: str, seconds: int) -> None:
    command = ["bash", "-euc", os.environ["DISTURB"], "disturb", part, str(seconds)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=seconds + 30)


@pytest.fixture(scope="module")
def disturbed(airflow: Airflow, days: list[dict[str, Any]], cluster: k8s.Watcher) -> dict[str, Any]:
    """Disturb both extracts of TheFork of a day in the middle, and return the run and the pods that each had."""
    if not os.environ.get("DISTURB"):
        # Somebody's own cluster is not taken away; what CI runs on is there to be.
        (pytest.fail if os.environ.get("CI") else pytest.skip)("DISTURB names no command that takes a part of the cluster away")
    began = time.monotonic()
    body = {"logical_date": None, "partition_key": TROUBLED, "conf": {"by": "updated"}}
    run = airflow.call("POST", "dags/covers/dagRuns", body)
    (task, lost), (_, kept) = until("both to be read", 120, lambda: in_the_middle(airflow, cluster, run, began), every=0.2)
    kubelet = threading.Thread(target=disturb, args=("kubelet", AWAY))
    kubelet.start()
    kill_worker(task)
    k8s.kubectl("delete", "pod", lost, "--force", "--grace-period=0", "--wait=false")
    time.sleep(AWAY / 4)
    disturb("apiserver", SILENT)
    kubelet.join()
    run = airflow.finished("covers", {run["dag_run_id"]}, 240)[run["dag_run_id"]]
    pods = {source: pods_of(cluster, index, began) for index, source in enumerate(THEFORK)}
    return {"run": run, "lost": lost, "kept": kept, "pods": pods, "tasks": {label(t): t for t in airflow.tasks(run)}}


def log(airflow: Airflow, disturbed: dict[str, Any], source: str) -> list[dict[str, Any]]:
    return airflow.log(disturbed["tasks"][f"thefork.extract {source}"])


def test_the_run_ends_green(airflow: Airflow, disturbed: dict[str, Any]) -> None:
    assert disturbed["run"]["state"] == "success", problems(airflow, [disturbed["run"]])


def test_a_pod_that_cannot_be_asked_after_is_left_alone(airflow: Airflow, disturbed: dict[str, Any]) -> None:
    task = disturbed["tasks"][f"thefork.extract {KEPT}"]
    assert (task["state"], task["try_number"]) == ("success", 1)
    assert list(disturbed["pods"][KEPT]) == [disturbed["kept"]]
    said = [str(line["event"]) for line in log(airflow, disturbed, KEPT)]
    assert any("its log cannot be read for now" in text for text in said)
    assert any("the cluster does not answer" in text for text in said)


def test_its_lines_come_once(airflow: Airflow, disturbed: dict[str, Any]) -> None:
    lines = [x for x in log(airflow, disturbed, KEPT) if x.get("logger") == "covers.extract"]
    written = [(x["timestamp"], str(sorted(x.items(), key=str))) for x in lines]
    assert len(written) > 2 and len(written) == len(set(written))
    assert not any("may be missing" in str(x["event"]) for x in log(airflow, disturbed, KEPT))


def test_a_pod_and_a_worker_that_die_at_once_are_made_up_for(airflow: Airflow, disturbed: dict[str, Any]) -> None:
    task = disturbed["tasks"][f"thefork.extract {LOST}"]
    assert (task["state"], task["try_number"]) == ("success", 2)
    pods = disturbed["pods"][LOST]
    assert len(pods) == 2 and disturbed["lost"] in pods
    (second,) = pods.keys() - {disturbed["lost"]}
    assert over(pods[disturbed["lost"]]) <= pods[second][0][0]


def test_nothing_is_lost_by_it(airflow: Airflow, disturbed: dict[str, Any]) -> None:
    for source in THEFORK:
        [counts] = xcom(airflow, disturbed["tasks"][f"thefork.extract {source}"])["counts"].values()
        beside = sum(counts.get(k, 0) for k in ("repeated", "gone", "absent"))
        assert counts["received"] > 0 and counts["listed"] == counts["received"] + beside


def test_no_pod_is_left(cluster: k8s.Watcher, disturbed: dict[str, Any]) -> None:
    until("the last pods to be gone", 30, lambda: not k8s.get("pods", "--selector", "task_id")["items"])
