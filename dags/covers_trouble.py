"""What a run tells of its trouble: that it is red, that it is late, which days before it are missing.

A run tells once that it is red, when it is over, of all its steps that failed for good: Airflow calls the DAG's own failure
callback in its DAG processor. A task that is tried again, and one that waited in vain for another, are not told of.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference
from airflow.sdk.exceptions import AirflowFailException

from container_steps.exits import FAILURE_KEY
from covers_airflow import dag_settings
from covers_airflow.alerts import Alert, Failure, link, tell
from covers_sources import Platform

if TYPE_CHECKING:
    from airflow.sdk import Context

PROCESSED = Asset("covers_processed")
"""What transform changes: each day that a run has brought through has an event of it."""

LOOK_BACK = timedelta(days=31)
"""How far back days are looked for that no run has brought in. After a longer outage nothing says where it began."""

SILENT = "it said nothing: its worker died, or it took longer than its execution_timeout. Its log may have more"

log = logging.getLogger(__name__)


def refuse(context: Mapping[str, Any], words: str) -> AirflowFailException:
    """Return the exception that fails a task for good, and leave its words where the run's alert finds them."""
    context["ti"].xcom_push(key=FAILURE_KEY, value={"code": None, "reason": words, "result": None})
    return AirflowFailException(words)


def red(platforms: Iterable[Platform]) -> Callable[[Context], None]:
    """Make the callback of a DAG that tells of a red run."""
    known = tuple(platforms)
    for setting in ("on_failure", "on_late"):
        dag_settings.callback_path(setting)  # one that is no path at all shows when the file is read

    def tell_of_a_red_run(context: Context) -> None:
        found: Any = context
        ti = found.get("ti")
        failures = _failures(ti, known) if ti is not None else ()  # without one Airflow knows of no task that ran
        dag, run = found["dag"].dag_id, found["run_id"]
        day = _day(found)
        steps = f"{len(failures)} step{'s' if len(failures) != 1 else ''} failed" if failures else str(found.get("reason"))
        tell(
            "on_failure",
            Alert(
                kind="failed",
                dag=dag,
                run=run,
                day=day,
                title=f"{dag}{f' of {day}' if day else ''} is red: {steps}",
                next="mend what each step names, then clear it with its downstream tasks; docs/airflow.md, A red run",
                link=link(dag, run),
                failures=failures,
            ),
            found,
        )

    return tell_of_a_red_run


def _failures(ti: Any, platforms: Iterable[Platform]) -> tuple[Failure, ...]:
    return tuple(_failure(ti, task, platforms) for task in failed_tasks(ti))


def _failure(ti: Any, task: str, platforms: Iterable[Platform]) -> Failure:
    base, index = split(task)
    said = ti.xcom_pull(task_ids=base, key=FAILURE_KEY, map_indexes=index) or {}
    return Failure(
        step=name(task, platforms),
        reason=str(said.get("reason") or SILENT),
        code=said.get("code"),
        link=link(ti.dag_id, ti.run_id, base, index),
    )


def failed_tasks(ti: Any) -> list[str]:
    """Return the tasks of a run that failed, sorted; a mapped one is called thefork.extract_0."""
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id]).get(ti.run_id, {})
    return sorted(task for task, state in states.items() if state == "failed")


def split(task: str) -> tuple[str, int]:
    """Return the task's id and map index of what Airflow calls thefork.extract_0; -1 where it is not mapped."""
    base, _, index = task.rpartition("_")
    return (base, int(index)) if "." in task and index.isdecimal() else (task, -1)


def name(task: str, platforms: Iterable[Platform]) -> str:
    """Return a task's name for people: "thefork.extract of thefork/101"."""
    base, index = split(task)
    group = base.partition(".")[0]
    sources = next((p.sources for p in platforms if p.name == group), ())
    return f"{base} of {sources[index].id}" if 0 <= index < len(sources) else task


def _day(context: Mapping[str, Any]) -> str:
    run = context.get("dag_run")
    key = run and run.partition_key
    params = context.get("params") or {}
    return str(key or params.get("day") or "")


# A late run


def late(context: Mapping[str, Any]) -> None:
    """Tell of a run that missed its deadline. A backfill has none: its runs wait for each other."""
    run = context["dag_run"]
    if run["run_type"] == "backfill":
        return
    dag, run_id = run["dag_id"], run["dag_run_id"]
    day = str(run.get("partition_key") or (run.get("conf") or {}).get("day") or "")
    due = context["deadline"]["deadline_time"]
    tell(
        "on_late",
        Alert(
            kind="late",
            dag=dag,
            run=run_id,
            day=day,
            title=f"{dag}{f' of {day}' if day else ''} is late: it was to be done by {due} and is {run['state']}",
            next="see which task it waits for; one that is queued waits for a slot of its pool; docs/airflow.md, A late run",
            link=link(dag, run_id),
        ),
        context,
    )


def done_within(dag: str, module: str) -> DeadlineAlert | None:
    """Make the deadline of a DAG's runs, counted from when they were queued.

    Its callback is looked up in the DAG's file, module, which has `late` under this name: the executor that calls it knows how to
    find that file, and no other of a folder that is not the first of its bundle.
    """
    within = dag_settings.deadline(dag)
    if within is None:
        return None
    return DeadlineAlert(
        name=f"done within {dag_settings.text(f'deadline_{dag}')}",
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        # In seconds: of a run whose deadline is kept as a timedelta, Airflow 3.3 can clear nothing (apache/airflow#70368).
        interval=within.total_seconds(),  # type: ignore[arg-type]
        callback=SyncCallback(f"{module}.late"),
    )


# Days that no run has brought in


def name_missed_days(context: Context) -> None:
    """Tell of the days before a scheduled run that no run has brought in: Airflow makes no runs for the time it was down.

    What goes wrong here is logged: it is no reason for the run to fail.
    """
    found: Any = context
    try:
        if str(getattr(found["dag_run"].run_type, "value", found["dag_run"].run_type)) != "scheduled":
            return
        day = date.fromisoformat(found["dag_run"].partition_key)
        missed = _missed(day, found["ti"].dag_id, found["inlet_events"][PROCESSED])
        if missed:
            tell("on_late", _missed_alert(day, missed, found["ti"]), found)
    except Exception:
        log.exception("it is not known whether days before this one were missed, or nobody could be told")


def _missed(day: date, dag: str, events: Any) -> list[date]:
    """Return the days between the last one that was brought in and this one."""
    since = datetime.combine(day - LOOK_BACK, time(), UTC)
    keys = {event.partition_key for event in events.after(since.isoformat()) if event.source_dag_id == dag}
    before = max((key for key in keys if key and key < str(day)), default=None)
    if before is None:
        return []
    last = date.fromisoformat(before)
    return [last + timedelta(days=n) for n in range(1, (day - last).days)]


def _missed_alert(day: date, missed: list[date], ti: Any) -> Alert:
    first, last = missed[0], missed[-1]
    days = f"the day {first} was" if first == last else f"the {len(missed)} days {first} to {last} were"
    return Alert(
        kind="missed",
        dag=ti.dag_id,
        run=ti.run_id,
        day=str(day),
        title=f"{ti.dag_id}: {days} missed",
        next="no run has brought them in, since Airflow was down or the DAG paused, or theirs are not done. Unless they run: "
        f"airflow backfill create --dag-id {ti.dag_id} --from-date {first} --to-date {last}T23:59",
        link=link(ti.dag_id, ti.run_id),
    )
