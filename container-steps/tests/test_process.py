"""Steps as plain processes."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import Asset

from container_steps import process
from parcels import step
from running import run_task, sigterm_when

Program = Callable[..., Path]

SLEEP = 300
"""Seconds that a step sleeps which is to be ended before."""

RESULT = {"status": "done", "step": "extract", "version": "1", "durations": {"total": 0.1}}


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Return what makes "extract" a Python program with a text."""
    monkeypatch.setenv("AIRFLOW__PARCELS__RUNTIME", "process")
    monkeypatch.setenv("AIRFLOW__PARCELS__PROCESS_PROGRAM", f"{tmp_path}/{{step}}")

    def make(text: str, last: str = "") -> Path:
        path = tmp_path / "extract"
        path.write_text(f"#!{sys.executable} -S\n" + textwrap.dedent(text) + last)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return make


def done(**more: Any) -> str:
    return f"print({json.dumps(json.dumps({**RESULT, **more}))})\n"


def test_step_becomes_xcom_and_log(program: Program) -> None:
    program(
        """
        import sys
        line = '{"level":"warn","time":"2026-03-28T01:02:03.004Z","step":"extract","rows":5,"message":"Zoë is late"}'
        sys.stderr.write(line + '\\n')
        """,
        done(counts={"reservation": {"received": 3}}),
    )
    ran = run_task(lambda: step("extract", "extract", ["--day", "{{ run_id }}"], outlets=[Asset("parcels")]))
    assert ran.state == "success"
    assert ran.xcoms["return_value"]["counts"] == {"reservation": {"received": 3}}
    assert ran.operator.arguments == ["--day", "run"]
    (line,) = ran.lines
    assert (line["log_level"], line["event"], line["timestamp"], line["rows"]) == (
        "warning",
        "Zoë is late",
        "2026-03-28T01:02:03.004Z",
        5,
    )


def test_worker_secrets_stay_with_the_worker(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "postgres://secret")
    monkeypatch.setenv("AIRFLOW_CONN_OTHER", "http://secret")
    monkeypatch.setenv("AIRFLOW__PARCELS__ENVIRONMENT", '{"PARCELS_LIMIT": "2"}')
    program(f"import os, json\nprint(json.dumps({{**{RESULT!r}, 'details': dict(os.environ)}}))")
    details = run_task(lambda: step("extract", "extract")).xcoms["return_value"]["details"]
    assert not [name for name in details if "AIRFLOW" in name]
    assert details["PARCELS_LIMIT"] == "2"


@pytest.mark.parametrize("key", ["", "AK"])
def test_the_role_of_the_machine_is_the_steps_unless_it_has_a_key(
    program: Program, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """EKS and ECS tell of it by variables."""
    monkeypatch.setenv("AIRFLOW__PARCELS__DEPOT_CONNECTION", "depot")
    fields = {"conn_type": "aws", "login": key, "password": key} if key else {"conn_type": "aws"}
    monkeypatch.setenv("AIRFLOW_CONN_DEPOT", json.dumps(fields))
    told = {
        "AWS_ROLE_ARN": "arn",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/t",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    program(f"import os, json\nprint(json.dumps({{**{RESULT!r}, 'details': dict(os.environ)}}))")
    details = run_task(lambda: step("extract", "extract")).xcoms["return_value"]["details"]
    assert {name: details[name] for name in told if name in details} == ({} if key else told)


def test_sigterm_ends_the_step_in_time(program: Program, tmp_path: Path) -> None:
    program(
        f"""
        import signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: (sys.stderr.write('{{"level":"error","message":"stopping"}}\\n'), sys.exit(143)))
        open({str(tmp_path / "ready")!r}, "w").close()
        time.sleep(60)
        """
    )
    with sigterm_when((tmp_path / "ready").exists):
        ran = run_task(lambda: step("extract", "extract"))
    assert ran.state == "up_for_retry"
    assert "143" in str(ran.error)
    assert ran.events == ["stopping"]


def test_a_step_that_ignores_sigterm_is_killed_with_all_its_group(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "GRACE", 0.5)
    pids, slept = tmp_path / "pids", tmp_path / "slept"
    program(
        f"""
        import os, signal, subprocess, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen(["sleep", "{SLEEP}"])
        open({str(pids)!r} + ".part", "w").write(f"{{os.getpid()}} {{child.pid}}")
        os.rename({str(pids)!r} + ".part", {str(pids)!r})
        time.sleep({SLEEP})
        open({str(slept)!r}, "w").close()
        """
    )
    with sigterm_when(pids.exists):
        ran = run_task(lambda: step("extract", "extract"))
    assert ran.state == "up_for_retry"
    assert "137" in str(ran.error)
    for pid in map(int, pids.read_text().split()):
        _has_ended(pid)
    assert not slept.exists()


def test_a_killed_worker_takes_its_step_along(program: Program, tmp_path: Path) -> None:
    ready, slept = tmp_path / "ready", tmp_path / "slept"
    program(
        f"""
        import os, time
        open({str(ready)!r} + '.part', 'w').write(str(os.getpid()))
        os.rename({str(ready)!r} + '.part', {str(ready)!r})
        time.sleep({SLEEP})
        open({str(slept)!r}, "w").close()
        """
    )
    code = f"""if True:
        import os
        os.environ.update(AIRFLOW__PARCELS__RUNTIME="process", AIRFLOW__PARCELS__PROCESS_PROGRAM="{tmp_path}/{{step}}")
        from parcels import step
        from running import run_task
        run_task(lambda: step("extract", "extract"))
        """
    tests = Path(__file__).parent
    worker = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": f"{tests.parent}/src:{tests}"})
    while not ready.exists():
        assert worker.poll() is None, "the worker ended before its step began"
        time.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    _has_ended(int(ready.read_text()))
    assert not slept.exists()


def test_a_missing_program_is_not_tried_again(program: Program) -> None:
    ran = run_task(lambda: step("extract", "extract"))
    assert ran.state == "failed"
    assert "there is no program" in str(ran.error)


def test_a_flood_in_both_streams_is_read_whole(program: Program) -> None:
    program(
        """
        import sys
        for i in range(3000):
            sys.stderr.write('{"level":"info","message":"%d"}\\n' % i)
            print("noise", i)
        """,
        done(),
    )
    ran = run_task(lambda: step("extract", "extract"))
    assert ran.state == "success"
    assert [e for e in ran.events if not e.startswith("noise")] == [str(i) for i in range(3000)]
    assert [e for e in ran.events if e.startswith("noise")] == [f"noise {i}" for i in range(3000)]


def _has_ended(pid: int) -> None:
    """Wait until a process is gone: how long the machine takes for that is not what is tried. It would end by itself, too."""
    while _runs(pid):
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
