"""Steps as pods, against a fake cluster that speaks the API's protocol and runs real processes."""

from __future__ import annotations

import json
import random
import re
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException
from airflow.sdk import Asset

from container_steps.logs import LogLines
from container_steps.pod_log import SKEW, PodLog
from fake_cluster import FakeCluster, until
from parcels import shop, step
from pods import WAITING, left_behind, logged
from python_step import DONE, RESULT, extract
from running import recorded, run_task, sigterm_when


def test_step_becomes_xcom_and_log(cluster: FakeCluster) -> None:
    ran = run_task(
        extract("log('Zoë is late', 'warn', time='2026-03-28T01:02:03.004Z', rows=5)\n" + DONE, outlets=[Asset("parcels")])
    )
    assert ran.state == "success", ran.error
    assert ran.xcoms["return_value"] == RESULT
    (line,) = ran.lines
    assert (line["log_level"], line["event"], line["timestamp"], line["rows"]) == (
        "warning",
        "Zoë is late",
        "2026-03-28T01:02:03.004Z",
        5,
    )
    until(lambda: not cluster.pods)  # the cluster answers before a pod is gone


# Hardening


@pytest.fixture
def created(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what the cluster is asked to create."""
    monkeypatch.setenv("AIRFLOW__PARCELS__MEMORY_EXTRACT", "256m")
    monkeypatch.setenv("AIRFLOW__PARCELS__CPUS", "0.5")
    monkeypatch.setenv("AIRFLOW__PARCELS__KUBERNETES_SIDECAR_IMAGE", "registry.example.com/busybox:1")
    assert run_task(extract(DONE, credentials=[shop])).state == "success"
    (pod,) = cluster.all
    return pod.body["spec"]


def test_every_container_is_hardened(created: dict[str, Any]) -> None:
    assert [c["name"] for c in created["containers"]] == ["base", "airflow-xcom-sidecar"]
    for container in created["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "privileged": False,
            "readOnlyRootFilesystem": True,
        }


def test_user_is_not_root(created: dict[str, Any]) -> None:
    assert created["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "fsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def test_root_is_refused(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__USER", "0:0")
    with pytest.raises(ValueError, match="not root's"):
        step("extract", "extract")


def test_every_container_is_limited(created: dict[str, Any]) -> None:
    base, sidecar = created["containers"]
    assert base["resources"]["limits"] == {"memory": str(256 << 20), "cpu": "0.5"}
    assert sidecar["resources"]["limits"] == {"memory": "32Mi", "cpu": "50m"}


def test_scratch_is_bounded_memory(created: dict[str, Any]) -> None:
    (scratch,) = [v for v in created["volumes"] if v["name"] == "scratch"]
    assert scratch["emptyDir"] == {"medium": "Memory", "sizeLimit": str(256 << 20)}


def test_no_token_of_the_cluster_in_the_pod(created: dict[str, Any]) -> None:
    assert created["automountServiceAccountToken"] is False
    assert created["serviceAccountName"] == "parcels-extract"


def test_the_sidecars_image_is_configured(created: dict[str, Any]) -> None:
    assert created["containers"][1]["image"] == "registry.example.com/busybox:1"


def test_secrets_are_references(created: dict[str, Any]) -> None:
    assert created["containers"][0]["envFrom"] == [{"secretRef": {"name": "parcels-shop"}}]


def test_no_connection_of_a_credential_is_read(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_PARCELS_SHOP", '{"conn_type": "http", "login": "the-id", "password": "the-secret"}')
    monkeypatch.setenv("AIRFLOW_CONN_PARCELS_DEPOT", '{"conn_type": "aws", "login": "the-id", "password": "the-secret"}')
    monkeypatch.setenv("AIRFLOW__PARCELS__DEPOT_CONNECTION", "parcels_depot")
    ran = run_task(extract("sys.exit(70)", credentials=[shop]))
    (pod,) = cluster.all
    assert "the-secret" not in json.dumps(pod.body) + repr(ran.log) + repr(ran.supervisor.sent)
    assert pod.body["spec"]["containers"][0]["envFrom"][1] == {"secretRef": {"name": "parcels-depot", "optional": True}}


def test_the_pods_spec_is_in_no_error(cluster: FakeCluster) -> None:
    error = run_task(extract("sys.exit(70)")).error
    while error is not None:
        assert "spec" not in str(error)
        error = error.__context__


@pytest.mark.parametrize("name", ["security_context", "env_from", "log_pod_spec_on_failure", "service_account_name"])
def test_a_dag_cannot_soften_the_pod(cluster: FakeCluster, name: str) -> None:
    soft: dict[str, Any] = {name: 1}
    with pytest.raises((TypeError, AirflowException), match=name):
        step("extract", "extract", **soft)


# The log


def test_lines_survive_the_smallest_chunks(cluster: FakeCluster) -> None:
    cluster.chunk = 1
    ran = run_task(extract("log('Zoë 東京 🍽', note='ä')\nlog('two')\n" + DONE))
    assert ran.events == ["Zoë 東京 🍽", "two"]


def test_the_log_goes_on_where_its_stream_breaks(cluster: FakeCluster) -> None:
    """Many lines share a time, and the connection breaks in the middle of one: each is logged once."""
    cluster.chunk, cluster.cut_after = 1000, 20_000
    ran = run_task(extract("for i in range(500): log(f'line {i}', pad='é' * 20)\ntime.sleep(1.5)\nlog('last')\n" + DONE))
    assert ran.state == "success", ran.error
    assert ran.events == [*(f"line {i}" for i in range(500)), "last"]


def test_the_log_goes_on_where_the_token_expires(cluster: FakeCluster) -> None:
    """Whoever reads it is then another: what was logged, and a result that came already, are known to it."""
    cluster.chunk, cluster.cut_after, cluster.expire, cluster.exec_works = 1000, 20_000, True, False
    ran = run_task(extract(DONE + "for i in range(500): log(f'line {i}', pad='é' * 20)\ntime.sleep(1.5)\nlog('last')\n"))
    assert ran.state == "success", ran.error
    assert ran.events == [*(f"line {i}" for i in range(500)), "last"]
    assert ran.xcoms["return_value"] == RESULT


def test_the_rest_of_a_log_is_read_though_the_container_has_ended(cluster: FakeCluster) -> None:
    cluster.chunk, cluster.cut_after = 1000, 20_000
    ran = run_task(extract("for i in range(500): log(f'line {i}', pad='é' * 20)\n" + DONE))
    assert ran.events == [f"line {i}" for i in range(500)]


def test_a_long_line_comes_in_pieces(cluster: FakeCluster) -> None:
    ran = run_task(extract("sys.stderr.write('y' * 200_000 + '\\n')\nlog('after')\n" + DONE))
    assert "".join(ran.events[:-1]) == "y" * 200_000
    assert max(map(len, ran.events)) <= 65536
    assert ran.events[-1] == "after"


# Exit codes and result


@pytest.mark.parametrize(
    ("code", "state"),
    [(65, "failed"), (64, "failed"), (77, "failed"), (69, "up_for_retry"), (75, "up_for_retry"), (2, "up_for_retry")],
)
def test_exit_code_decides(cluster: FakeCluster, code: str, state: str) -> None:
    ran = run_task(extract(f"log('oh', 'error')\nsys.exit({code})"))
    assert (ran.state, ran.events) == (state, ["oh"])
    assert f"extract ended with {code}" in str(ran.error)
    until(lambda: not cluster.pods)  # the cluster answers before a pod is gone


def test_a_refusals_words_are_the_reason(cluster: FakeCluster) -> None:
    refused = RESULT | {
        "status": "refused",
        "error": {"code": 65, "kind": "data", "message": "9 of 10 records refused", "next": "look"},
    }
    ran = run_task(extract(f"print({json.dumps(json.dumps(refused, separators=(',', ':')))})\nsys.exit(65)"))
    assert "9 of 10 records refused; next: look" in str(ran.error)
    assert ran.xcoms["failure"]["result"] == refused
    assert "return_value" not in ran.xcoms


def test_the_log_has_the_result_where_the_sidecar_fails(cluster: FakeCluster) -> None:
    cluster.exec_works = False
    ran = run_task(extract(DONE))
    assert ran.state == "success", ran.error
    assert ran.xcoms["return_value"] == RESULT


def test_an_evicted_pod_is_tried_again(cluster: FakeCluster) -> None:
    def evict() -> None:
        until(lambda: any(p.log for p in cluster.pods.values()))
        (pod,) = cluster.pods.values()
        pod.phase, pod.pod_reason, pod.sidecar = "Failed", "Evicted", False
        assert pod.process is not None
        pod.process.kill()

    thread = threading.Thread(target=evict)
    thread.start()
    ran = run_task(extract("log('ready')\ntime.sleep(60)"))
    thread.join()
    assert ran.state == "up_for_retry"
    assert "137" in str(ran.error) and "Evicted: The node was low on resource: memory." in str(ran.error)


def test_a_pod_that_was_deleted_is_said_to_be_gone(cluster: FakeCluster) -> None:
    """By an eviction through the API, whoever asked for it: no pod is left that could say why."""

    def delete() -> None:
        until(lambda: any(p.log for p in cluster.pods.values()))
        (pod,) = cluster.pods.values()
        del cluster.pods[pod.name]
        cluster.deleted.append(pod)
        assert pod.process is not None
        pod.process.kill()

    thread = threading.Thread(target=delete)
    thread.start()
    ran = run_task(extract("log('ready')\ntime.sleep(60)"))
    thread.join()
    assert ran.state == "up_for_retry"
    assert "its pod is gone" in str(ran.error)
    assert not any("cannot be read" in str(r["event"]) for r in ran.log)


# Kill


def test_sigterm_deletes_the_pod_within_3_s(cluster: FakeCluster) -> None:
    with sigterm_when(lambda: logged(cluster, b"ready")):
        ran = run_task(extract(WAITING))
    assert ran.state == "up_for_retry"
    until(lambda: not cluster.pods)
    (pod,) = cluster.all
    assert (pod.grace, pod.code) == (3, 143)


def test_a_kill_while_the_pod_is_created_leaves_none(cluster: FakeCluster) -> None:
    flag = threading.Event()

    def hold() -> None:
        flag.set()
        time.sleep(0.5)

    cluster.hold_create = hold
    with sigterm_when(flag.is_set):
        ran = run_task(extract(WAITING))
    assert "before its pod started" in str(ran.error)
    until(lambda: not cluster.pods)


def test_the_retry_takes_over_a_running_pod(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "log('ready')\ntime.sleep(2)\nlog('done')\n" + DONE
    left_behind(cluster, monkeypatch, text)
    ran = run_task(extract(text), try_number=2)
    assert ran.state == "success", ran.error
    assert (len(cluster.all), cluster.most_running) == (1, 1)
    assert ran.events == ["ready", "done"]


def test_the_retry_takes_over_what_finished_meanwhile(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "log('ready')\n" + DONE
    left = left_behind(cluster, monkeypatch, text)
    until(lambda: left.code is not None)
    ran = run_task(extract(text), try_number=2)
    assert (ran.state, ran.events, ran.xcoms["return_value"]) == ("success", ["ready"], RESULT)
    assert cluster.all == [left]


def test_the_retry_removes_what_finished_long_ago(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever clears the task then wants it done again. The pod does not go at once: its sidecar is given time."""
    text = "log('ready')\n" + DONE
    left = left_behind(cluster, monkeypatch, text)
    until(lambda: left.code is not None)
    left.finished = f"{datetime.now(UTC) - timedelta(minutes=61):%Y-%m-%dT%H:%M:%S}Z"
    left.lingers = 1.0
    ran = run_task(extract(text), try_number=2)
    assert (ran.state, ran.events) == ("success", ["ready"])
    assert len(cluster.all) == 2
    until(lambda: not cluster.pods)


def test_a_pod_that_everybody_forgot_ends_after_a_day(created: dict[str, Any]) -> None:
    assert created["activeDeadlineSeconds"] == 86400


def test_another_deployments_pod_is_left_alone(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    left = left_behind(cluster, monkeypatch, WAITING)
    monkeypatch.setenv("AIRFLOW__PARCELS__DEPLOYMENT", "another of ours")
    ran = run_task(extract(DONE))
    assert ran.state == "success", ran.error
    assert (left.code, len(cluster.all)) == (None, 2)
    for pod in cluster.all:
        assert re.fullmatch(
            r"[a-zA-Z0-9]([a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?", pod.body["metadata"]["labels"]["parcels.deployment"]
        )


def test_how_far_back_a_broken_log_is_asked_for() -> None:
    """Whatever zone the node writes its times in, and though its clock may be ahead."""
    log = PodLog(LogLines("extract"))
    assert log.since() is None
    for zone in (0, 5, -5):
        log = PodLog(LogLines("extract"))
        written = datetime.now(timezone(timedelta(hours=zone))) - timedelta(seconds=100)
        log.feed(f"{written:%Y-%m-%dT%H:%M:%S}.123456789{zone:+03d}:00 text\n".encode())
        assert 100 + SKEW <= (log.since() or 0) <= 160 + SKEW
        # The clock was set back by an hour: from that line on, too.
        log.feed(f"{written - timedelta(hours=1):%Y-%m-%dT%H:%M:%S}.123456789{zone:+03d}:00 text\n".encode())
        assert 3700 + SKEW <= (log.since() or 0) <= 3760 + SKEW


def _written(i: int, shape: str, source: random.Random) -> datetime:
    """Return when line i of a hundred was written: five at a time, across the night on which the node's zone changes."""
    moment = datetime(2026, 10, 25, 0, 58, 20, tzinfo=UTC) + timedelta(seconds=i // 5 * 10)
    if shape == "the zone changes":
        return moment.astimezone(timezone(timedelta(hours=2 if moment.hour == 0 else 1)))
    if shape == "two streams":
        return moment - timedelta(seconds=source.randrange(30))
    return moment - timedelta(seconds=25) if shape == "the clock is set back" and i >= 50 else moment


@pytest.mark.parametrize("shape", ["sorted", "the zone changes", "two streams", "the clock is set back"])
@pytest.mark.parametrize("seed", range(20))
def test_a_pods_log_that_comes_again_is_logged_once(seed: int, shape: str) -> None:
    """Wherever it breaks, with many lines of one time, in whatever order the times are, from its beginning or since a time."""
    source = random.Random(seed)
    written = [_written(i, shape, source) for i in range(100)]
    lines = [
        f'{w:%Y-%m-%dT%H:%M:%S}.{i // 5 % 4:09d}{w.isoformat()[19:]} {{"level":"info","message":"line {i}"}}\n'
        for i, w in enumerate(written)
    ]
    with recorded() as records:
        log = PodLog(LogLines("extract"))
        text = "".join(lines).encode()
        for _ in range(source.randrange(4)):
            log.feed(text[: source.randrange(len(text))])
            log.again()
            since = log.since() if source.random() < 0.5 else None
            begin = datetime.min.replace(tzinfo=UTC) if since is None else datetime.now(UTC) - timedelta(seconds=since)
            text = "".join(line for line, w in zip(lines, written, strict=True) if w >= begin).encode()
        log.feed(text)
        log.close()
    assert [r["event"] for r in records] == [f"line {i}" for i in range(100)]


@pytest.mark.parametrize("seed", range(10))
def test_a_long_line_that_comes_again_is_logged_once(seed: int) -> None:
    """No piece of it twice, where the log breaks in its middle."""
    source = random.Random(seed)
    text = (
        b"2026-03-28T01:02:03.000000000Z one\n2026-03-28T01:02:04.000000000Z "
        + b"L" * 300_000
        + b"\n2026-03-28T01:02:05.000000000Z two\n"
    )
    with recorded() as records:
        log = PodLog(LogLines("extract"))
        for _ in range(3):
            log.feed(text[: source.randrange(len(text))])
            log.again()
        log.feed(text)
        log.close()
    assert [r["event"] for r in records] == ["one", *["L" * 65536] * 4, "L" * (300_000 - 4 * 65536), "two"]
