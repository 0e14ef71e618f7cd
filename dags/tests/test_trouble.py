"""What a run tells of its trouble: that it is red, that it is late, and which days before it are missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.serialization.decoders import decode_deadline_alert
from airflow.serialization.encoders import encode_deadline_alert
from airflow.serialization.enums import Encoding

import covers_trouble
from covers_airflow import alerts
from dag_files import NAMES, parse


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__COVERS__RUNTIME", "process")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, alerts.Alert]]:
    """Return what is told, and to which setting's callback."""
    heard: list[tuple[str, alerts.Alert]] = []
    monkeypatch.setattr(covers_trouble, "tell", lambda setting, alert, _context: heard.append((setting, alert)))
    return heard


# A red run

RUN = "scheduled__2026-03-28T06:00:00+00:00__2026-03-27__x"
REASON = "extract ended with 77 (not authorised): the platform refuses the credential; next: look at covers_opentable"


def red_context(dag: str, states: dict[str, str], xcoms: dict[tuple[str, int], Any]) -> Any:
    """Return what Airflow's DAG processor gives to a DAG's failure callback."""
    ti = SimpleNamespace(
        dag_id=dag,
        run_id=RUN,
        get_task_states=lambda dag_id, run_ids: {run: states for run in run_ids if dag_id == dag},
        xcom_pull=lambda task_ids, key, map_indexes: xcoms.get((task_ids, map_indexes)) if key == "failure" else None,
    )
    run = SimpleNamespace(partition_key="2026-03-27")
    return {"dag": SimpleNamespace(dag_id=dag), "run_id": RUN, "reason": "task_failure", "ti": ti, "dag_run": run, "params": {}}


def test_a_red_run_tells_once_of_all_that_failed_for_good(told: list[tuple[str, alerts.Alert]]) -> None:
    states = {
        "opentable.extract_0": "success",
        "opentable.extract_1": "failed",
        "opentable.validate_1": "upstream_failed",
        "thefork.extract_0": "skipped",
        "transform": "success",
        "load": "failed",
        "report": "failed",
    }
    xcoms = {
        ("opentable.extract", 1): {"code": 77, "reason": REASON, "result": None},
        ("report", -1): {"code": 65, "reason": "report ended with 65 (data refused): a source is missing", "result": None},
    }
    parse("covers").on_failure_callback(red_context("covers", states, xcoms))
    ((setting, alert),) = told
    assert (setting, alert.kind, alert.day, alert.run) == ("on_failure", "failed", "2026-03-27", RUN)
    assert alert.title == "covers of 2026-03-27 is red: 3 steps failed"
    assert [(f.step, f.code) for f in alert.failures] == [
        ("load", None),
        ("opentable.extract of opentable/102", 77),
        ("report", 65),
    ]
    assert alert.failures[1].reason == REASON
    assert alert.failures[1].link.endswith(
        "/dags/covers/runs/" + RUN.replace(":", "%3A").replace("+", "%2B") + "/tasks/opentable.extract/mapped/1"
    )
    assert "worker died" in alert.failures[0].reason  # of a step that left no word
    assert "upstream" not in alert.text


def test_a_red_run_of_which_airflow_knows_no_task(told: list[tuple[str, alerts.Alert]]) -> None:
    dag = parse("covers_simulate")
    dag.on_failure_callback({"dag": dag, "run_id": RUN, "reason": "timed_out"})
    ((_, alert),) = told
    assert alert.title == "covers_simulate is red: timed_out" and alert.link


@pytest.mark.parametrize("name", NAMES)
def test_no_task_tells_by_itself(name: str) -> None:
    """A run tells once; a task that told as well would tell of each source that fails for the same reason."""
    dag = parse(name)
    assert dag.on_failure_callback is not None
    assert not [task.task_id for task in dag.tasks if task.on_failure_callback or task.on_retry_callback]


# A late run

LATE: dict[str, Any] = {
    "dag_run": {
        "dag_id": "covers",
        "dag_run_id": RUN,
        "run_type": "scheduled",
        "state": "running",
        "partition_key": "2026-03-27",
        "conf": {},
    },
    "deadline": {"id": "1", "deadline_time": "2026-03-28T09:00:00Z"},
}


