"""Lines of a step's stderr become records of the task's log.

A line of JSON with level and message, as the steps write them, keeps its level, its time and its fields. Any other line passes
as it is, at level info, and at level error from the first line of a Go panic on. Nothing is buffered beyond MAX_LINE bytes:
a longer line comes in pieces, each with `part` (1, 2, …) and the last with `parts`.

The records have the logger "CONTRACT.STEP": `[logging] namespace_levels = CONTRACT=debug` lets debug lines through.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
import structlog

from container_steps.log_volume import LogVolume

MAX_LINE = 64 * 1024
"""Bytes; a longer line is passed on in pieces of this size."""

LEVELS = {
    "trace": "debug",
    "debug": "debug",
    "info": "info",
    "warn": "warning",
    "error": "error",
    "fatal": "critical",
    "panic": "critical",
}

# Keys that mean something else in a record: to structlog's methods, to its processors, to Airflow's supervisor (which hands a
# record on as arguments) or to the UI (which hides them).
_RESERVED = frozenset(
    {
        "timestamp",
        "event",
        "level",
        "logger",
        "logger_name",
        "msg",
        "target",
        "self",
        "method_name",
        "exception",
        "error_detail",
        "exc_info",
        "stack_info",
        "positional_args",
        "_record",
        "_from_structlog",
        "__level_override",
        "sort_key",
        "ti_id",
        "dag_id",
        "task_id",
        "run_id",
        "try_number",
        "map_index",
        "filename",
        "lineno",
        "loc",
        "pathname",
        "module",
        "func_name",
        "qual_name",
        "process",
        "process_name",
        "thread",
        "thread_name",
        "part",
        "parts",
    }
)

# As the step wrote them: the UI shows nothing for what is no text, number, list or object.
_WORDS = {True: "true", False: "false", None: "null"}

# A line with more brackets passes as text: what is nested too deeply would end Airflow's supervisor, which writes it again.
MAX_BRACKETS = 200

_PANICS = ("panic: ", "fatal error: ", "runtime: ", "SIGQUIT: ")

_decode = msgspec.json.Decoder().decode
_decode_time = msgspec.json.Decoder(datetime).decode


class LogLines:
    """Takes a stream of bytes in chunks of any size, and logs its lines one by one.

    `feed` returns when the lines are logged, so whoever reads the stream waits for the log, and the step for its reader.
    """

    def __init__(self, name: str, volume: LogVolume | None = None, *, result: Callable[[bytes], None] | None = None):
        """Make the log of a step, whose logger has the name.

        What both streams of a step share is its volume. Where stdout comes in the same stream, result takes the line that is the
        step's result.
        """
        logger = structlog.get_logger(name)
        self._result = result
        self._volume = volume or LogVolume()
        self._log: dict[str, Callable[..., Any]] = {level: getattr(logger, name) for level, name in LEVELS.items()}
        self._rest = bytearray()  # an unfinished line, at most MAX_LINE bytes
        self._parts = 0  # pieces of the unfinished line that came already
        self._lines = 0  # whole lines that came
        self._logged = (0, 0)  # lines and pieces that were logged before the unfinished line was dropped
        self._panicking = False

    def feed(self, chunk: bytes) -> None:
        """Log the lines that end in chunk."""
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            self._end_of_line(chunk[start:end])
            start = end + 1
        if start < len(chunk):
            self._rest += chunk[start:]
            self._cut()

    def close(self) -> None:
        """Log what stands behind the last line feed."""
        if self._rest or self._parts:
            self._end_of_line(b"")

    def drop_unfinished(self) -> None:
        """Forget the unfinished line: it comes once more, and those of its pieces that are logged already are passed over."""
        self._logged = max(self._logged, (self._lines, self._parts))
        self._rest.clear()
        self._parts = 0

    def from_here(self) -> None:
        """Pass over no piece of the next line: it is not the one that was unfinished."""
        self._logged = (self._lines, 0)

    def _end_of_line(self, end: bytes) -> None:
        line: bytes | bytearray = end
        if self._rest or len(end) > MAX_LINE:
            self._rest += end
            self._cut()
            line = bytes(self._rest)
            self._rest.clear()
        if self._parts:
            self._piece(line, last=True)
        else:
            self._line(line)
        self._lines += 1
        self._parts = 0

    def _cut(self) -> None:
        """Log what is too long to wait for its end."""
        while len(self._rest) > MAX_LINE:
            cut = _character_start(self._rest, MAX_LINE)
            self._piece(self._rest[:cut], last=False)
            del self._rest[:cut]

    def _piece(self, piece: bytes | bytearray, *, last: bool) -> None:
        self._parts += 1
        if (self._lines, self._parts) > self._logged:
            self._other(piece, part=self._parts, **({"parts": self._parts} if last else {}))

    def _line(self, line: bytes | bytearray) -> None:
        record = _record(line) if line[:1] == b"{" else None
        if record is None:
            if self._result is not None and line.startswith(b'{"status":'):
                self._result(bytes(line))
            else:
                self._other(line)
            return
        level, message, fields = record
        self._panicking = False
        self._volume.log(len(line), self._log[level], message, fields)

    def _other(self, line: bytes | bytearray, **extra: int) -> None:
        text = line.decode("utf-8", errors="backslashreplace")
        if text.startswith(_PANICS):
            self._panicking = True
        self._volume.log(len(line), self._log["error" if self._panicking else "info"], text, extra)


def _record(line: bytes | bytearray) -> tuple[str, str, dict[str, Any]] | None:
    """Return level, message and the other fields of a line as the steps write them; None for any other line."""
    if line.count(b"{") + line.count(b"[") > MAX_BRACKETS:
        return None
    try:
        fields = _decode(line)
        level, message = fields.pop("level"), fields.pop("message", "")
        if level not in LEVELS or not isinstance(message, str):
            return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError, TypeError):
        return None
    return level, message, _extra(fields)


def _extra(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields as keys of a record. A time becomes the record's own; what is called so and is none stays a field."""
    time = fields.pop("time", None)
    if not _RESERVED.isdisjoint(fields):
        fields = _renamed(fields)
    for key, value in fields.items():
        if value is None or isinstance(value, bool):
            fields[key] = _WORDS[value]
    if time is not None:
        fields["timestamp" if _is_time(time) else "time"] = time
    return fields


def _renamed(fields: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in fields.items() if k not in _RESERVED}
    for key in fields.keys() & _RESERVED:
        name = f"field_{key}"
        while name in kept:
            name += "_"
        kept[name] = fields[key]
    return kept


def _is_time(value: Any) -> bool:
    # Airflow's supervisor decodes a timestamp this very way, and ends where that fails.
    if not isinstance(value, str):
        return False
    try:
        _decode_time(b'"%b"' % value.encode())
    except (msgspec.DecodeError, UnicodeEncodeError):
        return False
    return True


def _character_start(text: bytes | bytearray, at: int) -> int:
    """Return the start of the UTF-8 character that holds the byte at, or at itself where there is none within reach."""
    for start in range(at, at - 4, -1):
        if text[start] & 0xC0 != 0x80:
            return start
    return at
