"""covers_care: once a week, what the platforms have against what the warehouse has, and tidying."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, CronPartitionTimetable, task_group

sys.path.append(str(Path(__file__).resolve().parent))  # it may be any folder below the one where Airflow looks for DAGs

from covers_airflow import credentials
from covers_airflow.dag_settings import number, schedule
from covers_runs import DAY, DAY_PARAM, default_args, into_the_warehouse, page, read_on, step
from covers_sources import Platform, platforms
from covers_trouble import done_within, late, red

# A run's key is the first of seven days that are over. The readings of a reconcile belong to the last of them.
LAST = "{{ last_of_week(dag_run.partition_key or params.day) }}"

__all__ = ["late"]  # Airflow looks it up here when a run is late

DOC = f"""
Compares, for each source, what the platform has for the service dates of a week (Monday to Sunday, the partition key is the
Monday) with what the warehouse has, reads what differs as one more reading of the Sunday, and brings it in. A receipt stays
in the processed zone in any case. Also removes what attempts that were killed left in the lake.

Findings and receipts: {page("docs/operations.md")}, Reconciling. How to run it: {page("docs/airflow.md")}.
"""


def last_of_week(first: str | None) -> str:
    """Return the last of the seven days from first on.

    What is no day stays as it is, for the steps to refuse: a refusal is not tried again.
    """
    try:
        return str(date.fromisoformat(str(first)) + timedelta(days=6))
    except ValueError:
        return str(first)


def reconcile_source(platform: Platform) -> Any:
    """Make the group that is mapped over a platform's sources: compare one, then check what was read of it."""

    @task_group(group_id=platform.name)
    def compare(source: str) -> None:
        reconcile = step(
            "reconcile",
            "care",
            ["reconcile", "--source", source, "--days", f"{DAY}..{LAST}", "--requests-per-second", platform.rate],
            credentials=[credentials.platform(platform.credential)],
            pool=platform.pool,
            pre_execute=read_on(platform, days=7),
            map_index_template="{{ task.arguments[2] }}",
        )
        validate = step(
            "validate",
            "validate",
            ["--source", source, "--day", LAST],
            map_index_template="{{ task.arguments[1] }}",
        )
        reconcile >> validate

    return compare.expand(source=[source.id for source in platform.sources])


known = platforms()

with DAG(
    "covers_care",
    description="once a week: the platforms against the warehouse, and tidying",
    doc_md=DOC,
    # Monday, when covers has brought in the Sunday. An offset of one week back makes the key the Monday before.
    schedule=CronPartitionTimetable(schedule("covers_care", weekly=True), timezone="UTC", run_offset=-1, key_format="%Y-%m-%d"),
    catchup=False,
    max_active_runs=number("max_active_runs_covers_care", 1),
    params={"day": DAY_PARAM},
    user_defined_macros={"last_of_week": last_of_week},
    default_args=default_args(),
    on_failure_callback=red(known),
    deadline=done_within("covers_care", __name__),
    tags=["covers", "care"],
):
    sources = [reconcile_source(platform) for platform in known]
    transform, load, report = into_the_warehouse(LAST, known)
    sources >> transform >> load >> report
    step("tidy", "care", ["tidy"])
