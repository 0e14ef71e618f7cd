"""What becomes of a step whose connections to the engine break, go silent, or lose an answer."""

from __future__ import annotations

import json
import os
import random
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from docker import APIClient
from requests.adapters import HTTPAdapter

from container_steps import docker_connection, docker_reader, docker_stream
from container_steps.logs import LogLines
from fake_engine import WORDS, FakeEngine, now, until
from left_behind import left_behind
from python_step import DONE, RESULT, extract
from running import run_task

BROKE = "the stream of the container's log broke off"


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_reader, "PAUSE", 0.01)
    monkeypatch.setattr("container_steps.docker.PAUSE", 0.01)


def numbered(first: int, end: int) -> list[str]:
    return [f"line {i}" for i in range(first, end)]


def said(ran: Any, text: str) -> int:
    return sum(text in str(record["event"]) for record in ran.log)


def writing(lines: int, pause: float = 0.0) -> str:
    return f"log('ready')\nfor i in range({lines}): log(f'line {{i}}'); time.sleep({pause})\n"


# The log that the engine keeps


def test_the_log_of_an_adopted_container_breaks(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its container has ended: what ends the log early is no end of it."""
    text = writing(2000) + DONE
    left = left_behind(engine, monkeypatch, text)
    until(lambda: left.status == "exited")
    engine.cut_logs = [40_000]
    ran = run_task(extract(text), try_number=2)
    assert ran.state == "success", ran.error
    assert ran.events == ["ready", *numbered(0, 2000)]
    assert ran.xcoms["return_value"] == RESULT
    assert said(ran, BROKE) == 1


def test_an_answer_that_breaks_within_its_header(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    text = writing(100) + DONE
    left = left_behind(engine, monkeypatch, text)
    until(lambda: left.status == "exited")
    engine.cut_logs = [-1, 1000, -1]
    ran = run_task(extract(text), try_number=2)
    assert ran.state == "success", ran.error
    assert ran.events == ["ready", *numbered(0, 100)]


@pytest.mark.parametrize(("code", "state"), [(0, "success"), (65, "failed")])
def test_a_second_break_just_before_the_end(engine: FakeEngine, code: int, state: str) -> None:
    """The last words, the result and the reason are all behind it."""
    refused = {**RESULT, "status": "refused", "error": {"code": 65, "kind": "data", "message": "why"}}
    result = DONE if code == 0 else f"print({json.dumps(json.dumps(refused))}, flush=True)\n"
    engine.cut_after, engine.cut_logs = 3000, [8000]
    ran = run_task(extract(f"for i in range(150): log(f'line {{i}}')\nlog('last words')\n{result}sys.exit({code})"))
    assert ran.state == state, ran.error
    assert ran.events == [*numbered(0, 150), "last words"]
    assert state == "success" or "why" in str(ran.error)


def test_more_breaks_than_any_patience_stop_no_step_that_is_well(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As behind a load balancer that ends what is silent for a minute, for two hours."""
    monkeypatch.setattr(docker_reader, "PATIENCE", 0.1)
    monkeypatch.setattr(docker_reader, "SETTLE", 0.1)
    engine.cut_after, engine.idle = 20, 0.01
    enough = tmp_path / "enough"

    def watch() -> None:
        until(lambda: engine.followed > 20)
        enough.touch()

    thread = threading.Thread(target=watch)
    thread.start()
    waiting = f"while not os.path.exists({str(enough)!r}): time.sleep(0.01)\n"
    ran = run_task(extract(f"log('one')\nlog('two')\n{waiting}log('three')\n" + DONE))
    thread.join()
    assert ran.state == "success", ran.error
    assert ran.events == ["one", "two", "three"]
    assert said(ran, BROKE) <= 2  # not each time
    assert engine.all[0].stop_sent == []


@pytest.mark.parametrize("seed", range(3))
def test_each_line_once_and_in_order_whatever_breaks(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Connections break at any byte, also before they bring anything new; lines are long, empty, equal."""
    source = random.Random(seed)
    engine.frame, engine.cut_after = source.choice([100, 32768]), source.randrange(30_000)
    engine.cut_logs = [source.choice([-1, source.randrange(40_000)]) for _ in range(50)]
    monkeypatch.setattr(docker_reader, "MARGIN", docker_reader.MARGIN * source.choice([0, 1]))
    line = "f'line {i}\\n' + 'same\\n' * (i % 3) + 'é' * 20_000 * (i % 500 == 499) + '\\n'"
    ran = run_task(extract(f"for i in range(1500): sys.stderr.write({line})\n" + DONE))
    assert ran.state == "success", ran.error
    wanted: list[str] = []
    for i in range(1500):
        wanted += [f"line {i}", *["same"] * (i % 3), "é" * 20_000 * (i % 500 == 499)]
    assert ran.events == wanted
    assert ran.xcoms["return_value"] == RESULT
    assert not engine.cut_logs or engine.followed > 5


def _once(flag: Path, lines: int) -> str:
    """Return a program whose result comes once its log is with the engine: two streams have no order of their own."""
    waiting = f"while not os.path.exists({str(flag)!r}): time.sleep(0.01)\n"
    return f"log('ready')\nfor i in range({lines}): log(f'line {{i}}')\n{waiting}{DONE}"


@pytest.mark.parametrize(("gone", "first", "missing"), [(500, 600, 0), (800, 800, 1)])
def test_rotation_takes_only_what_the_engine_no_longer_has(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, gone: int, first: int, missing: int
) -> None:
    text = _once(tmp_path / "flag", 1000)
    left = left_behind(engine, monkeypatch, text)
    until(lambda: len(left.log) == 1001)
    (tmp_path / "flag").touch()
    until(lambda: left.status == "exited")
    size = sum(8 + 31 + len(written) for *_, written in left.log[:601])  # with "ready"
    engine.cut_logs, engine.rotations = [size], [0, gone + 1]
    ran = run_task(extract(text), try_number=2)
    assert ran.state == "success", ran.error
    assert ran.events == ["ready", *numbered(0, 600), *numbered(first, 1000)]
    assert said(ran, "Lines may be missing") == missing


def test_lines_that_are_gone_while_it_is_found_out_where_to_read_on(engine: FakeEngine, tmp_path: Path) -> None:
    """The attached connection breaks after many lines, then the log within them, and then the log's beginning is gone."""
    engine.frame, engine.cut_after, engine.cut_logs, engine.rotations = 100, 20_000, [5000], [0, 300]

    def watch() -> None:
        until(lambda: any(len(c.log) == 1001 for c in engine.all))
        (tmp_path / "flag").touch()

    thread = threading.Thread(target=watch)
    thread.start()
    ran = run_task(extract(_once(tmp_path / "flag", 1000)))
    thread.join()
    assert ran.state == "success", ran.error
    assert ran.events == ["ready", *numbered(0, 1000)]


def test_a_log_that_ends_well_while_the_container_runs(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that restarts ends the streams, and the container may end before it is back."""
    monkeypatch.setattr(docker_reader, "SETTLE", 1)
    text = "log('ready')\ntime.sleep(0.5)\nlog('last')\n" + DONE
    left_behind(engine, monkeypatch, text)
    engine.end_logs = 1
    ran = run_task(extract(text), try_number=2)
    assert (ran.state, ran.events) == ("success", ["ready", "last"]), ran.error
    assert ran.xcoms["return_value"] == RESULT


def test_what_the_engine_says_of_a_log_that_it_cannot_read(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "log('ready')\nsys.exit(0)"
    left = left_behind(engine, monkeypatch, text)
    until(lambda: left.status == "exited")
    left.log.append((now(), WORDS, b"Error grabbing logs: invalid character"))
    monkeypatch.setattr(docker_reader, "PATIENCE", 0.1)
    ran = run_task(extract(text), try_number=2)
    assert ran.state == "up_for_retry"
    assert "Error grabbing logs: invalid character" in str(ran.error)


# The attached streams


def test_a_break_behind_the_result(engine: FakeEngine) -> None:
    """The result is there, and the last line of the log is not."""
    engine.cut_after = 200
    ran = run_task(extract("log('one')\n" + DONE + "time.sleep(0.2)\nlog('last ' + 'x' * 200)"))
    assert ran.state == "success", ran.error
    assert [event.split()[0] for event in ran.events] == ["one", "last"]


@pytest.mark.parametrize("after", [0, 60])
def test_a_connection_that_goes_silent(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Nothing comes, not even an end: a look at the container tells that it has ended."""
    monkeypatch.setattr(docker_reader, "LOOK", 0.3)
    engine.mute_after = after
    ran = run_task(extract("log('one')\nlog('two')\n" + DONE))
    assert ran.state == "success", ran.error
    assert ran.events == ["one", "two"]
    assert ran.xcoms["return_value"] == RESULT


def test_a_connection_that_goes_silent_while_the_container_writes(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lines come without waiting for its end."""
    monkeypatch.setattr(docker_reader, "LOOK", 0.2)
    monkeypatch.setattr(docker_reader, "SETTLE", 0.1)
    engine.mute_after = 20
    heard: list[bool] = []
    feed = LogLines.feed

    def listen(self: Any, chunk: bytes) -> None:
        heard.append(bool(engine.running))
        feed(self, chunk)

    monkeypatch.setattr(LogLines, "feed", listen)
    ran = run_task(extract("log('one')\nlog('two')\ntime.sleep(2)\n" + DONE))
    assert (ran.state, ran.events) == ("success", ["one", "two"])
    assert heard[0]


def test_a_log_that_goes_silent(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_reader, "LOOK", 0.2)
    text = "log('ready')\ntime.sleep(0.5)\nlog('last')\n" + DONE
    left_behind(engine, monkeypatch, text)
    engine.mute_logs = 3
    ran = run_task(extract(text), try_number=2)
    assert (ran.state, ran.events) == ("success", ["ready", "last"]), ran.error


def test_a_step_that_says_nothing_stays_attached(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_reader, "LOOK", 0.1)
    ran = run_task(extract("log('one')\ntime.sleep(1)\nlog('two')\n" + DONE))
    assert (ran.state, ran.events) == ("success", ["one", "two"])
    assert engine.followed == 0


def test_the_machine_probes_silent_connections(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    read = docker_stream.Attached.read

    def look(self: docker_stream.Attached, seconds: float) -> bytes | None:
        with socket.socket(fileno=os.dup(self._socket.fileno())) as same:
            seen.append(same.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
        return read(self, seconds)

    monkeypatch.setattr(docker_stream.Attached, "read", look)
    assert run_task(extract(DONE)).state == "success"
    assert set(seen) == {1}
    cli = APIClient(engine.url, version="1.41")
    docker_connection.adapt(cli)
    adapter = cli.get_adapter(f"{cli.base_url}/containers/x/logs")
    assert isinstance(adapter, HTTPAdapter)
    options = adapter.poolmanager.connection_pool_kw["socket_options"]
    assert (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1) in options


# The engine


def test_an_engine_that_stays_away_leaves_the_container_to_the_next_try(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = _once(tmp_path / "flag", 100)
    engine.cut_after, engine.cut_logs, engine.away = 500, [2000], 3600
    with monkeypatch.context() as patch:
        patch.setattr(docker_reader, "PATIENCE", 0.3)
        patch.setattr(docker_reader, "SETTLE", 0.1)
        ran = run_task(extract(text))
    assert ran.state == "up_for_retry"
    assert "has not answered for 0.3 s" in str(ran.error)
    (left,) = engine.containers.values()
    engine.cut_after, engine.away_until = None, 0.0
    (tmp_path / "flag").touch()
    ran = run_task(extract(text), try_number=2)
    assert ran.state == "success", ran.error
    assert ran.events == ["ready", *numbered(0, 100)]
    assert engine.all == [left]
    assert left.stop_sent == []


@pytest.mark.parametrize(
    "request_",
    [
        "GET /_ping",
        "GET /version",
        "GET /images",
        "GET /containers/json",
        "POST /containers/create",
        "GET /containers/0",
        "POST /containers/0",
        "DELETE /containers/0",
    ],
)
def test_a_lost_answer_costs_no_try(engine: FakeEngine, request_: str) -> None:
    """The engine has done what it was asked for, and nobody heard of it."""
    engine.cut_requests = [request_]
    ran = run_task(extract("log('one')\ntime.sleep(0.3)\n" + DONE))
    assert (ran.state, ran.events) == ("success", ["one"]), ran.error
    assert engine.most_running == 1
    assert engine.cut_requests == []
    assert not engine.containers
