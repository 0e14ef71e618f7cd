"""covers: a day of all sources, from the platforms into the warehouse."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, Asset, CronPartitionTimetable, Param, TriggerRule, task_group
from airflow.sdk.exceptions import AirflowSkipException

sys.path.append(str(Path(__file__).resolve().parent))  # it may be any folder below the one where Airflow looks for DAGs

from covers_airflow import credentials
from covers_airflow.dag_settings import number, schedule
from covers_runs import DAY, DAY_PARAM, default_args, into_the_warehouse, page, read_on, step
from covers_sources import Platform, platforms
from covers_trouble import done_within, late, red

if TYPE_CHECKING:
    from airflow.sdk import Context

__all__ = ["late"]  # Airflow looks it up here when a run is late

DOC = f"""
Reads what changed at the booking platforms on a day, the day after, and brings it into the warehouse. The partition key is
the day. How to run it, backfill it, and what a red run means: {page("docs/airflow.md")}.

| task | does | more |
| --- | --- | --- |
| *platform*.extract | asks the platform, one source | {page("docs/operations.md")} |
| *platform*.validate | checks what was read against the data contract | {page("contract/covers.odcs.yaml")} |
| transform | gathers the day's rows of all sources, whatever failed before | {page("docs/architecture.md")} |
| load | brings what is there into the warehouse | {page("docs/operations.md")} |
| report | draws up the day's balance and its page, and fails where it is not in order | {page("docs/operations.md")} |

With `{{"from": "validate"}}` no platform is asked, and the day is derived again from what was read before.
"""

PARAMS = {
    "from": Param(
        "extract", enum=["extract", "validate"], title="From", description="validate derives again, and asks no platform"
    ),
    "by": Param(
        "auto",
        enum=["auto", "updated", "service-date"],
        title="By",
        description="ask the platforms by change, by date of the meal, or as the day's age and the platform allow",
    ),
    "day": DAY_PARAM,
}


def read_source(platform: Platform) -> Any:
    """Make the group that is mapped over a platform's sources: read one, then check what was read."""
    not_read = read_on(platform)

    def unless_derived_again(context: Context) -> None:
        not_read(context)
        if context["params"]["from"] == "validate":
            raise AirflowSkipException("from validate: no platform is asked")

    @task_group(group_id=platform.name)
    def read(source: str) -> None:
        extract = step(
            "extract",
            "extract",
            ["--source", source, "--day", DAY, "--by", "{{ params.by }}", "--requests-per-second", platform.rate],
            credentials=[credentials.platform(platform.credential)],
            pool=platform.pool,
            pre_execute=unless_derived_again,
            map_index_template="{{ task.arguments[1] }}",
        )
        validate = step(
            "validate",
            "validate",
            ["--source", source, "--day", DAY],
            trigger_rule=TriggerRule.NONE_FAILED,  # it runs after an extract that was skipped
            pre_execute=not_read,
            map_index_template="{{ task.arguments[1] }}",
        )
        extract >> validate

    return read.expand(source=[source.id for source in platform.sources])


known = platforms()

with DAG(
    "covers",
    description="a day of all sources, from the platforms into the warehouse",
    doc_md=DOC,
    # The key is the day before: a day is asked for once it is over. At 06:00 the simulator's day is there too.
    schedule=CronPartitionTimetable(schedule("covers"), timezone="UTC", run_offset=-1, key_format="%Y-%m-%d"),
    catchup=False,
    max_active_runs=number("max_active_runs_covers", 1),
    params=PARAMS,
    default_args=default_args(),
    on_failure_callback=red(known),
    deadline=done_within("covers", __name__),
    tags=["covers"],
):
    sources = [read_source(platform) for platform in known]
    transform, load, report = into_the_warehouse(DAY, known, reported=[Asset("covers_report")], daily=True)
    sources >> transform >> load >> report
