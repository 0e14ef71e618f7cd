"""Steps as pods that are gone, in all orders, or never begin, or run out of memory."""

from __future__ import annotations

import threading

import pytest

from container_steps.exits import StepFailedError, StepOutOfMemoryError
from container_steps.kubernetes import PodStepOperator
from fake_cluster import FakeCluster, Pod, until
from pods import SLOW, WAITING, left_behind, logged, meanwhile
from python_step import DONE, RESULT, extract
from running import run_task, sigterm_when

pytestmark = pytest.mark.usefixtures("hasty")


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
