"""What an image writes on stderr."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import msgspec

from container_steps.conform.check import PASSED, Finding, failed, must, not_applicable, should, some
from container_steps.conform.evidence import Evidence
from container_steps.logs import LEVELS, MAX_BRACKETS, MAX_LINE

LATE = timedelta(seconds=5)
"""How far a line's own time may be from when it was written: a machine may be busy, and a clock is read before a line is made."""

_NO_LOG = not_applicable("no run logged anything")


@must(
    17,
    f"Every line of stderr is a JSON object with `level` ({', '.join(LEVELS)}) and `message`, a text",
    "use the JSON handler of your log library with these names, also for errors of arguments and for what libraries log",
)
def lines(e: Evidence) -> Finding:
    """Judge the form of every line."""
    logged = [(f"line {n} of {name}", line) for name, run in e.runs.items() for n, line in enumerate(run.lines, 1)]
    wrong = [f"{where} {why}: {line[:120].decode(errors='backslashreplace')}" for where, line in logged if (why := _wrong(line))]
    if wrong:
        return failed(some(wrong))
    return PASSED if logged else _NO_LOG


@must(
    18,
    f"A line of stderr has at most {MAX_LINE:,} bytes",
    "cut long values, or store them and log where: a longer line comes to Airflow in pieces, as text",
)
def short(e: Evidence) -> Finding:
    """Judge the lines' length."""
    lengths = [len(line) for run in e.runs.values() for line in run.lines]
    if not lengths:
        return _NO_LOG
    return failed(f"one has {max(lengths):,}") if max(lengths) > MAX_LINE else PASSED


@should(
    19,
    "`time` of a line is when it was written, by RFC 3339 with a zone",
    "log it in UTC with at least milliseconds (2026-03-28T01:02:03.004Z), and write a line when it happens, not at the end",
)
def time(e: Evidence) -> Finding:
    """Judge the lines' times by the clock of whoever keeps the log."""
    judged = False
    for name, run in e.runs.items():
        for n, (line, at) in enumerate(zip(run.lines, run.logged_at, strict=False), 1):
            value = _object(line)
            if value is None:
                continue  # C17 says so
            judged = True
            own = _time(value.get("time"))
            if own is None:
                return failed(f"line {n} of {name} has no time with a zone: {json.dumps(value.get('time'))}")
            if at is not None and abs(at - own) > LATE:
                seconds = (at - own).total_seconds()
                how = f"{abs(seconds):.0f} s {'after' if seconds > 0 else 'before'} its time"
                return failed(f"line {n} of {name} was written {how}, {own.isoformat()}")
    return PASSED if judged else _NO_LOG


def _wrong(line: bytes) -> str:
    """Return what a line of the log lacks."""
    value = _object(line)
    if value is None:
        return "is no JSON object"
    if "level" not in value:
        return "has no level"
    if not isinstance(value["level"], str) or value["level"] not in LEVELS:
        return "has a level that is none of these"
    if not isinstance(value.get("message"), str):
        return "has no message that is a text"
    if line.count(b"{") + line.count(b"[") > MAX_BRACKETS:
        return f"has more than {MAX_BRACKETS} brackets, and may be nested too deeply"
    return ""


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _time(text: Any) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return time if time.tzinfo and "T" in text else None
