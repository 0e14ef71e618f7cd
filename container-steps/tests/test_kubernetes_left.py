"""Steps as pods of which an earlier try left one."""

from __future__ import annotations

import json

import pytest

from container_steps import pod_manager
from container_steps.kubernetes import PodStepOperator
from fake_cluster import FakeCluster, until
from pods import SLOW, WAITING, left_behind, warnings
from python_step import DONE, extract
from running import run_task

pytestmark = pytest.mark.usefixtures("hasty")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TAG", "2.0.0"),
        ("ENVIRONMENT", '{"A": "b"}'),
        ("KUBERNETES_SERVICE_ACCOUNT", "other"),
        ("KUBERNETES_ROUTES", "other"),
    ],
)
def test_a_pod_that_does_something_else_is_not_taken_over(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    left = left_behind(cluster, monkeypatch, WAITING)
    left.lingers = 0.3
    monkeypatch.setattr(pod_manager, "ENDING", 30)
    monkeypatch.setenv(f"AIRFLOW__PARCELS__{name}", value)
    ran = run_task(extract(WAITING.replace("time.sleep(60)", DONE)), try_number=2)
    assert ran.state == "success", ran.error
    assert (len(cluster.all), cluster.most_running) == (2, 1)
    assert f"try 1 left its pod {left.name}, and its image, arguments or settings are not those of this try" in warnings(ran)


def test_a_pod_with_other_arguments_is_not_taken_over(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    left_behind(cluster, monkeypatch, WAITING)
    ran = run_task(extract("log('other')\n" + DONE), try_number=2)
    assert (ran.state, ran.events, cluster.most_running) == ("success", ["other"], 1)


def test_where_a_pod_runs_does_not_matter(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    left_behind(cluster, monkeypatch, SLOW)
    monkeypatch.setenv("AIRFLOW__PARCELS__KUBERNETES_CPU_REQUEST", "0.1")
    ran = run_task(extract(SLOW), try_number=2)
    assert (ran.state, len(cluster.all)) == ("success", 1)


def test_a_step_that_failed_meanwhile_does_not_cost_the_retry_its_try(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It succeeds the second time: what it is told is the same."""
    text = "log('ready')\nsys.exit(69)"
    left = left_behind(cluster, monkeypatch, text)
    until(lambda: left.code is not None)
    ran = run_task(extract(text), try_number=2)
    assert len(cluster.all) == 2 and ran.events == ["ready"]
    assert "and its step ended with 69: removing it" in warnings(ran)


def test_a_pod_that_has_not_begun_is_made_anew(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for a node by settings of which nobody knows whether they are still the same."""

    class Died(BaseException):
        pass

    def die(*_: object) -> None:
        raise Died

    cluster.unschedulable = "0/3 nodes are available: 3 Insufficient cpu."
    with monkeypatch.context() as patch:
        patch.setattr(PodStepOperator, "await_pod_start", die)
        patch.setattr(PodStepOperator, "cleanup", lambda *_, **__: None)
        run_task(extract(SLOW))
    cluster.unschedulable = ""
    ran = run_task(extract(SLOW), try_number=2)
    assert (ran.state, len(cluster.all)) == ("success", 2)
    assert "its step has not begun: removing it" in warnings(ran)


def test_of_several_pods_one_is_taken_over(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    left = left_behind(cluster, monkeypatch, SLOW)
    other = json.loads(json.dumps(left.body))
    other["metadata"]["name"] += "-2"
    cluster.create(other)
    ran = run_task(extract(SLOW), try_number=2)
    assert (ran.state, len(cluster.all)) == ("success", 2)
    assert "another one is taken over" in warnings(ran)


@pytest.mark.parametrize("ends", [True, False])
def test_a_pod_that_is_ending_is_waited_for(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch, ends: bool) -> None:
    """It is not taken over. Where it does not end, its node may be lost: no second one is started beside it."""
    left = left_behind(cluster, monkeypatch, SLOW)
    left.body["spec"]["terminationGracePeriodSeconds"] = 0
    left.deleting = "2026-03-28T01:02:03Z"
    left.lingers = 0.2 if ends else 60
    monkeypatch.setattr(pod_manager, "ENDING", 30 if ends else 0.4)
    ran = run_task(extract(SLOW), try_number=2)
    assert (ran.state, len(cluster.all)) == (("success", 2) if ends else ("up_for_retry", 1))
    assert cluster.most_running == 1
    if not ends:
        assert f"kubectl delete pod --force --namespace parcels {left.name}" in str(ran.error)
