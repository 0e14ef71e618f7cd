"""The DAGs as Airflow parses them: their shape, their days, and what protects them."""

import json
import os
import re
import socket
import subprocess
import sys
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import Connection, TriggerRule, Variable
from airflow.serialization.serialized_objects import DagSerialization

import covers_runs
import covers_sources
from dag_files import DAGS, NAMES, parse, tasks, timetable_of
from packages import PACKAGES


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__COVERS__RUNTIME", "process")


def rendered(task: Any, key: str | None = None, **params: Any) -> list[str]:
    """Return a task's arguments as its template makes them for a run."""
    context = {
        "dag_run": SimpleNamespace(partition_key=key),
        "params": {"day": None, "by": "auto"} | params,
    }
    environment = task.dag.get_template_env()
    return [environment.from_string(a).render(context) if isinstance(a, str) else a for a in task.arguments]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_asked_while_a_file_is_parsed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("asked while a DAG file was parsed")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(Variable, "get", refuse)
    monkeypatch.setattr(Connection, "get", refuse)
    dag = parse(name)  # warnings are errors here (pytest.ini)
    assert DagSerialization.from_dict(DagSerialization.to_dict(dag)).dag_id == name


FRESH = """
import sys, time, warnings
import airflow.sdk.bases.operator, airflow.sdk.definitions.dag, airflow.serialization.serialized_objects
from airflow.dag_processing.dagbag import DagBag
warnings.simplefilter("error")
began = time.process_time()
bag = DagBag(sys.argv[1])
print(f"parsed in {time.process_time() - began:.2f} s of CPU")
sys.exit(str(bag.import_errors) if bag.import_errors else 0)
"""


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_parsed_without_warnings_in_a_fresh_process(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    env = os.environ | {"PYTHONPATH": f"{PACKAGES}:{DAGS}", "AIRFLOW__COVERS__RUNTIME": "docker"}  # whose libraries are the most
    done = subprocess.run(
        [sys.executable, "-c", FRESH, DAGS / f"{name}.py"], env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    with capsys.disabled():
        print(f"\n{name}: {done.stdout.splitlines()[-1]}")


@pytest.mark.parametrize("name", NAMES)
def test_a_dag_says_what_it_is(name: str) -> None:
    dag = parse(name)
    assert dag.doc_md and dag.description and "covers" in dag.tags
    assert "docs/airflow.md" in dag.doc_md
    assert {task.owner for task in dag.tasks} == {"covers"}
    assert all(task.retries > 0 and task.retry_exponential_backoff for task in dag.tasks)


def test_a_page_is_a_link_where_the_pages_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert covers_runs.page("docs/airflow.md") == "`docs/airflow.md`"
    monkeypatch.setenv("COVERS_DOCS_URL", "https://example.com/covers/blob/main/")
    assert "[docs/airflow.md](https://example.com/covers/blob/main/docs/airflow.md)" in parse("covers").doc_md


@pytest.mark.parametrize("name", NAMES)
def test_the_pages_named_are_there(name: str) -> None:
    pages = re.findall(r"`([\w./-]+\.(?:md|yaml))`", parse(name).doc_md)
    assert pages and all((DAGS.parent / page).is_file() for page in pages)


@pytest.mark.parametrize("name", ["covers", "covers_simulate"])
def test_the_key_is_the_day_before(name: str) -> None:
    timetable = timetable_of(name)
    _date, key = timetable._get_partition_info(timetable._align_to_next(datetime(2026, 11, 22, tzinfo=UTC)))
    assert key == "2026-11-21"
    infos = timetable.iter_partition_dagrun_infos(
        earliest=datetime(2026, 3, 27, tzinfo=UTC), latest=datetime(2026, 3, 29, 23, 59, tzinfo=UTC)
    )
    assert [info.partition_key for info in infos] == ["2026-03-27", "2026-03-28", "2026-03-29"]


def test_covers_runs_after_the_simulator() -> None:
    midnight = datetime(2026, 11, 22, tzinfo=UTC)
    simulate, covers = (timetable_of(name)._align_to_next(midnight) for name in ("covers_simulate", "covers"))
    assert midnight < simulate < covers


def test_a_week_of_care_is_over() -> None:
    timetable = timetable_of("covers_care")
    tick = timetable._align_to_next(datetime(2026, 11, 20, tzinfo=UTC))
    assert (str(tick.date()), timetable._get_partition_info(tick)[1]) == ("2026-11-23", "2026-11-16")
    arguments = rendered(tasks("covers_care")["opentable.reconcile"], key="2026-11-16")
    assert "2026-11-16..2026-11-22" in arguments


@pytest.mark.parametrize("name", NAMES)
def test_no_days_are_caught_up_unasked(name: str) -> None:
    assert not parse(name).catchup


@pytest.mark.parametrize("name", NAMES)
def test_the_day_is_the_partition_key_or_the_param(name: str) -> None:
    for task in tasks(name).values():
        if "--day" in task.arguments or "--days" in task.arguments:
            assert rendered(task, key="2026-03-27") == rendered(task, key="2026-03-27", day="2026-05-05")
            assert rendered(task, day="2026-03-27") == rendered(task, key="2026-03-27")
            # A clock would show: nothing but the key is in what is asked for.
            assert "2026-03" in " ".join(map(str, rendered(task, key="2026-03-27"))).replace("2026-04", "2026-03")


@pytest.mark.parametrize("day", [None, "someday"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_day_reaches_the_step_which_refuses_it_at_once(name: str, day: str | None) -> None:
    """An error while templates render would be tried again for hours."""
    for task in tasks(name).values():
        for flag, value in zip(task.arguments, rendered(task, key=day)[1:], strict=False):
            if flag in ("--day", "--days"):
                assert set(value.split("..")) == {str(day)}


@pytest.mark.parametrize(
    ("param", "good", "bad"), [("from", "validate", "load"), ("by", "service-date", "change"), ("day", "2026-03-27", "March")]
)
def test_params(param: str, good: str, bad: str) -> None:
    params = parse("covers").params
    params[param] = good
    assert params.validate()[param] == good

    def put_in() -> None:
        params[param] = bad
        params.validate()

    with pytest.raises(Exception, match="Invalid input"):
        put_in()


def test_by_reaches_extract() -> None:
    arguments = rendered(tasks("covers")["opentable.extract"], key="2026-03-27", by="service-date")
    assert arguments[arguments.index("--by") + 1] == "service-date"


def test_shape_of_covers() -> None:
    found = tasks("covers")
    assert {name: sorted(task.upstream_task_ids) for name, task in found.items()} == {
        "opentable.extract": [],
        "opentable.validate": ["opentable.extract"],
        "thefork.extract": [],
        "thefork.validate": ["thefork.extract"],
        "transform": ["opentable.validate", "thefork.validate"],
        "load": ["transform"],
        "report": ["load"],
    }
    assert "--check" in found["report"].arguments


def test_shape_of_covers_care() -> None:
    found = tasks("covers_care")
    assert {name: sorted(task.upstream_task_ids) for name, task in found.items()} == {
        "opentable.reconcile": [],
        "opentable.validate": ["opentable.reconcile"],
        "thefork.reconcile": [],
        "thefork.validate": ["thefork.reconcile"],
        "transform": ["opentable.validate", "thefork.validate"],
        "load": ["transform"],
        "report": ["load"],
        "tidy": [],
    }


def test_what_failed_does_not_hold_up_the_others() -> None:
    for name in ("covers", "covers_care"):
        found = tasks(name)
        assert {found[t].trigger_rule for t in ("transform", "load", "report")} == {TriggerRule.ALL_DONE}


def test_validate_runs_after_an_extract_that_was_skipped() -> None:
    found = tasks("covers")
    assert {found[f"{p}.validate"].trigger_rule for p in ("opentable", "thefork")} == {TriggerRule.NONE_FAILED}


def test_one_last_task_tells_of_an_asset() -> None:
    for name in NAMES:
        for task in tasks(name).values():
            assert not task.outlets or task.get_closest_mapped_task_group() is None
    outlets = {name: [o.name for o in task.outlets] for name, task in tasks("covers").items() if task.outlets}
    assert outlets == {"transform": ["covers_processed"], "load": ["covers_warehouse"], "report": ["covers_report"]}


def test_events_carry_the_day_that_the_step_was_given() -> None:
    for name in NAMES:
        for task in tasks(name).values():
            assert not task.outlets or task._pre_execute_hook in (covers_runs.partitioned, covers_runs.partitioned_and_missed)
    keys: list[str] = []
    task = SimpleNamespace(arguments=["--check", "--day", "2026-11-22"], outlets=["asset"])
    context: Any = {"task": task, "outlet_events": {"asset": SimpleNamespace(add_partitions=keys.append)}}
    covers_runs.partitioned(context)
    assert keys == ["2026-11-22"]


def test_who_asks_a_platform_holds_a_slot_of_its_credential() -> None:
    pools = json.loads((DAGS / "pools.json").read_text())
    for name, asking in (("covers", "extract"), ("covers_care", "reconcile")):
        found = tasks(name)
        for platform in covers_sources.platforms():
            task = found[f"{platform.name}.{asking}"]
            assert task.pool == f"covers_{platform.credential}"
            rate = task.arguments[task.arguments.index("--requests-per-second") + 1]
            assert float(rate) * pools[task.pool]["slots"] == platform.requests_per_second


def test_one_at_a_time_opens_the_warehouse() -> None:
    assert json.loads((DAGS / "pools.json").read_text())["covers_warehouse"]["slots"] == 1
    for name in ("covers", "covers_care"):
        found = tasks(name)
        assert found["load"].pool == found["report"].pool == "covers_warehouse"


def test_the_ui_shows_the_source() -> None:
    for name in ("covers", "covers_care"):
        for task_id, task in tasks(name).items():
            if "." in task_id:
                source = SimpleNamespace(arguments=[a if isinstance(a, str) else "opentable/101" for a in task.arguments])
                label = task.dag.get_template_env().from_string(task.map_index_template).render({"task": source})
                assert label == "opentable/101", task_id
