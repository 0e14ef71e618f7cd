"""Who hears of a run that is red, late or missing: what [covers] on_failure and on_late name.

Either names a function of one argument, Airflow's context, or a notifier, as `my_alerts.slack`. It is looked up when there is
something to tell, and finds the `Alert` in the context: `context["alert"].text`, in a notifier's template `{{ alert.text }}`.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import quote

from airflow.providers.common.compat.sdk import conf
from airflow.sdk import BaseNotifier

from covers_airflow import dag_settings

MOST = 10
"""How many failed steps an alert spells out. The others are in the UI: what fails everywhere has one reason."""

log = logging.getLogger(__name__)


class AlertError(Exception):
    """Says why nobody could be told."""


@dataclass(frozen=True)
class Failure:
    """A step that failed for good.

    :param step: what it is, as "extract of opentable/101"
    :param reason: its exit code with what that means, its own words, and what to do next
    :param code: the exit code, None where nobody knows it
    :param link: the address of the task's log
    """

    step: str
    reason: str
    code: int | None
    link: str


@dataclass(frozen=True)
class Alert:
    """What somebody is to hear of.

    :param kind: "failed", "late" or "missed"
    :param dag: the DAG
    :param run: the run's id
    :param day: the day that the run is for, empty where it is for none
    :param title: one line, for a subject
    :param next: what to do
    :param link: the address of the run
    :param failures: the steps that failed
    """

    kind: str
    dag: str
    run: str
    day: str
    title: str
    next: str
    link: str
    failures: Sequence[Failure] = ()

    @property
    def text(self) -> str:
        """All of it as plain text."""
        lines = [self.title, ""]
        for failure in self.failures[:MOST]:
            lines += [f"- {failure.step}: {failure.reason}", f"  {failure.link}"]
        if len(self.failures) > MOST:
            lines.append(f"- and {len(self.failures) - MOST} more")
        if self.failures:
            lines.append("")
        return "\n".join([*lines, f"What to do: {self.next}", f"The run: {self.link}"])


def link(dag: str, run: str, task: str = "", map_index: int = -1) -> str:
    """Return the address of a run, or of a task in it, in Airflow's UI."""
    base = str(conf.get("api", "base_url", fallback="http://localhost:8080")).rstrip("/")
    address = f"{base}/dags/{quote(dag, safe='')}/runs/{quote(run, safe='')}"
    if task:
        address += f"/tasks/{quote(task, safe='')}"
        if map_index >= 0:
            address += f"/mapped/{map_index}"
    return address


def resolve(setting: str) -> Callable[[Any], Any] | None:
    """Return what on_failure or on_late names, None where it names nothing; AlertError where that cannot be called."""
    path = dag_settings.callback_path(setting)
    if not path:
        return None
    module, _, name = path.rpartition(".")
    try:
        found = getattr(import_module(module), name)
    except Exception as e:  # the module is somebody else's, and may fail in any way
        raise AlertError(
            f"[{dag_settings.SECTION}] {setting} is {path}, which cannot be imported ({type(e).__name__}: {e}): "
            "put its module beside the DAG files or in Airflow's plugins folder, with what it imports installed"
        ) from e
    if isinstance(found, type) or not callable(found):
        raise AlertError(
            f"[{dag_settings.SECTION}] {setting} is {path}, which is {_what(found)}: name a function of one argument, or a "
            "notifier that is made already, as my_alerts.slack"
        )
    call: Callable[[Any], Any] = found
    return call


def tell(setting: str, alert: Alert, context: Mapping[str, Any]) -> None:
    """Log an alert, and tell who is named."""
    log.error("%s", alert.text)
    call = resolve(setting)
    if call is None:
        return
    if isinstance(call, BaseNotifier):
        call = copy.copy(call)  # it puts what it has rendered in place of its templates, and would say the same the next time
    call({**context, "alert": alert})


def _what(found: Any) -> str:
    return f"the class {found.__name__}" if isinstance(found, type) else f"of type {type(found).__name__}"
