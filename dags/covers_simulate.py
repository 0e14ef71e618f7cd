"""covers_simulate: a day of the simulated platforms, for covers to read."""

from __future__ import annotations

import sys
from pathlib import Path

from airflow.sdk import DAG, Asset, CronPartitionTimetable

sys.path.append(str(Path(__file__).resolve().parent))  # it may be any folder below the one where Airflow looks for DAGs

from covers_airflow.dag_settings import number, schedule
from covers_runs import DAY, DAY_PARAM, default_args, page, partitioned, step
from covers_trouble import done_within, late, red

__all__ = ["late"]  # Airflow looks it up here when a run is late

DOC = f"""
Makes what the simulated platforms know of a day: the reservations and guests that changed. `mockapi` serves it, and the DAG
covers reads it an hour later. A day that is there stays as it is. What the guests do: {page("docs/habits.md")}; how to
backfill: {page("docs/airflow.md")}. Where real platforms are read, leave this DAG paused.
"""

with DAG(
    "covers_simulate",
    description="a day of the simulated platforms, for covers to read",
    doc_md=DOC,
    schedule=CronPartitionTimetable(schedule("covers_simulate"), timezone="UTC", run_offset=-1, key_format="%Y-%m-%d"),
    catchup=False,
    max_active_runs=number("max_active_runs_covers_simulate", 1),
    params={"day": DAY_PARAM},
    default_args=default_args(),
    on_failure_callback=red([]),
    deadline=done_within("covers_simulate", __name__),
    tags=["covers", "simulation"],
):
    step(
        "generate",
        "generate",
        ["--day", DAY],
        outlets=[Asset("covers_simulator")],
        pre_execute=partitioned,
    )
