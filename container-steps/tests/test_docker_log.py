"""A stream of a container that comes again is logged once, whatever of its beginning is gone."""

from __future__ import annotations

import random
from typing import Any

import pytest

import container_steps.docker_log as docker_log
from container_steps.docker_log import AgainLog
from container_steps.logs import MAX_LINE, LogLines
from cuts import cuts
from running import recorded


class Heard:
    """A log that is read in several goes, and what came of it."""

    def __init__(self) -> None:
        self.missing = 0
        self.log = AgainLog(LogLines("extract"), self._note)

    def _note(self) -> None:
        self.missing += 1


def events(records: list[dict[str, Any]]) -> list[str]:
    return [r["event"] for r in records]


def text(first: int, end: int) -> bytes:
    return b"".join(b"line %d\n" % i for i in range(first, end))


def numbered(*ranges: range) -> list[str]:
    return [f"line {i}" for numbers in ranges for i in numbers]


@pytest.mark.parametrize(
    ("before", "again", "after", "missing"),
    [
        pytest.param(text(0, 40), text(0, 50), [range(50)], 0, id="all is there"),
        pytest.param(text(0, 40), text(30, 50), [range(50)], 0, id="its beginning is gone and known"),
        pytest.param(text(0, 40), text(39, 50), [range(50)], 0, id="one line is known"),
        pytest.param(text(0, 1), text(30, 50), [range(1), range(30, 50)], 1, id="lines are gone that nobody saw"),
        pytest.param(text(0, 40), text(40, 50), [range(50)], 1, id="nothing is known of what is there"),
        pytest.param(text(0, 40) + b"line 4", text(30, 50), [range(50)], 0, id="it broke within a line"),
        pytest.param(text(0, 40), b"e 29\n" + text(30, 50), [range(50)], 0, id="it begins with the rest of a line"),
        pytest.param(text(0, 40), text(0, 40), [range(40)], 0, id="nothing is new"),
        pytest.param(text(0, 40), text(0, 20), [range(40)], 0, id="the engine has less than was read"),
        pytest.param(text(0, 40), b"", [range(40)], 0, id="the engine has nothing"),
        pytest.param(b"", text(30, 50), [range(30, 50)], 0, id="nothing was read"),
    ],
)
def test_what_comes_again(before: bytes, again: bytes, after: list[range], missing: int) -> None:
    for chunks in cuts(again, random.Random(1), 50):
        with recorded() as records:
            heard = Heard()
            heard.log.feed(before)
            heard.log.again()
            for chunk in chunks:
                heard.log.feed(chunk)
            heard.log.close()
        assert (events(records), heard.missing) == (numbered(*after), missing)


def test_a_line_comes_as_soon_as_it_is_known_to_be_new() -> None:
    """A stream that is followed may be silent for hours behind its last line."""
    with recorded() as records:
        heard = Heard()
        heard.log.feed(text(0, 40))
        heard.log.again()
        heard.log.feed(text(20, 41))
        assert events(records) == numbered(range(41))


@pytest.mark.parametrize("seed", range(30))
def test_it_may_break_anywhere_and_often(seed: int) -> None:
    """Also in the middle of a long line; lines that are equal, as empty ones, are told by those beside them."""
    source = random.Random(seed)
    lines = [source.choice([b"\n", b"same\n", b"line %d\n" % i]) for i in range(40)]
    lines[20] = b"L" * 3 * MAX_LINE + b"\n"
    whole = b"".join(lines)
    with recorded() as records:
        heard = Heard()
        for _ in range(source.randrange(4)):
            end = source.randrange(len(whole) + 1)
            for start in range(0, end, 40_000):
                heard.log.feed(whole[start : min(start + 40_000, end)])
            heard.log.again()
        heard.log.feed(whole)
        heard.log.close()
    with recorded() as wanted:
        once = LogLines("extract")
        once.feed(whole)
        once.close()
    assert records == wanted


@pytest.mark.parametrize("seed", range(30))
def test_the_engine_forgets_more_each_time(seed: int) -> None:
    source = random.Random(seed)
    lines = [b"line %d %d\n" % (i, source.randrange(10)) for i in range(300)]
    with recorded() as records:
        heard, read, kept = Heard(), 0, 0
        while read < len(lines):
            kept = source.randrange(kept, read + 1) if read else 0  # at most what was read: then nothing can be missing
            kept = min(kept, max(0, read - 1))
            read = source.randrange(read, len(lines) + 1)
            heard.log.feed(b"".join(lines[kept:read]))
            if read < len(lines):
                heard.log.again()
        heard.log.close()
    assert (events(records), heard.missing) == ([line.decode().strip() for line in lines], 0)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a long log the newest lines are known, and the first by which it is told that nothing is gone."""
    monkeypatch.setattr(docker_log, "MOST_KNOWN", 100)
    monkeypatch.setattr(docker_log, "MOST_HELD", 200)
    for first in (0, 950):
        with recorded() as records:
            heard = Heard()
            heard.log.feed(text(0, 1000))
            assert len(heard.log._known) <= 100
            heard.log.again()
            for start in range(first, 1010, 10):
                heard.log.feed(text(start, start + 10))
                assert heard.log._coming is None or heard.log._coming.held <= 200
            heard.log.close()
        assert (events(records), heard.missing) == (numbered(range(1010)), 0)


def test_a_line_longer_than_is_held_is_known_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_log, "MOST_HELD", 200)
    log = b"x" * 1000 + b"\n" + text(0, 10)
    with recorded() as records:
        heard = Heard()
        heard.log.feed(log)
        heard.log.again()
        heard.log.feed(log + text(10, 12))
        heard.log.close()
    assert events(records) == ["x" * 1000, *numbered(range(12))]
