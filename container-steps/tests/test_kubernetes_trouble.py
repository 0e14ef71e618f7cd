"""Steps as pods where something breaks: the log, the cluster, the pod, the worker, or several of them at once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from kubernetes.client import models as k8s

from container_steps import log_reader, pod_manager
from container_steps.exits import StepFailedError, StepOutOfMemoryError
from container_steps.kubernetes import PodStepOperator
from fake_cluster import FakeCluster, Pod, until
from python_step import DONE, RESULT, extract
from running import Ran, run_task, sigterm_when
from test_kubernetes import WAITING, left_behind, logged

SLOW = "log('ready')\ntime.sleep(0.3)\nlog('done')\n" + DONE


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no patience of minutes."""
    monkeypatch.setattr(pod_manager, "PAUSE", 0.05)
    monkeypatch.setattr(pod_manager, "UNANSWERED", 30)
    monkeypatch.setattr(pod_manager, "ENDING", 0.4)
    monkeypatch.setattr(log_reader, "LOG_AFTER_END", 0.4)


def meanwhile(what: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=what)
    thread.start()
    return thread


def warnings(ran: Ran) -> str:
    """Return all that a task warned of; the text of a record of Airflow's own stands apart from its values."""
    found = [r for r in ran.log if r["log_level"] == "warning"]
    return "\n".join(str(r["event"]) % r["positional_args"] if r.get("positional_args") else str(r["event"]) for r in found)


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


@pytest.mark.parametrize("how", ["503", "refused"])
def test_a_cluster_that_does_not_answer_is_waited_for(cluster: FakeCluster, how: str) -> None:
    """As where the API server restarts: the step runs on, and nothing of it is lost."""

    def restart() -> None:
        until(lambda: logged(cluster, b"ready"))
        if how == "503":
            cluster.status = 503
        cluster.stop()
        if how == "503":
            cluster.start()
        time.sleep(0.7)
        cluster.status = None
        if how != "503":
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


# A pod that is gone, in all orders


