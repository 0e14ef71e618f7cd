"""The settings of the DAGs: when they run, how often a task is tried, how long it may take, and who hears of a red or late run.

They stand in the section [covers] beside those of the runtimes. Reading them touches no connection and no network, so that a DAG
file may; what cannot be used is an import error that says so.
"""

from __future__ import annotations

import re
from datetime import timedelta

from airflow.providers.common.compat.sdk import conf

from container_steps import Setting

SECTION = "covers"


TABLE = [
    Setting("on_failure", "", "dotted path of a function or a notifier that is told of a red run; empty: nobody is"),
    Setting("on_late", "", "the same, for a run that missed its deadline and for days that were missed"),
    Setting("schedule_covers", "0 6 * * *", "when `covers` runs, UTC: a minute and an hour of every day"),
    Setting("schedule_covers_care", "0 10 * * 1", "when `covers_care` runs, UTC: a minute and an hour of one weekday"),
    Setting("schedule_covers_simulate", "0 5 * * *", "when `covers_simulate` runs, UTC: a minute and an hour of every day"),
    Setting("deadline_covers", "3h", "how long after it was queued a run is late; s, m or h, or none"),
    Setting("deadline_covers_care", "12h", "the same"),
    Setting("deadline_covers_simulate", "1h", "the same"),
    Setting("max_active_runs_covers", "4", "how many of its runs may be active at once"),
    Setting("max_active_runs_covers_care", "1", "the same"),
    Setting("max_active_runs_covers_simulate", "4", "the same"),
    Setting("retries", "5", "how often a task is tried again, where another try may help"),
    Setting("retry_delay", "4m", "how long before the first of these, doubled each time"),
    Setting("max_retry_delay", "30m", "how long before one at most"),
    Setting(
        "execution_timeout",
        "2h",
        "how long a try may take, with its container's start; the step ends itself after nine tenths of it",
        by_step=True,
    ),
    Setting("execution_timeout_extract", "6h", "the same for extract"),
    Setting("execution_timeout_care", "6h", "the same for reconcile and tidy"),
]
_DEFAULTS = {s.name: s.default for s in TABLE}

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}
_DAILY = r"[0-5]?[0-9] (1?[0-9]|2[0-3]) \* \* \*"
_WEEKLY = r"[0-5]?[0-9] (1?[0-9]|2[0-3]) \* \* [0-7]"


def text(name: str) -> str:
    """Return a setting as text."""
    return str(conf.get(SECTION, name, fallback=_DEFAULTS.get(name))).strip()


def number(name: str, least: int) -> int:
    """Return a setting that is a whole number."""
    value = text(name)
    if not value.isdecimal() or int(value) < least:
        raise ValueError(f"[{SECTION}] {name} is {value!r}: want a whole number from {least} on")
    return int(value)


def duration(name: str) -> timedelta:
    """Return a setting that is a time, as 90s, 4m or 2h."""
    value = text(name)
    if not re.fullmatch(r"[1-9][0-9]{0,5}[smh]", value):
        raise ValueError(f"[{SECTION}] {name} is {value!r}: want a number with s, m or h, as 4m")
    return timedelta(**{_UNITS[value[-1]]: int(value[:-1])})


def deadline(dag: str) -> timedelta | None:
    """Return how long after it was queued a run of a DAG is late, None where it never is."""
    name = f"deadline_{dag}"
    return None if text(name) == "none" else duration(name)


def execution_timeout(step: str) -> timedelta:
    """Return how long a try of a step may take: the step's own setting, or everybody's."""
    own = f"execution_timeout_{step}"
    return duration(own if own in _DEFAULTS or conf.get(SECTION, own, fallback=None) is not None else "execution_timeout")


def schedule(dag: str, *, weekly: bool = False) -> str:
    """Return when a DAG runs, as cron. A run's key counts by days, or by weeks, so that no other rhythm will do."""
    name = f"schedule_{dag}"
    cron = " ".join(text(name).split())
    if not re.fullmatch(_WEEKLY if weekly else _DAILY, cron):
        wanted = "one weekday, as 0 10 * * 1" if weekly else "every day, as 0 6 * * *"
        raise ValueError(f"[{SECTION}] {name} is {cron!r}: want a minute and an hour (UTC) of {wanted}")
    return cron


def callback_path(name: str) -> str:
    """Return the dotted path of on_failure or on_late, whose form is checked and whose module is not imported; empty for none."""
    path = text(name)
    if path and not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", path):
        raise ValueError(f"[{SECTION}] {name} is {path!r}: want the dotted path of a function or a notifier, as my_alerts.slack")
    return path
