"""Steps as pods where the log cannot be read, or the cluster does not answer."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from kubernetes.client import models as k8s

from container_steps import cluster_errors, log_reader, pod_manager
from container_steps.exits import StepFailedError
from fake_cluster import FakeCluster, Pod, until
from pods import SLOW, WAITING, logged, meanwhile, warnings
from python_step import DONE, RESULT, extract
from running import run_task

pytestmark = pytest.mark.usefixtures("hasty")


# A log that cannot be read


@pytest.mark.parametrize("status", [500, 429, 404])
def test_a_log_that_is_refused_leaves_the_pod_alone(cluster: FakeCluster, status: int) -> None:
    """As where a node's kubelet restarts; 404 and 400 are what it answers when it does not know its pods yet."""
    cluster.log_status = status

    def recover() -> None:
        until(lambda: any(p.code is not None for p in cluster.pods.values()))
        cluster.log_status = None

    thread = meanwhile(recover)
    ran = run_task(extract(SLOW))
    thread.join()
    assert ran.state == "success", ran.error
    assert (ran.events, len(cluster.all)) == (["ready", "done"], 1)
    assert warnings(ran).count(f"cannot be read for now ({status}") == 1


def test_a_log_that_is_refused_for_good_is_given_up_after_the_end(cluster: FakeCluster) -> None:
    """The sidecar has the result all the same, and what may be missing is said."""
    cluster.log_status = 500
    ran = run_task(extract(SLOW))
    assert ran.state == "success", ran.error
    assert ran.xcoms["return_value"] == RESULT
    assert "lines after the beginning may be missing" in warnings(ran)
    assert "it is out of order" in warnings(ran)


def test_no_success_without_a_result(cluster: FakeCluster) -> None:
    """Its pod is left: the next try reads the result, and nothing is run again."""
    cluster.log_status, cluster.exec_works = 500, False
    ran = run_task(extract(SLOW))
    assert (ran.state, "return_value" in ran.xcoms) == ("up_for_retry", False)
    assert "extract ended with 0: lines after the beginning may be missing" in str(ran.error)
    cluster.log_status = None
    ran = run_task(extract(SLOW), try_number=2)
    assert (ran.state, ran.xcoms.get("return_value"), len(cluster.all)) == ("success", RESULT, 1)
    until(lambda: not cluster.pods)


def test_the_exit_code_decides_where_the_log_is_refused(cluster: FakeCluster) -> None:
    cluster.log_status = 500
    ran = run_task(extract("sys.exit(65)"))
    assert ran.state == "failed"
    assert "extract ended with 65" in str(ran.error)


def test_patience_counts_since_the_last_line(cluster: FakeCluster) -> None:
    """Each connection breaks a bit later: it takes longer than LOG_AFTER_END, and all lines come."""
    cluster.chunk, cluster.cuts = 500, [6000 * i for i in range(1, 9)]
    cluster.on["log"] = lambda _: time.sleep(0.1)
    ran = run_task(extract("for i in range(500): log(f'line {i}', pad='x' * 80)\n" + DONE))
    assert ran.state == "success", ran.error
    assert ran.events == [f"line {i}" for i in range(500)]
    assert cluster.cuts == []


def test_a_log_that_seems_to_end_is_read_to_its_end(cluster: FakeCluster) -> None:
    """The API server ends its answer as if all was told where its own connection to the node breaks."""
    cluster.chunk, cluster.ends = 500, [4000]
    cluster.on["log"] = lambda pod: until(lambda: pod.code is not None)  # nothing but the first answer comes before the end
    ran = run_task(extract("for i in range(500): log(f'line {i}')\n" + DONE))
    assert ran.events == [f"line {i}" for i in range(500)]


def test_a_connection_that_is_half_open_is_noticed(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_reader, "SILENCE", 0.3)
    cluster.silent = 2
    began = time.monotonic()
    ran = run_task(extract(DONE + "log('done')"))
    assert (ran.state, ran.events) == ("success", ["done"])
    assert time.monotonic() - began < 20
    assert "cannot be read" not in warnings(ran)  # a step may well be silent


