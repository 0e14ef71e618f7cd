"""Lines of stderr become records of the task's log."""

from __future__ import annotations

import json
import random
from datetime import datetime
from typing import Any

import msgspec
import pytest

from container_steps.logs import MAX_LINE, LogLines
from cuts import cuts
from running import recorded


def logged(*chunks: bytes) -> list[dict[str, Any]]:
    with recorded() as records:
        lines = LogLines("parcels.extract")
        for chunk in chunks:
            lines.feed(chunk)
        lines.close()
    return records


def line(message: str = "m", level: str = "info", **fields: Any) -> bytes:
    return json.dumps({"level": level, **fields, "message": message}, ensure_ascii=False).encode() + b"\n"


def one(*chunks: bytes) -> dict[str, Any]:
    (record,) = logged(*chunks)
    return record


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("trace", "debug"),
        ("debug", "debug"),
        ("info", "info"),
        ("warn", "warning"),
        ("error", "error"),
        ("fatal", "critical"),
        ("panic", "critical"),
    ],
)
def test_level_is_the_lines_own(theirs: str, ours: str) -> None:
    assert one(line(level=theirs))["log_level"] == ours


def test_time_is_the_lines_own() -> None:
    assert one(line(time="2026-03-28T01:02:03.004Z"))["timestamp"] == "2026-03-28T01:02:03.004Z"


@pytest.mark.parametrize("time", ["yesterday", "", 5, None, '"2026', "2026-03-28", "\ud800"])
def test_a_time_that_is_none_stays_a_field(time: Any) -> None:
    """Airflow's supervisor decodes a timestamp, and ends where it cannot."""
    record = one(json.dumps({"level": "info", "message": "m", "time": time}).encode() + b"\n")
    assert "timestamp" not in record


def test_every_timestamp_is_one_for_the_supervisor() -> None:
    for time in ("2026-03-28T01:02:03Z", "2026-03-28T01:02:03.123456789+02:00"):
        msgspec.json.decode(f'"{one(line(time=time))["timestamp"]}"', type=datetime)


def test_what_the_ui_would_leave_empty_is_a_word() -> None:
    """It shows `stable=` and nothing behind it for true, false and null."""
    record = one(line(stable=True, dry=False, cause=None))
    assert record | {"stable": "true", "dry": "false", "cause": "null"} == record


def test_fields_become_extra_keys() -> None:
    record = one(line(rows=5, source="depot/101", nested={"a": [1, None, True]}, share=0.5))
    assert record | {"rows": 5, "source": "depot/101", "nested": {"a": [1, None, True]}, "share": 0.5} == record


RESERVED = [
    "event",
    "logger",
    "logger_name",
    "timestamp",
    "msg",
    "target",
    "self",
    "method_name",
    "exception",
    "error_detail",
    "exc_info",
    "stack_info",
    "ti_id",
    "dag_id",
    "task_id",
    "run_id",
    "try_number",
    "map_index",
    "filename",
    "lineno",
    "loc",
    "_record",
    "positional_args",
]


@pytest.mark.parametrize("key", RESERVED)
def test_reserved_keys_are_renamed(key: str) -> None:
    record = one(line("m", **{key: "theirs", f"field_{key}": "taken"}))
    assert record["event"] == "m"
    assert (record[f"field_{key}"], record[f"field_{key}_"]) == ("taken", "theirs")
    assert record.get(key) != "theirs"


@pytest.mark.parametrize(
    "text",
    [
        b"plain text",
        b'{"level":"info"',
        b"[1,2]",
        b'"text"',
        b"{}",
        b'{"message":"no level"}',
        b'{"level":"loud","message":"m"}',
        b'{"level":["info"],"message":"m"}',
        b'{"level":"info","message":5}',
        b"  indented\ttext \r",
        b"",
        b'{"level":"info","message":"x","n":1e999}',
        b'{"a":' * 150 + b"1" + b"}" * 150,
        b'{"level":"info","message":"deep","a":' + b"[" * 900 + b"]" * 900 + b"}",
        b"%s %d 100%",
    ],
)
def test_other_lines_come_through_untouched(text: bytes) -> None:
    record = one(text + b"\n")
    assert (record["log_level"], record["event"]) == ("info", text.decode())


def test_bytes_that_are_no_utf8_stay_readable() -> None:
    assert one(b"\xff\x00 \xc3\xa9\n")["event"] == "\\xff\x00 é"


def test_a_panic_is_an_error_to_its_end() -> None:
    records = logged(line("before"), b"panic: oh no\n\ngoroutine 1 [running]:\nmain.main()\n", line("after", "info"), b"text\n")
    assert [r["log_level"] for r in records] == ["info", "error", "error", "error", "error", "info", "info"]


def test_chunks_split_and_join_nothing() -> None:
    """Any cut of a stream, in the middle of a character too, gives the same records."""
    text = b"".join([line("Zoë 東京 🍽", note="ä"), b"plain \xf0\x9f\x8d\xbd text\n", b"\n", line("two", "warn", n=2), b"no end"])
    whole = logged(text)
    assert [r["event"] for r in whole] == ["Zoë 東京 🍽", "plain 🍽 text", "", "two", "no end"]
    for chunks in cuts(text, random.Random(1), 200):
        assert logged(*chunks) == whole


def test_a_long_line_comes_in_marked_pieces_that_end_between_characters() -> None:
    text = ("é" * MAX_LINE).encode()
    for chunks in ([text, b"\n"], [text + b"\n"], [b"x" + text[:1000], text[1000:], b"\n"]):
        records = logged(*chunks, line("after"))
        assert "".join(r["event"] for r in records[:-1]).removeprefix("x") == "é" * MAX_LINE
        assert [r["part"] for r in records[:-1]] == list(range(1, len(records)))
        assert [r.get("parts") for r in records[:-1]] == [None] * (len(records) - 2) + [len(records) - 1]
        assert records[-1]["event"] == "after"
        assert "\\x" not in "".join(r["event"] for r in records)


def test_a_line_of_just_the_limit_is_whole() -> None:
    padding = MAX_LINE - len(line("", pad="")) + 1
    (record,) = logged(line("", pad="y" * padding))
    assert record["pad"] == "y" * padding


def test_an_endless_line_is_not_kept() -> None:
    with recorded() as records:
        lines = LogLines("parcels.extract")
        for _ in range(100):
            lines.feed(b"z" * 50_000)
            assert len(lines._rest) <= MAX_LINE
    assert len(records) == 76


def test_the_loggers_name_is_the_programs() -> None:
    assert one(line())["logger_name"] == "parcels.extract"
