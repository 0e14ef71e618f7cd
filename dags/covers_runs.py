"""What the runs of all three DAGs share: their day, their last tasks, what turns them red, and who hears of a late one."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, Param, TriggerRule
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from covers_airflow import step
from covers_sources import Platform

if TYPE_CHECKING:
    from airflow.sdk import Context

    from container_steps.operator import StepOperator

# The day that a run is for: its partition key, which a schedule, a backfill and a trigger form give, or else the param.
# It never comes from the clock, nor from a run's own times: a backfilled run_after is not that of a scheduled one.
DAY = "{{ dag_run.partition_key or params.day }}"

DAY_PARAM = Param(
    None,
    type=["null", "string"],
    format="date",
    title="Day",
    description="YYYY-MM-DD, for a run that is triggered without a partition key, as `airflow dags trigger` does",
)

# What another try cannot help fails at once, whatever stands here (docs/steps.md, Exit codes). These wait for a platform or a
# warehouse that is down for an hour.
DEFAULT_ARGS = {
    "owner": "covers",
    "retries": 5,
    "retry_delay": timedelta(minutes=4),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=30),
}

log = logging.getLogger(__name__)


def into_the_warehouse(
    day: str, platforms: Sequence[Platform], reported: Sequence[Asset] = ()
) -> tuple[StepOperator, StepOperator, StepOperator]:
    """Make the last tasks of a run: transform and load what is there of a day, and report what is not.

    What failed before does not hold them up. `reported` are the assets that the report changes.
    """
    transform = step(
        "transform",
        "transform",
        ["--day", day],
        trigger_rule=TriggerRule.ALL_DONE,
        outlets=[Asset("covers_processed")],
        pre_execute=partitioned,
    )
    load = step(
        "load",
        "load",
        ["--day", day],
        pool="covers_warehouse",
        trigger_rule=TriggerRule.ALL_DONE,
        outlets=[Asset("covers_warehouse")],
        pre_execute=partitioned,
    )
    report = step(
        "report",
        "report",
        ["--check", "--day", day],
        pool="covers_warehouse",
        trigger_rule=TriggerRule.ALL_DONE,
        outlets=reported,
        pre_execute=partitioned,
        post_execute=in_order(platforms),
    )
    return transform, load, report


def day_of(context: Context) -> date:
    """Return the day that a run is for, as DAY does."""
    day = context["dag_run"].partition_key or context["params"]["day"]
    try:
        return date.fromisoformat(day)
    except (TypeError, ValueError):
        raise AirflowFailException(
            f"the run is for no day ({day}): trigger it with a partition key, or with the param day, as 2026-03-27"
        ) from None


def read_on(platform: Platform, days: int = 1) -> Callable[[Context], None]:
    """Make the hook that skips a mapped task whose source restaurants.yaml does not expect on all of so many days."""

    def skip_others(context: Context) -> None:
        index = context["ti"].map_index
        if index is None:
            raise AirflowFailException("the task is not mapped over a platform's sources")
        source = platform.sources[index]
        first = day_of(context)
        for day in (first, first + timedelta(days=days - 1)):
            if not source.read_on(str(day)):
                raise AirflowSkipException(f"{source.id} is read from {source.first} to {source.last or 'today'}, not on {day}")

    return skip_others


def partitioned(context: Context) -> None:
    """Put the day that a task's step was given on the task's asset events, also where it is not the run's partition key."""
    task: Any = context["task"]
    arguments = task.arguments
    for asset in task.outlets:
        context["outlet_events"][asset].add_partitions(arguments[arguments.index("--day") + 1])


def in_order(platforms: Iterable[Platform]) -> Callable[[Context, Any], None]:
    """Make the hook that fails a last task that is content while others failed: a run is as green as its last task.

    A source whose extract failed may have an older reading of the day, and then report has nothing to name.
    """
    sources = {f"{p.name}.{i}": source.id for p in platforms for i, source in enumerate(p.sources)}

    def name(task: str) -> str:
        base, _, index = task.rpartition("_")  # a mapped task is called thefork.extract_0
        source = sources.get(f"{task.partition('.')[0]}.{index}")
        return f"{base} of {source}" if source else task

    def fail_with_the_others(context: Context, _result: Any = None) -> None:
        ti = context["ti"]
        states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id]).get(ti.run_id, {})
        failed = sorted(name(task) for task, state in states.items() if state == "failed")
        if failed:
            raise AirflowFailException(f"the day is in order, but these failed: {', '.join(failed)}. Clear them, once mended")

    return fail_with_the_others


def late(context: Mapping[str, Any]) -> None:
    """Log that a run missed its deadline. A backfill has none: its runs wait for each other."""
    run = context["dag_run"]
    if run["run_type"] == "backfill":
        return
    log.error(
        "%s is late: the run %s was to be done by %s and is %s",
        run["dag_id"],
        run["dag_run_id"],
        context["deadline"]["deadline_time"],
        run["state"],
    )


def done_within(hours: int) -> DeadlineAlert:
    """Make the deadline of a run, counted from when it was queued."""
    return DeadlineAlert(
        name=f"done within {hours} hours",
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        # In seconds: of a run whose deadline is kept as a timedelta, Airflow 3.3 can clear nothing (apache/airflow#70368).
        interval=timedelta(hours=hours).total_seconds(),  # type: ignore[arg-type]
        callback=SyncCallback(late),
    )


def page(path: str) -> str:
    """Return the name of one of the repository's pages, as a link where COVERS_DOCS_URL says where its files are shown."""
    base = os.environ.get("COVERS_DOCS_URL", "").rstrip("/")
    return f"[{path}]({base}/{path})" if base else f"`{path}`"
