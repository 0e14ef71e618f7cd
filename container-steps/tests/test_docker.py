"""Steps as containers, against a fake engine that speaks the engine's protocol and runs real processes."""

from __future__ import annotations

import json
import resource
import threading
import time
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException
from airflow.sdk import Asset
from airflow.sdk.execution_time import comms

from container_steps.exits import StepOutOfMemoryError
from fake_engine import FakeEngine, _Handler, until
from parcels import shop, step
from python_step import DONE, RESULT, extract
from running import run_task


def test_step_becomes_xcom_and_log(engine: FakeEngine) -> None:
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
    assert not engine.containers  # removed once its log and code were read


# Hardening


@pytest.fixture
def created(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what the engine is asked to create."""
    monkeypatch.setenv("AIRFLOW__PARCELS__MEMORY", "1g")
    monkeypatch.setenv("AIRFLOW__PARCELS__MEMORY_EXTRACT", "256m")
    monkeypatch.setenv("AIRFLOW__PARCELS__CPUS", "0.5")
    monkeypatch.setenv("AIRFLOW__PARCELS__DOCKER_MOUNTS", "parcels-config:/etc/parcels:ro")
    assert run_task(extract(DONE)).state == "success"
    (container,) = engine.all
    return container.config


def test_root_is_read_only(created: dict[str, Any]) -> None:
    assert created["HostConfig"]["ReadonlyRootfs"] is True


def test_all_capabilities_are_dropped(created: dict[str, Any]) -> None:
    assert created["HostConfig"]["CapDrop"] == ["ALL"]
    assert not created["HostConfig"].get("CapAdd")
    assert not created["HostConfig"].get("Privileged")


def test_no_new_privileges(created: dict[str, Any]) -> None:
    assert created["HostConfig"]["SecurityOpt"] == ["no-new-privileges"]


def test_memory_is_limited_without_swap(created: dict[str, Any]) -> None:
    assert created["HostConfig"]["Memory"] == created["HostConfig"]["MemorySwap"] == 256 << 20


def test_cpu_is_a_quota(created: dict[str, Any]) -> None:
    assert created["HostConfig"]["NanoCpus"] == 500_000_000
    assert not created["HostConfig"].get("CpuShares")


def test_processes_are_limited(created: dict[str, Any]) -> None:
    assert created["HostConfig"]["PidsLimit"] == 256


def test_user_is_not_root(created: dict[str, Any]) -> None:
    assert created["User"] == "65532:65532"


@pytest.mark.parametrize("user", ["", "0", "0:0", "root", "parcels"])
def test_root_is_refused(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, user: str) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__USER", user)
    with pytest.raises(ValueError, match="not root's"):
        step("extract", "extract")


def test_scratch_is_a_bounded_tmpfs(created: dict[str, Any]) -> None:
    assert created["HostConfig"]["Tmpfs"] == {"/tmp": f"rw,noexec,nosuid,nodev,mode=1777,size={256 << 20}"}


def test_mounts_are_those_of_the_settings_alone(created: dict[str, Any]) -> None:
    assert [(m["Source"], m["Target"], m["Type"], m["ReadOnly"]) for m in created["HostConfig"]["Mounts"]] == [
        ("parcels-config", "/etc/parcels", "volume", True)
    ]


@pytest.mark.parametrize(
    "mount", ["/var/run/docker.sock:/x", "/run/docker.sock:/var/run/docker.sock:ro", "/var/run:/x", "/:/host"]
)
def test_the_engines_socket_is_not_mounted(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, mount: str) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__DOCKER_MOUNTS", mount)
    with pytest.raises(ValueError, match="the engine"):
        step("extract", "extract")


@pytest.mark.parametrize("mount", ["x", "x:y", "x:/y:rx", ":/y"])
def test_a_mount_that_is_none_is_refused(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, mount: str) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__DOCKER_MOUNTS", mount)
    with pytest.raises(ValueError, match="SOURCE:/TARGET"):
        step("extract", "extract")


@pytest.mark.parametrize("name", ["privileged", "cap_add", "user", "mounts", "mem_limit"])
def test_a_dag_cannot_soften_the_container(engine: FakeEngine, name: str) -> None:
    soft: dict[str, Any] = {name: 1}
    with pytest.raises((TypeError, AirflowException), match=name):
        step("extract", "extract", **soft)


def test_a_local_images_name_is_not_looked_up_in_a_public_registry(engine: FakeEngine) -> None:
    engine.images.clear()
    ran = run_task(extract(DONE))
    assert ran.state == "failed"
    assert "has no image parcels/extract:latest" in str(ran.error)
    assert "POST /images/create" not in engine.requests


def test_an_image_of_a_registry_is_pulled(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__IMAGE", "registry.example.com/parcels/{step}:{tag}")
    assert run_task(extract(DONE)).state == "success"
    assert "POST /images/create" in engine.requests


# Secrets


def test_secrets_reach_the_container_and_nothing_else(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_PARCELS_SHOP", '{"conn_type": "http", "login": "the-id", "password": "the-secret"}')
    ran = run_task(extract("log('hello')\n" + DONE, credentials=[shop]))
    assert ran.state == "success", ran.error
    (container,) = engine.all
    assert "PARCELS_SHOP_SECRET=the-secret" in container.config["Env"]
    assert "the-secret" not in json.dumps({**container.config, "Env": None})
    told = [m for m in ran.supervisor.sent if not isinstance(m, comms.MaskSecret)]
    assert "the-secret" not in repr(told) + repr(ran.log)
    assert {"the-id", "the-secret"} <= {m.value for m in ran.supervisor.of(comms.MaskSecret)}
    assert "the-secret" not in repr(ran.operator.__dict__) + repr(ran.operator._runner.__dict__)


def test_no_connection_is_read_while_a_dag_is_parsed(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("read while parsing")

    monkeypatch.setattr("airflow.sdk.BaseHook.get_connection", refuse)
    monkeypatch.setattr("socket.socket.connect", refuse)
    extract(DONE, credentials=[shop])()


@pytest.mark.parametrize(
    ("policy", "image", "there", "pulled"),
    [
        ("Always", "registry.example.com/parcels/extract:1", True, True),
        ("Always", "parcels/extract:latest", True, False),  # no registry has it
        ("IfNotPresent", "registry.example.com/parcels/extract:1", True, False),
        ("IfNotPresent", "registry.example.com/parcels/extract:1", False, True),
        ("Never", "registry.example.com/parcels/extract:1", True, False),
    ],
)
def test_when_an_image_is_pulled(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, policy: str, image: str, there: bool, pulled: bool
) -> None:
    engine.images = {image} if there else set()
    monkeypatch.setenv("AIRFLOW__PARCELS__DOCKER_PULL_POLICY", policy)
    monkeypatch.setenv("AIRFLOW__PARCELS__IMAGE", image)
    assert run_task(extract(DONE)).state == "success"
    assert ("POST /images/create" in engine.requests) == pulled


def test_an_image_that_may_not_be_pulled(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__DOCKER_PULL_POLICY", "Never")
    monkeypatch.setenv("AIRFLOW__PARCELS__IMAGE", "registry.example.com/parcels/extract:1")
    ran = run_task(extract(DONE))
    assert ran.state == "failed"
    assert "docker_pull_policy to IfNotPresent" in str(ran.error)


def test_a_pull_policy_that_says_nothing(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__DOCKER_PULL_POLICY", "sometimes")
    with pytest.raises(ValueError, match="IfNotPresent, Always, Never"):
        extract(DONE)()


# The log


def test_lines_survive_the_smallest_frames(engine: FakeEngine) -> None:
    engine.frame = 1
    ran = run_task(extract("log('Zoë 東京 🍽', note='ä')\nlog('two')\n" + DONE))
    assert ran.events == ["Zoë 東京 🍽", "two"]
    assert ran.lines[0]["note"] == "ä"
    assert ran.xcoms["return_value"] == RESULT


def test_a_container_that_ends_at_once_loses_nothing(engine: FakeEngine) -> None:
    for _ in range(5):
        ran = run_task(extract("log('one')\nlog('two')\n" + DONE))
        assert (ran.events, ran.xcoms["return_value"]) == (["one", "two"], RESULT)


def test_the_log_goes_on_where_its_stream_breaks(engine: FakeEngine) -> None:
    engine.cut_after = 3000
    ran = run_task(extract("for i in range(300): log(f'line {i}', pad='é' * 20)\ntime.sleep(0.3)\nlog('last')\n" + DONE))
    assert ran.state == "success", ran.error
    assert ran.events == [*(f"line {i}" for i in range(300)), "last"]
    assert ran.xcoms["return_value"] == RESULT


@pytest.mark.parametrize(("gone", "said"), [(0, 0), (10, 0), (300, 1)])
def test_a_log_that_was_rotated_when_its_stream_broke(engine: FakeEngine, gone: int, said: int) -> None:
    """Nothing that the engine still has is passed over, and where lines may be missing, a line says so."""
    engine.frame, engine.cut_after, engine.rotated = 100, 3000, gone
    ran = run_task(extract("for i in range(500): log(f'line {i}', pad='é' * 20)\ntime.sleep(0.5)\nlog('last')\n" + DONE))
    assert ran.state == "success", ran.error
    read = next((i for i, event in enumerate(ran.events) if event != f"line {i}"), len(ran.events))
    assert read > 10
    assert ran.events == [*(f"line {i}" for i in range(read)), *(f"line {i}" for i in range(max(read, gone), 500)), "last"]
    assert sum("Lines may be missing" in str(record["event"]) for record in ran.log) == said


@pytest.mark.parametrize("code", [None, 503])
def test_an_engine_that_is_away_for_a_while_stops_nothing(engine: FakeEngine, code: int | None) -> None:
    """The attached connection breaks, then the one that reads on, and nothing answers for 2 s: the container is healthy."""
    engine.cut_after, engine.cut_logs, engine.away, engine.away_code = 3000, [5000], 2, code
    ran = run_task(extract("for i in range(300): log(f'line {i}', pad='é' * 20)\ntime.sleep(3)\nlog('last')\n" + DONE))
    assert ran.state == "success", ran.error
    assert ran.events == [*(f"line {i}" for i in range(300)), "last"]
    assert ran.xcoms["return_value"] == RESULT
    assert engine.all[0].stop_sent == []


def test_a_result_that_was_read_in_part_is_none(engine: FakeEngine) -> None:
    """Both the attached connection and the one that reads the result again break in its middle."""
    engine.frame, engine.cut_after, engine.cut_logs = 10, 25, [50]
    ran = run_task(extract(DONE))
    assert ran.state == "success", ran.error
    assert ran.xcoms["return_value"] == RESULT


def test_a_log_that_cannot_be_read_is_not_read_for_ever(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("container_steps.docker_reader.PATIENCE", 2)
    monkeypatch.setattr(_Handler, "_logs", lambda self, *_: setattr(self, "close_connection", True))
    ran = run_task(extract("log('one')\nsys.exit(65)"))
    assert ran.state == "failed"
    assert "extract ended with 65" in str(ran.error)
    assert "its log cannot be read to its end" in str(ran.error)
    assert ran.events == ["one"]
    assert not engine.containers


def test_a_result_that_cannot_be_read_is_left_to_the_next_try(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.frame, engine.cut_after = 10, 25
    with monkeypatch.context() as patch:
        patch.setattr("container_steps.docker_reader.PATIENCE", 1)
        patch.setattr(_Handler, "_logs", lambda self, *_: setattr(self, "close_connection", True))
        ran = run_task(extract(DONE))
    assert ran.state == "up_for_retry"
    assert "the next try reads on" in str(ran.error)
    ran = run_task(extract(DONE), try_number=2)
    assert (ran.state, ran.xcoms["return_value"]) == ("success", RESULT)
    assert len(engine.all) == 1
    assert not engine.containers


@pytest.mark.parametrize("cut_logs", [[], [200]])
def test_what_a_step_prints_is_logged_once_though_the_stream_breaks(engine: FakeEngine, cut_logs: list[int]) -> None:
    engine.frame, engine.cut_after, engine.cut_logs = 30, 100, cut_logs
    ran = run_task(extract("for i in range(20): print('noise', i, flush=True)\nengine = 1\nsys.exit(65)"))
    assert ran.events == [f"noise {i}" for i in range(19)]  # what is last counts as the result


def test_a_slow_reader_makes_the_container_wait(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that writes far more than anyone reads ends up waiting: nothing piles up in the worker."""
    import container_steps.logs as logs

    gate = threading.Event()
    real = logs.LogLines.feed
    monkeypatch.setattr(logs.LogLines, "feed", lambda self, chunk: (gate.wait(), real(self, chunk))[1])
    seen = []

    def let_go() -> None:
        def written() -> int:
            return sum(len(text) for c in engine.all for *_, text in c.log)

        until(lambda: written() > 100_000)
        quiet = written()
        while True:
            time.sleep(0.3)
            if (now := written()) == quiet:
                break
            quiet = now
        seen.append(quiet)
        gate.set()

    thread = threading.Thread(target=let_go)
    thread.start()
    ran = run_task(extract("for i in range(300): log('x' * 60000)\n" + DONE))
    thread.join()
    assert ran.state == "success", ran.error
    assert len(ran.lines) == 300
    assert seen[0] < 10_000_000  # of 18,000,000: what the sockets and pipes between them hold


def test_an_endless_line_takes_bounded_memory(engine: FakeEngine) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ran = run_task(extract("for i in range(1600): sys.stderr.write('y' * 65536)\n" + DONE))
    assert ran.state == "success", ran.error
    assert sum(len(e) for e in ran.events) == 1600 * 65536
    assert max(len(e) for e in ran.events) <= 65536
    assert ran.lines[-1]["parts"] == len(ran.lines)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < 3 * 1600 * 65536  # the fake's log and this test hold all of it; the operator nothing


def test_a_panic_stays_whole(engine: FakeEngine) -> None:
    """No result comes, so the log is read once more: nothing is logged twice."""
    ran = run_task(extract("log('one')\nsys.stderr.write('panic: oh\\n\\ngoroutine 1 [running]:\\n')\nsys.exit(2)"))
    assert [(r["log_level"], r["event"]) for r in ran.lines] == [
        ("info", "one"),
        ("error", "panic: oh"),
        ("error", ""),
        ("error", "goroutine 1 [running]:"),
    ]
    assert ran.state == "up_for_retry"


# Exit codes


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (64, "failed"),
        (65, "failed"),
        (77, "failed"),
        (69, "up_for_retry"),
        (70, "up_for_retry"),
        (75, "up_for_retry"),
        (143, "up_for_retry"),
        (2, "up_for_retry"),
        (137, "up_for_retry"),
    ],
)
def test_exit_code_decides(engine: FakeEngine, code: str, state: str) -> None:
    ran = run_task(extract(f"sys.exit({code})"))
    assert ran.state == state
    assert f"extract ended with {code}" in str(ran.error)
    assert not engine.containers


def test_too_much_memory_is_named(engine: FakeEngine) -> None:
    engine.oom = True
    ran = run_task(extract("os.kill(os.getpid(), 9)"))
    assert ran.state == "up_for_retry"
    assert isinstance(ran.error, StepOutOfMemoryError)
    assert "took more memory than its" in str(ran.error)
    assert "next: raise [parcels] memory_extract (it is 512m)" in str(ran.error)


def test_too_much_memory_is_tried_once_more_and_not_five_times(engine: FakeEngine) -> None:
    engine.oom = True
    ran = run_task(extract("os.kill(os.getpid(), 9)"), try_number=2)
    assert ran.state == "failed"
    assert "next: raise [parcels] memory_extract" in ran.xcoms["failure"]["reason"]
    engine.oom = False
    assert run_task(extract("os.kill(os.getpid(), 9)"), try_number=2).state == "up_for_retry"  # somebody killed it


def test_an_engine_that_fails_is_tried_again(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("container_steps.docker.REACH", 0.1)
    monkeypatch.setenv("AIRFLOW__PARCELS__DOCKER_URL", "tcp://127.0.0.1:1")
    assert run_task(extract(DONE)).state == "up_for_retry"
