"""What the runs of all three DAGs share: their day, their last tasks, how long a try may take, and what turns them red."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import NEVER_EXPIRE, Asset, Param, TriggerRule  # type: ignore[attr-defined]  # its stub lacks the first
from airflow.sdk.exceptions import AirflowSkipException

from covers_airflow import CONTRACT, dag_settings
from covers_airflow import step as bare_step
from covers_sources import Platform, Source
from covers_trouble import PROCESSED, failed_tasks, name, name_missed_days, refuse

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

SOURCE_KEY = "source"
"""Key of a mapped task's state store under which it keeps which source it is for."""


def default_args() -> dict[str, Any]:
    """Return what all tasks have: the retries wait for a platform or a warehouse that is down for an hour.

    What another try cannot help fails at once, whatever stands here (docs/steps.md, Exit codes).
    """
    return {
        "owner": "covers",
        "retries": dag_settings.number("retries", 0),
        "retry_delay": dag_settings.duration("retry_delay"),
        "retry_exponential_backoff": True,
        "max_retry_delay": dag_settings.duration("max_retry_delay"),
    }


def step(task_id: str, name: str, arguments: Sequence[Any] = (), **kwargs: Any) -> StepOperator:
    """Make a task that runs a step, and bound how long a try of it may take.

    Airflow ends a try at once and knows no reason; so the step is given less, and ends by itself and says why. What is left is
    for its container to be placed, and its image pulled. Where the setting `environment` has a limit, that one holds.
    """
    timeout = dag_settings.execution_timeout(name)
    limit = {"COVERS_MAX_DURATION": f"{int(timeout.total_seconds() * 0.9)}s"} | CONTRACT.settings.environment(name)
    return bare_step(task_id, name, arguments, environment=limit, execution_timeout=timeout, **kwargs)


def into_the_warehouse(
    day: str, platforms: Sequence[Platform], reported: Sequence[Asset] = (), *, daily: bool = False
) -> tuple[StepOperator, StepOperator, StepOperator]:
    """Make the last tasks of a run: transform and load what is there of a day, and report what is not.

    What failed before does not hold them up. `reported` are the assets that the report changes. The report of a DAG that is to
    have a run each day tells also which days before it have none.
    """
    transform = step(
        "transform",
        "transform",
        ["--day", day],
        trigger_rule=TriggerRule.ALL_DONE,
        outlets=[PROCESSED],
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
        inlets=[PROCESSED] if daily else [],
        outlets=reported,
        pre_execute=partitioned_and_missed if daily else partitioned,
        post_execute=in_order(platforms),
    )
    return transform, load, report


def day_of(context: Context) -> date:
    """Return the day that a run is for, as DAY does."""
    day = context["dag_run"].partition_key or context["params"]["day"]
    try:
        return date.fromisoformat(day)
    except (TypeError, ValueError):
        raise refuse(
            context, f"the run is for no day ({day}): trigger it with a partition key, or with the param day, as 2026-03-27"
        ) from None


def read_on(platform: Platform, days: int = 1) -> Callable[[Context], None]:
    """Make the hook that skips a mapped task whose source restaurants.yaml does not expect on all of so many days."""

    def skip_others(context: Context) -> None:
        source = source_of(platform, context)
        first = day_of(context)
        for day in (first, first + timedelta(days=days - 1)):
            if not source.read_on(str(day)):
                raise AirflowSkipException(f"{source.id} is read from {source.first} to {source.last or 'today'}, not on {day}")

    return skip_others


def source_of(platform: Platform, context: Context) -> Source:
    """Return the source that a mapped task is for, and refuse where it was for another before.

    The task knows its source by number, and a source that is added with an earlier `from` moves the numbers. A task of an old run
    that is cleared then would read another source's day. So each keeps what it was for, as long as its run is kept.
    """
    index = context["ti"].map_index
    if index is None or not 0 <= index < len(platform.sources):
        raise refuse(
            context,
            f"restaurants.yaml has no source number {index} of {platform.name} any more: put back the entry that was removed "
            "(end a source with `until`), or bring the day in with a new run",
        )
    source, store = platform.sources[index], context["task_state_store"]
    before = store.get(SOURCE_KEY)
    if before is None:
        store.set(SOURCE_KEY, source.id, retention=NEVER_EXPIRE)
    elif before != source.id:
        raise refuse(
            context,
            f"this task of the run was for {before} and would now be for {source.id}, since restaurants.yaml has a new source "
            "with an earlier `from`, or one fewer: bring the day in with a new run (Trigger, with the same partition key), not "
            "by clearing this one",
        )
    return source


def partitioned(context: Context) -> None:
    """Put the day that a task's step was given on the task's asset events, also where it is not the run's partition key."""
    task: Any = context["task"]
    arguments = task.arguments
    for asset in task.outlets:
        context["outlet_events"][asset].add_partitions(arguments[arguments.index("--day") + 1])


def partitioned_and_missed(context: Context) -> None:
    """Do as `partitioned`, and tell which days before this one have no run."""
    partitioned(context)
    name_missed_days(context)


def in_order(platforms: Iterable[Platform]) -> Callable[[Context, Any], None]:
    """Make the hook that fails a last task that is content while others failed: a run is as green as its last task.

    A source whose extract failed may have an older reading of the day, and then report has nothing to name.
    """
    known = tuple(platforms)

    def fail_with_the_others(context: Context, _result: Any = None) -> None:
        failed = [name(task, known) for task in failed_tasks(context["ti"])]
        if failed:
            raise refuse(context, f"the day is in order, but these failed: {', '.join(failed)}. Clear them, once mended")

    return fail_with_the_others


def page(path: str) -> str:
    """Return the name of one of the repository's pages, as a link where COVERS_DOCS_URL says where its files are shown."""
    base = os.environ.get("COVERS_DOCS_URL", "").rstrip("/")
    return f"[{path}]({base}/{path})" if base else f"`{path}`"
