"""A step that never stops talking fills no disk, and its task knows all the same how it ended."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from container_steps.log_volume import FRAME, LAST, LogVolume
from container_steps.logs import MAX_LINE, LogLines
from fake_cluster import FakeCluster
from fake_engine import FakeEngine
from parcels import step
from python_step import DONE, LOG, RESULT, extract
from running import Ran, recorded, run_task

SIZE = 20_000
COUNT = 3000
LINE = json.dumps({"level": "info", "message": "line", "n": 1000, "pad": "x" * 100}).encode() + b"\n"


def fed(most: int, *lines: bytes) -> list[dict[str, Any]]:
    with recorded() as records:
        volume = LogVolume(most, "[parcels] log_size")
        log = LogLines("parcels.extract", volume)
        for line in lines:
            log.feed(line)
        log.close()
        volume.close()
    return records


def numbered(count: int) -> list[bytes]:
    return [json.dumps({"level": "warn", "message": "line", "n": n}).encode() + b"\n" for n in range(count)]


def test_within_the_bound_nothing_is_said() -> None:
    lines = numbered(10)
    records = fed(sum(len(line) - 1 + FRAME for line in lines), *lines)
    assert [r["n"] for r in records] == list(range(10))


def test_beyond_it_the_last_lines_are_kept_and_the_others_counted() -> None:
    records = fed(SIZE, *numbered(COUNT))
    told = [i for i, r in enumerate(records) if "n" not in r]
    first, between, last = records[: told[0]], records[told[0] : told[1] + 1], records[told[1] + 1 :]
    assert [r["n"] for r in first] == list(range(len(first))) and 0 < len(first) * FRAME < SIZE
    assert [r["n"] for r in last] == list(range(COUNT - len(last), COUNT)) and 0 < len(last) * FRAME < LAST
    assert {r["log_level"] for r in first + last} == {"warning"}
    assert [(r["log_level"], r.get("bytes"), r.get("setting"), r.get("lines")) for r in between] == [
        ("warning", SIZE, "[parcels] log_size", None),
        ("warning", None, None, COUNT - len(first) - len(last)),
    ]


def test_where_all_that_is_beyond_is_kept_nothing_is_left_out() -> None:
    records = fed(10 * FRAME, *numbered(12))
    assert [r["n"] for r in records if "n" in r] == list(range(12))
    assert not [r for r in records if "lines" in r]


def test_one_line_that_is_longer_than_all_that_is_kept_is_kept_in_part() -> None:
    records = fed(1, b"x" * (3 * MAX_LINE + 5) + b"\n")
    pieces = [r for r in records if "part" in r]
    assert [(r["part"], r.get("parts"), len(r["event"])) for r in pieces] == [(4, 4, 5)]
    assert [r["lines"] for r in records if "lines" in r] == [3]


def test_what_is_held_is_bounded() -> None:
    volume = LogVolume(1)
    with recorded():
        log = LogLines("parcels.extract", volume)
        for _ in range(5000):
            log.feed(LINE)
    assert volume._held <= LAST
    assert len(volume._last) * FRAME <= LAST


CHATTY = f"""
for n in range({COUNT}):
    log("line", n=n)
"""


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__LOG_SIZE", "1g")
    monkeypatch.setenv("AIRFLOW__PARCELS__LOG_SIZE_EXTRACT", str(SIZE))


def is_bounded(ran: Ran) -> None:
    """Hold a task whose step wrote COUNT lines against its bound: lines of the beginning and the end, and its result."""
    assert ran.state == "success", ran.error
    assert ran.xcoms["return_value"] == RESULT
    numbers = [r["n"] for r in ran.lines]
    assert numbers == sorted(numbers) and (numbers[0], numbers[-1]) == (0, COUNT - 1)
    assert FRAME * len(numbers) < SIZE + LAST
    said = [r for r in ran.log if r.get("setting") == "[parcels] log_size_extract"]
    left_out = [r["lines"] for r in ran.log if "were left out" in str(r["event"])]
    assert (len(said), left_out) == (1, [COUNT - len(numbers)])


def test_a_container_that_talks_too_much_succeeds(engine: FakeEngine, bound: None) -> None:
    is_bounded(run_task(extract(CHATTY + DONE)))


def test_a_pod_that_talks_too_much_succeeds(cluster: FakeCluster, bound: None) -> None:
    is_bounded(run_task(extract(CHATTY + DONE)))


def test_the_result_in_a_pod_s_log_is_found_beyond_the_bound(cluster: FakeCluster, bound: None) -> None:
    cluster.exec_works = False  # so that nothing but the log has it
    is_bounded(run_task(extract(CHATTY + DONE)))


Program = Callable[[str], None]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Return what makes "extract" a program of this machine."""
    monkeypatch.setenv("AIRFLOW__PARCELS__RUNTIME", "process")
    monkeypatch.setenv("AIRFLOW__PARCELS__PROCESS_PROGRAM", f"{tmp_path}/{{step}}")

    def make(text: str) -> None:
        path = tmp_path / "extract"
        path.write_text(f"#!{sys.executable} -S\n{LOG}{text}")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    return make


def test_a_process_that_talks_too_much_succeeds(program: Program, bound: None) -> None:
    program(CHATTY + DONE)
    is_bounded(run_task(lambda: step("extract", "extract")))


def test_both_streams_count(program: Program, bound: None) -> None:
    """What stands on stdout before the result is logged, too."""
    program(f"for n in range({COUNT}): print('noise', n)\n" + DONE)
    ran = run_task(lambda: step("extract", "extract"))
    assert (ran.state, ran.xcoms["return_value"]) == ("success", RESULT)
    assert ran.events[-1] == f"noise {COUNT - 1}"
    assert FRAME * len(ran.events) < SIZE + LAST


def test_a_process_that_talks_for_ever_is_bounded_until_its_time_is_over(program: Program, bound: None) -> None:
    program("n = 0\nwhile True:\n    log('line', n=n)\n    n += 1\n")
    ran = run_task(lambda: step("extract", "extract", execution_timeout=timedelta(seconds=2)))
    assert ran.state == "up_for_retry"
    assert FRAME * len(ran.lines) < SIZE + LAST
    assert next(r["lines"] for r in ran.log if "were left out" in str(r["event"])) > 0


@pytest.mark.parametrize("size", ["0", "much", "-1m"])
def test_a_bound_that_is_none_is_refused_when_the_dag_is_read(monkeypatch: pytest.MonkeyPatch, size: str) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__LOG_SIZE", size)
    with pytest.raises(ValueError, match="is no size"):
        run_task(extract(DONE))
