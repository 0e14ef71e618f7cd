"""Whether what is configured can be used: the section [covers], restaurants.yaml, and who is to hear of trouble."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import partial
from typing import Any

from airflow.providers.common.compat.sdk import conf

from covers_airflow import CONTRACT, alerts, dag_settings
from covers_airflow.checks import Finding, right, unseen, wrong
from covers_airflow.contract import STEPS
from covers_sources import Platform, platforms

DAGS = {"covers": False, "covers_care": True, "covers_simulate": False}
"""The DAGs, and which of them runs once a week."""

_ZONES = ("raw", "staging", "processed")


def settings() -> Iterator[Finding]:
    """Read each setting as a DAG or a task does, and look for names that are none."""
    found = list(filter(None, map(_error_of, _reads())))
    found += list(_unknown())
    found += [f"[covers] {zone} is empty: set the zone's URL" for zone in _ZONES if not CONTRACT.settings.get(zone)]
    if not CONTRACT.settings.get("warehouse") and not CONTRACT.settings.get("warehouse_connection"):
        found.append("[covers] warehouse and warehouse_connection are both empty: set the URL, or a connection that has it")
    for says in dict.fromkeys(found):
        yield wrong("settings", says)
    if not found:
        yield right("settings", f"understood, for the runtime {CONTRACT.settings.runtime()} and {len(STEPS)} steps")


def _reads() -> Iterator[Callable[[], Any]]:
    for step in STEPS:
        yield partial(_check, step)
        yield partial(dag_settings.execution_timeout, step)
    for dag, weekly in DAGS.items():
        yield partial(dag_settings.schedule, dag, weekly=weekly)
        yield partial(dag_settings.deadline, dag)
        yield partial(dag_settings.number, f"max_active_runs_{dag}", 1)
    yield partial(dag_settings.number, "retries", 0)
    yield partial(dag_settings.duration, "retry_delay")
    yield partial(dag_settings.duration, "max_retry_delay")


def _check(step: str) -> None:
    try:
        CONTRACT.settings.check(step)
    except ValueError as e:
        raise ValueError(f"of the step {step}: {e}") from None


def _error_of(read: Callable[[], Any]) -> str:
    try:
        read()
    except ValueError as e:
        return str(e)
    return ""


def _unknown() -> Iterator[str]:
    """Name what stands in the section and means nothing: a slip of the pen changes nothing, and nobody says so."""
    known = set()
    for setting in CONTRACT.settings.table:
        known |= {setting.name} | ({f"{setting.name}_{step}" for step in STEPS} if setting.by_step else set())
    for name in sorted(_set() - known):
        near = get_close_matches(name, known, 1)
        yield f"[covers] {name} is no setting{f'; did you mean {near[0]}?' if near else ''}"


def _set() -> set[str]:
    prefix = "AIRFLOW__COVERS__"
    found = {name.removeprefix(prefix).lower() for name in os.environ if name.startswith(prefix)}
    section = conf.getsection("covers") or {}
    return {
        name.removesuffix("_cmd").removesuffix("_secret") if name.endswith(("_cmd", "_secret")) else name for name in found
    } | {str(name).lower() for name in section}


def restaurants() -> tuple[list[Platform], list[Finding]]:
    """Return the platforms that the DAGs have tasks for."""
    what = "restaurants"
    try:
        found = platforms()
        rates = [f"{p.name}: {len(p.sources)} sources, {p.rate} requests a second each" for p in found]
    except FileNotFoundError as e:
        return [], [wrong(what, f"{e.filename} is not there: put restaurants.yaml there, or set COVERS_RESTAURANTS for Airflow")]
    except Exception as e:  # whatever a wrong file makes of the reading
        return [], [wrong(what, f"restaurants.yaml cannot be read ({type(e).__name__}: {e}): see the repository's own")]
    if not found:
        return [], [wrong(what, "restaurants.yaml has no restaurant and no account: nothing would be read")]
    return found, [right(what, says) for says in rates]


def callbacks() -> Iterator[Finding]:
    """Look up who is told."""
    for setting, of in (("on_failure", "a red run"), ("on_late", "a late run and missed days")):
        what = f"alerts, {setting}"
        try:
            call = alerts.resolve(setting)
        except (alerts.AlertError, ValueError) as e:
            yield wrong(what, str(e))
            continue
        if call is None:
            yield unseen(what, f"nobody hears of {of}: name somebody in [covers] {setting}, as covers_airflow.notify.slack")
        else:
            yield right(what, f"{dag_settings.callback_path(setting)} hears of {of}")
