"""The settings of the DAGs: what they change, and what is refused while a DAG file is read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag

from container_steps import Settings
from covers_airflow import dag_settings
from dag_files import DAGS, NAMES, parse, tasks, timetable_of


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__COVERS__RUNTIME", "process")


def deadline_of(name: str) -> Any:
    deadline = parse(name).deadline
    return (deadline[0] if isinstance(deadline, list) else deadline).interval


def test_what_holds_where_nothing_is_set() -> None:
    assert [deadline_of(name) for name in NAMES] == [3 * 3600, 12 * 3600, 3600]
    assert [parse(name).max_active_runs for name in NAMES] == [4, 1, 4]
    for name in NAMES:
        for task in parse(name).tasks:
            assert (task.retries, task.retry_delay, task.max_retry_delay) == (5, timedelta(minutes=4), timedelta(minutes=30))


def test_each_is_set_for_its_dag(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DEADLINE_COVERS": "90m",
        "MAX_ACTIVE_RUNS_COVERS_CARE": "2",
        "SCHEDULE_COVERS": "15 7 * * *",
        "SCHEDULE_COVERS_CARE": "0 11 * * 3",
    }.items():
        monkeypatch.setenv(f"AIRFLOW__COVERS__{name}", value)
    assert [deadline_of(name) for name in NAMES] == [5400, 12 * 3600, 3600]
    assert [parse(name).max_active_runs for name in NAMES] == [4, 2, 4]
    # The 25th is a Wednesday: the key is the day before, or the Wednesday before.
    keys = {}
    for name in ("covers", "covers_care"):
        timetable = timetable_of(name)
        tick = timetable._align_to_next(datetime(2026, 11, 24, 12, tzinfo=UTC))
        keys[name] = (tick.strftime("%d %H:%M"), timetable._get_partition_info(tick)[1])
    assert keys == {"covers": ("25 07:15", "2026-11-24"), "covers_care": ("25 11:00", "2026-11-18")}


def test_every_task_has_an_end_and_its_step_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__COVERS__EXECUTION_TIMEOUT", "100m")
    monkeypatch.setenv("AIRFLOW__COVERS__EXECUTION_TIMEOUT_LOAD", "30m")
    wanted = {"extract": 360, "care": 360, "load": 30}
    for name in NAMES:
        for task in tasks(name).values():
            minutes = wanted.get(task.step, 100)
            assert task.execution_timeout == timedelta(minutes=minutes), task.task_id
            assert task.environment["COVERS_MAX_DURATION"] == f"{minutes * 54}s"  # nine tenths


def test_a_limit_of_the_settings_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__COVERS__ENVIRONMENT_EXTRACT", '{"COVERS_MAX_DURATION": "90m"}')
    found = tasks("covers")
    assert found["opentable.extract"].environment["COVERS_MAX_DURATION"] == "90m"
    assert found["load"].environment["COVERS_MAX_DURATION"] == "6480s"


def test_a_dag_may_have_no_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """`airflow dags test` ends with a traceback for any DAG that has one (apache/airflow#73428)."""
    monkeypatch.setenv("AIRFLOW__COVERS__DEADLINE_COVERS", "none")
    assert not parse("covers").deadline


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("retry_delay", "soon", "retry_delay is 'soon': want a number with s, m or h"),
        ("retry_delay", "0s", "want a number with s, m or h"),
        ("deadline_covers", "3", "deadline_covers is '3'"),
        ("retries", "-1", "retries is '-1': want a whole number from 0 on"),
        ("max_active_runs_covers", "0", "want a whole number from 1 on"),
        ("execution_timeout", "2 h", "execution_timeout is '2 h'"),
        ("schedule_covers", "0 6 * * 1", "schedule_covers is '0 6 . . 1': want a minute and an hour .UTC. of every day"),
        ("schedule_covers", "0 */6 * * *", "of every day"),
        ("schedule_covers", "0 24 * * *", "of every day"),
        ("schedule_covers_care", "0 10 * * *", "of one weekday"),
    ],
)
def test_what_cannot_be_used_is_an_import_error(monkeypatch: pytest.MonkeyPatch, setting: str, value: str, words: str) -> None:
    monkeypatch.setenv(f"AIRFLOW__COVERS__{setting.upper()}", value)
    name = "covers_care" if setting.endswith("care") else "covers"
    (error,) = DagBag(str(DAGS / f"{name}.py")).import_errors.values()
    last = error.strip().splitlines()[-1]
    assert last.startswith("ValueError: [covers] ")
    with pytest.raises(ValueError, match=words):
        raise ValueError(last)


@pytest.mark.parametrize("name", NAMES)
def test_who_is_told_is_checked_in_its_form_while_a_file_is_read(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """What it names is imported when there is something to tell: a notifier's library takes its time."""
    monkeypatch.setenv("AIRFLOW__COVERS__ON_FAILURE", "my_alerts.slack")  # which is not there
    assert not DagBag(str(DAGS / f"{name}.py")).import_errors
    monkeypatch.setenv("AIRFLOW__COVERS__ON_FAILURE", "slack me!")
    (error,) = DagBag(str(DAGS / f"{name}.py")).import_errors.values()
    assert "on_failure is 'slack me!': want the dotted path" in error


def test_the_page_has_the_table() -> None:
    table = Settings("covers", dag_settings.TABLE).markdown()
    assert table in (DAGS.parent / "docs" / "airflow-setup.md").read_text(encoding="utf-8")