def test_a_late_run_is_told_of(told: list[tuple[str, alerts.Alert]]) -> None:
    covers_trouble.late(LATE)
    ((setting, alert),) = told
    assert (setting, alert.kind, alert.day) == ("on_late", "late", "2026-03-27")
    assert alert.title == "covers of 2026-03-27 is late: it was to be done by 2026-03-28T09:00:00Z and is running"


def test_a_backfill_is_never_late(told: list[tuple[str, alerts.Alert]]) -> None:
    covers_trouble.late(LATE | {"dag_run": LATE["dag_run"] | {"run_type": "backfill"}})
    assert told == []


@pytest.mark.parametrize("name", NAMES)
def test_a_deadline_is_kept_in_seconds(name: str) -> None:
    deadline = parse(name).deadline
    deadline = deadline[0] if isinstance(deadline, list) else deadline
    # This is what Airflow 3.3 does with it when a task is cleared. It ends with 500 where the interval is no number.
    kept = encode_deadline_alert(deadline)
    assert timedelta(seconds=kept["interval"]) == decode_deadline_alert({Encoding.VAR: kept}).interval >= timedelta(hours=1)


# Days that were missed


class Events(list[Any]):
    """The events of covers_processed, as a task with this inlet is given them."""

    def after(self, moment: str) -> list[Any]:
        return [event for event in self if event.timestamp >= datetime.fromisoformat(moment)]


def event(key: str | None, dag: str = "covers", at: str = "") -> Any:
    moment = datetime.fromisoformat(at or str(key)).replace(tzinfo=UTC) + timedelta(days=1, hours=6)
    return SimpleNamespace(partition_key=key, source_dag_id=dag, timestamp=moment)


def scheduled(key: str, *events: Any, run_type: str = "scheduled") -> Any:
    return {
        "dag_run": SimpleNamespace(run_type=run_type, partition_key=key),
        "ti": SimpleNamespace(dag_id="covers", run_id=RUN),
        "inlet_events": {covers_trouble.PROCESSED: Events(events)},
    }


def test_days_that_were_missed_are_named_with_the_command(told: list[tuple[str, alerts.Alert]]) -> None:
    own = event("2026-03-27")  # transform is done when report begins
    covers_trouble.name_missed_days(scheduled("2026-03-27", event("2026-03-22"), event("2026-03-23"), own))
    ((setting, alert),) = told
    assert (setting, alert.kind) == ("on_late", "missed")
    assert alert.title == "covers: the 3 days 2026-03-24 to 2026-03-26 were missed"
    assert "airflow backfill create --dag-id covers --from-date 2026-03-24 --to-date 2026-03-26T23:59" in alert.text


@pytest.mark.parametrize(
    "context",
    [
        pytest.param(scheduled("2026-03-27", event("2026-03-26"), event("2026-03-20")), id="the day before is there"),
        pytest.param(scheduled("2026-03-27"), id="the very first run"),
        pytest.param(scheduled("2026-03-27", event("2026-03-20"), run_type="backfill"), id="a backfill"),
        pytest.param(scheduled("2026-03-27", event("2026-03-22", dag="covers_care")), id="a week's day of care"),
        pytest.param(scheduled("2026-03-27", event("2026-03-28"), event("2026-03-29")), id="an old run that is cleared"),
    ],
)
def test_nothing_is_told_where_nothing_was_missed(context: Any, told: list[tuple[str, alerts.Alert]]) -> None:
    covers_trouble.name_missed_days(context)
    assert told == []


def test_one_missed_day(told: list[tuple[str, alerts.Alert]]) -> None:
    covers_trouble.name_missed_days(scheduled("2026-03-27", event("2026-03-25")))
    assert told[0][1].title == "covers: the day 2026-03-26 was missed"


def test_a_run_does_not_fail_because_nobody_could_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__COVERS__ON_LATE", "nowhere.at_all")
    covers_trouble.name_missed_days(scheduled("2026-03-27", event("2026-03-25")))


def test_report_looks_for_missed_days_and_has_the_events() -> None:
    report = next(task for task in parse("covers").tasks if task.task_id == "report")
    assert [asset.name for asset in report.inlets] == ["covers_processed"]
