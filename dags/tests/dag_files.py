"""The DAG files, parsed as Airflow does, for the tests beside."""

from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization

import covers_sources

DAGS = Path(covers_sources.__file__).resolve().parent
NAMES = ["covers", "covers_care", "covers_simulate"]


def parse(name: str) -> Any:
    bag = DagBag(str(DAGS / f"{name}.py"))
    assert bag.import_errors == {}
    assert list(bag.dags) == [name]
    return bag.dags[name]


def tasks(name: str) -> dict[str, Any]:
    return {task.task_id: task for task in parse(name).tasks}


def timetable_of(name: str) -> Any:
    """Return the timetable as the scheduler has it."""
    return DagSerialization.from_dict(DagSerialization.to_dict(parse(name))).timetable