def test_lines_that_the_node_no_longer_has_are_said_to_be_missing(cluster: FakeCluster) -> None:
    """The log rotates while it cannot be read: what is there comes, and what is not is named."""
    cluster.chunk, cluster.cuts = 200, [6000]

    def rotate(pod: Pod) -> None:
        if not cluster.cuts:
            until(lambda: pod.code is not None)
            del pod.log[:400]

    cluster.on["log"] = rotate
    ran = run_task(extract("for i in range(1000):\n    log(f'line {i}')\n    time.sleep(0.001)\n" + DONE))
    assert ran.state == "success", ran.error
    first = ran.events.index(f"line {400}")
    assert ran.events[first:] == [f"line {i}" for i in range(400, 1000)]
    assert 0 < first < 400
    assert "may be missing, since its node keeps no more of the log" in warnings(ran)


# A cluster that does not answer


@pytest.mark.parametrize("how", ["503", "403", "refused"])
def test_a_cluster_that_does_not_answer_is_waited_for(cluster: FakeCluster, how: str) -> None:
    """As where the API server restarts, which then forbids all for a moment: the step runs on, and nothing of it is lost."""

    def restart() -> None:
        until(lambda: logged(cluster, b"ready"))
        if how != "refused":
            cluster.status = int(how)
        cluster.stop()
        if how != "refused":
            cluster.start()
        time.sleep(0.7)
        cluster.status = None
        if how == "refused":
            cluster.start()

    thread = meanwhile(restart)
    ran = run_task(extract(SLOW))
    thread.join()
    assert ran.state == "success", ran.error
    assert (ran.events, len(cluster.all)) == (["ready", "done"], 1)
    assert "the cluster does not answer" in warnings(ran)


def test_a_cluster_that_is_silent_for_good_keeps_its_pod_for_the_next_try(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pod_manager, "UNANSWERED", 0.3)

    def fall_silent() -> None:
        until(lambda: logged(cluster, b"ready"))
        cluster.status = 503
        cluster.stop()
        cluster.start()

    text = "log('ready')\ntime.sleep(2)\nlog('done')\n" + DONE
    thread = meanwhile(fall_silent)
    ran = run_task(extract(text))
    thread.join()
    assert ran.state == "up_for_retry"
    assert "the cluster has not answered" in str(ran.error) and "503" in str(ran.error)
    (pod,) = cluster.pods.values()
    assert pod.code is None
    cluster.status = None
    ran = run_task(extract(text), try_number=2)
    assert (ran.state, ran.events, len(cluster.all)) == ("success", ["ready", "done"], 1)


def test_a_cluster_that_was_silent_while_the_result_was_read(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log has the result, and the pod is removed as any other."""
    monkeypatch.setattr(pod_manager, "UNANSWERED", 0)

    def fail(self: pod_manager.StepPodManager, pod: k8s.V1Pod, **_: object) -> None:
        cluster.status = 503
        try:
            self.read_pod(pod)
        finally:
            cluster.status = None

    monkeypatch.setattr(pod_manager.StepPodManager, "extract_xcom", fail)
    ran = run_task(extract(SLOW))
    assert (ran.state, ran.xcoms.get("return_value")) == ("success", RESULT)
    until(lambda: not cluster.pods)


def test_a_right_that_is_missing_is_told_soon(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a role may not read logs."""
    monkeypatch.setattr(cluster_errors, "ROLES", 0.3)
    cluster.log_status = 403
    ran = run_task(extract(WAITING))
    assert ran.state == "up_for_retry"
    assert "403" in str(ran.error)


def test_a_task_that_takes_too_long_leaves_no_pod(cluster: FakeCluster) -> None:
    ran = run_task(extract(WAITING, execution_timeout=timedelta(seconds=2)))
    assert ran.state == "up_for_retry"
    until(lambda: not cluster.pods)
    assert len(cluster.all) == 1


def test_a_lost_answer_makes_no_second_pod(cluster: FakeCluster) -> None:
    cluster.lose_created = 1
    ran = run_task(extract(SLOW))
    assert (ran.state, len(cluster.all)) == ("success", 1)


def test_the_clusters_own_words_are_told(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.status = 403
    error = run_task(extract(DONE)).error
    assert isinstance(error, StepFailedError)
    assert "its pod could not be created: the cluster answered 403 Forbidden: it is out of order" in str(error)
