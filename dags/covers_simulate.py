"""covers_simulate: a day of the simulated platforms, for covers to read."""

from __future__ import annotations

from airflow.sdk import DAG, Asset, CronPartitionTimetable

from covers_airflow import step
from covers_runs import DAY, DAY_PARAM, DEFAULT_ARGS, done_within, page, partitioned

DOC = f"""
Makes what the simulated platforms know of a day: the reservations and guests that changed. `mockapi` serves it, and the DAG
covers reads it an hour later. A day that is there stays as it is. What the guests do: {page("docs/habits.md")}; how to
backfill: {page("docs/airflow.md")}. Where real platforms are read, leave this DAG paused.
"""

with DAG(
    "covers_simulate",
    description="a day of the simulated platforms, for covers to read",
    doc_md=DOC,
    schedule=CronPartitionTimetable("0 5 * * *", timezone="UTC", run_offset=-1, key_format="%Y-%m-%d"),
    catchup=False,
    max_active_runs=4,
    params={"day": DAY_PARAM},
    default_args=DEFAULT_ARGS,
    deadline=done_within(hours=1),
    tags=["covers", "simulation"],
):
    step(
        "generate",
        "generate",
        ["--day", DAY],
        outlets=[Asset("covers_simulator")],
        pre_execute=partitioned,
    )
