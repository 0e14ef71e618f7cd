"""What the runs of all three DAGs have in common: their day, what turns them red, and who hears that one is late."""

from __future__ import annotations

import logging
import os
from datetime import date, timedelta

from airflow.sdk import DeadlineAlert, DeadlineReference, Param, SyncCallback
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

# The day that a run is for: its partition key, which a schedule, a backfill and a trigger form give, or else the param.
# Never the clock, nor a run's own times: a backfilled run_after is not that of a scheduled one.
DAY = "{{ dag_run.partition_key or params.day }}"

DAY_PARAM = Param(
    None,
    type=["null", "string"],
    format="date",
    title="Day",
    description="YYYY-MM-DD, for a run that is triggered without a partition key, as `airflow dags trigger` does",
)

# What another try cannot help fails at once, whatever stands here (docs/steps.md, Exit codes). A platform or a warehouse that is
# down for an hour is waited for.
DEFAULT_ARGS = {
    "owner": "covers",
    "retries": 5,
    "retry_delay": timedelta(minutes=4),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=30),
}

log = logging.getLogger(__name__)


def day_of(context) -> date:
    """Give the day that a run is for, as DAY does."""
    day = context["dag_run"].partition_key or context["params"]["day"]
    try:
        return date.fromisoformat(day)
    except (TypeError, ValueError):
        raise AirflowFailException(
            f"the run is for no day ({day}): trigger it with a partition key, or with the param day, as 2026-03-27"
        ) from None


def read_on(platform, days: int = 1):
    """Make the hook that skips a mapped task whose source restaurants.yaml does not expect on all of so many days."""

    def skip_others(context) -> None:
        source = platform.sources[context["ti"].map_index]
        first = day_of(context)
        for day in (first, first + timedelta(days=days - 1)):
            if not source.read_on(str(day)):
                raise AirflowSkipException(f"{source.id} is read from {source.first} to {source.last or 'today'}, not on {day}")

    return skip_others


def partitioned(context) -> None:
    """Give a task's asset events the day that its step was given, also where that is not the run's partition key."""
    arguments = context["task"].arguments
    for asset in context["task"].outlets:
        context["outlet_events"][asset].add_partitions(arguments[arguments.index("--day") + 1])


def in_order(platforms):
    """Make the hook that fails a last task that is content while others failed: a run is as green as its last task.

    A source whose extract failed may have an older reading of the day, and then report has nothing to name.
    """
    sources = {f"{p.name}.{i}": source.id for p in platforms for i, source in enumerate(p.sources)}

    def name(task: str) -> str:
        base, _, index = task.rpartition("_")  # a mapped task is called thefork.extract_0
        source = sources.get(f"{task.partition('.')[0]}.{index}")
        return f"{base} of {source}" if source else task

    def fail_with_the_others(context, result=None) -> None:
        ti = context["ti"]
        states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id]).get(ti.run_id, {})
        failed = sorted(name(task) for task, state in states.items() if state == "failed")
        if failed:
            raise AirflowFailException(f"the day is in order, but these failed: {', '.join(failed)}. Clear them, once mended")

    return fail_with_the_others


def late(context) -> None:
    """Say that a run missed its deadline. A backfill has none: its runs wait for each other."""
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
        # Seconds: of a run whose deadline is kept as a timedelta, Airflow 3.3 can clear nothing (apache/airflow#70368).
        interval=timedelta(hours=hours).total_seconds(),
        callback=SyncCallback(late),
    )


def page(path: str) -> str:
    """Name a page of the repository, as a link where COVERS_DOCS_URL says where its files are shown."""
    base = os.environ.get("COVERS_DOCS_URL", "").rstrip("/")
    return f"[{path}]({base}/{path})" if base else f"`{path}`"