def test_a_pod_and_a_worker_that_die_at_once(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """The retry finds nothing, and runs the step again."""
    cluster.remove(left_behind(cluster, monkeypatch, "log('ready')\n" + DONE))
    ran = run_task(extract("log('ready')\n" + DONE), try_number=2)
    assert (ran.state, ran.xcoms["return_value"], len(cluster.all)) == ("success", RESULT, 2)


def test_a_pod_that_is_gone_before_its_sidecar_is_read(cluster: FakeCluster) -> None:
    """It was seen to end with 0, and its log has the result."""
    cluster.on["exec"] = cluster.remove
    ran = run_task(extract(SLOW))
    assert (ran.state, ran.xcoms.get("return_value"), len(cluster.all)) == ("success", RESULT, 1)


def test_a_pod_that_is_gone_before_its_result_is_read(cluster: FakeCluster) -> None:
    """It was seen to end with 0, and nobody has its result: the next try runs it again."""
    cluster.log_status, cluster.on["exec"] = 500, cluster.remove
    ran = run_task(extract(SLOW))
    assert (ran.state, "return_value" in ran.xcoms) == ("up_for_retry", False)
    cluster.log_status = None
    del cluster.on["exec"]
    ran = run_task(extract(SLOW), try_number=2)
    assert (ran.state, ran.xcoms["return_value"], len(cluster.all)) == ("success", RESULT, 2)


def test_a_pod_that_is_gone_before_its_end_is_seen(cluster: FakeCluster) -> None:
    """Its result is in the log, and nobody knows how it ended."""

    def remove() -> None:
        until(lambda: logged(cluster, b"last"))
        cluster.remove(next(iter(cluster.pods.values())))

    thread = meanwhile(remove)
    ran = run_task(extract(DONE + "log('last')\ntime.sleep(60)"))
    thread.join()
    assert (ran.state, "return_value" in ran.xcoms) == ("up_for_retry", False)
    assert "its pod is gone" in str(ran.error)


@pytest.mark.parametrize("readable", [True, False])
def test_an_evicted_pod_whose_step_was_done(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch, readable: bool) -> None:
    """The worker died before. The retry takes the result from the log; where that cannot be read, the one after does."""
    text = "log('ready')\n" + DONE
    left = left_behind(cluster, monkeypatch, text)
    until(lambda: left.code is not None)
    left.phase, left.pod_reason, left.sidecar = "Failed", "Evicted", False
    cluster.log_status = None if readable else 500
    ran = run_task(extract(text), try_number=2)
    if not readable:
        assert ran.state == "up_for_retry"
        cluster.log_status = None
        ran = run_task(extract(text), try_number=3)
    assert (ran.state, ran.xcoms["return_value"], len(cluster.all)) == ("success", RESULT, 1)


def test_a_worker_that_dies_when_the_sidecar_has_ended(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "log('ready')\n" + DONE
    left = left_behind(cluster, monkeypatch, text)
    until(lambda: left.code is not None)
    left.phase, left.sidecar = "Succeeded", False
    ran = run_task(extract(text), try_number=2)
    assert (ran.state, ran.xcoms["return_value"], len(cluster.all)) == ("success", RESULT, 1)


def test_a_step_that_was_stopped_did_not_succeed(cluster: FakeCluster) -> None:
    """Whatever result it wrote, and though its sidecar hands it over."""
    text = f"signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n{DONE}log('ready')\ntime.sleep(60)\n"

    followed = threading.Event()  # before that it is still being started

    def linger(pod: Pod) -> None:
        pod.lingers = 2.0
        followed.set()

    cluster.on["log"] = linger
    with sigterm_when(lambda: followed.is_set() and logged(cluster, b"ready")):
        ran = run_task(extract(text))
    assert (ran.state, "return_value" in ran.xcoms) == ("up_for_retry", False)
    assert "it was stopped" in str(ran.error)


def test_a_pod_on_a_lost_node_is_given_up(cluster: FakeCluster) -> None:
    """It is to end, its node does not answer, and its step is said to run for ever."""

    def lose() -> None:
        until(lambda: logged(cluster, b"ready"))
        (pod,) = cluster.pods.values()
        cluster.log_status, pod.deleting = 500, "2026-03-28T01:02:03Z"
        cluster.stop()
        cluster.start()

    thread = meanwhile(lose)
    ran = run_task(extract(WAITING))
    thread.join()
    assert ran.state == "up_for_retry"
    assert "is to end and does not" in str(ran.error) and "kubectl delete pod --force" in str(ran.error)


# What an earlier try left


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
    left.lingers = 0.2 if ends else 2.0
    ran = run_task(extract(SLOW), try_number=2)
    assert (ran.state, len(cluster.all)) == (("success", 2) if ends else ("up_for_retry", 1))
    assert cluster.most_running == 1
    if not ends:
        assert f"kubectl delete pod --force --namespace parcels {left.name}" in str(ran.error)


# A pod that does not start, and one without memory


def test_a_pod_that_finds_no_node(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.unschedulable = "0/3 nodes are available: 3 Insufficient cpu."
    event = {"type": "Warning", "message": cluster.unschedulable, "reason": "FailedScheduling"}
    cluster.events = [{"metadata": {"name": "e", "uid": "e"}, "involvedObject": {}, **event}]
    monkeypatch.setenv("AIRFLOW__PARCELS__KUBERNETES_STARTUP_TIMEOUT", "1")
    ran = run_task(extract(DONE))
    assert ran.state == "up_for_retry"
    assert str(ran.error).count("Insufficient cpu") == 1
    assert "its pod did not start within 1 s: Unschedulable: 0/3 nodes are available: 3 Insufficient cpu." in str(ran.error)
    until(lambda: not cluster.pods)


def test_a_pod_that_does_not_start_on_its_node(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.waiting = {"reason": "ContainerCreating", "message": ""}
    event = {
        "type": "Warning",
        "message": 'MountVolume.SetUp failed: configmap "parcels-routes" not found',
        "reason": "FailedMount",
    }
    about = {"metadata": {"name": "e", "uid": "e"}, "involvedObject": {}}
    cluster.events = [{**about, **event}]
    monkeypatch.setenv("AIRFLOW__PARCELS__KUBERNETES_STARTUP_TIMEOUT", "1")
    error = str(run_task(extract(DONE)).error)
    assert "container base: ContainerCreating" in error and 'configmap "parcels-routes" not found' in error


def test_a_pod_whose_image_is_not_there(cluster: FakeCluster) -> None:
    cluster.waiting = {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "parcels/extract:latest"'}
    error = str(run_task(extract(DONE)).error)
    assert 'its pod did not start: container base: ImagePullBackOff: Back-off pulling image "parcels/extract:latest"' in error


def test_a_pod_has_ten_minutes_to_start(cluster: FakeCluster) -> None:
    operator = run_task(extract(DONE)).operator._runner
    assert isinstance(operator, PodStepOperator)
    assert (operator.startup_timeout_seconds, operator.schedule_timeout_seconds) == (600, 600)


def test_memory_that_ran_out_is_told_from_other_ends(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__MEMORY_EXTRACT", "256m")

    def kill() -> None:
        until(lambda: logged(cluster, b"ready"))
        (pod,) = cluster.pods.values()
        assert pod.process is not None
        pod.reason = "OOMKilled"
        pod.process.kill()

    thread = meanwhile(kill)
    error = run_task(extract(WAITING)).error
    thread.join()
    assert isinstance(error, StepOutOfMemoryError)
    assert f"extract ended with 137 (killed): OOMKilled: it took more memory than its limit of {256 << 20} bytes" in str(error)


def test_a_step_that_was_killed_had_not_too_little_memory(cluster: FakeCluster) -> None:
    error = run_task(extract("os.kill(os.getpid(), 9)")).error
    assert isinstance(error, StepFailedError) and not isinstance(error, StepOutOfMemoryError)
    assert "ended with 137" in str(error)


def test_a_container_that_is_to_run_first_and_fails(cluster: FakeCluster) -> None:
    cluster.failed_first = 3
    ran = run_task(extract(DONE))
    assert ran.state == "up_for_retry"
    assert "extract: container first ended with 3: no proxy" in str(ran.error)
