"""What restaurants.yaml makes of the DAGs, and what their hooks do when a task executes."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import NEVER_EXPIRE  # type: ignore[attr-defined]
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

import covers_runs
import covers_sources
from dag_files import DAGS, parse, tasks

RESTAURANTS = """
version: 1
platforms:
  opentable: {api_url: u, auth_url: u, credential: opentable, overlap: 1h, page_size: 1000, requests_per_second: 10}
  thefork:
    {api_url: u, auth_url: u, credential: thefork, overlap: 24h, page_size: 1000, requests_per_second: 5, money_unit: major}
restaurants:
  - {id: 20, from: 2026-01-01, revision: 1, opentable: {rid: 2}}
  - {id: 3, from: 2026-02-10, until: 2026-02-20, revision: 1, opentable: {rid: 1}, thefork: {uuid: u}}
accounts:
  - {id: main, platform: thefork, group_uuid: u, from: "2026-01-01", revision: 1}
"""


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__COVERS__RUNTIME", "process")


class Store(dict[str, Any]):
    """The state store of a task's instance, which lives as long as its run."""

    def set(self, key: str, value: Any, *, retention: Any = None) -> None:
        assert retention is NEVER_EXPIRE
        self[key] = value


class Task:
    """A task's instance: its map index, and what it pushed."""

    def __init__(self, map_index: int = -1, **more: Any):
        self.map_index, self.xcoms = map_index, dict[str, Any]()
        self.__dict__ |= more

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = value


def context_of(day: str | None = None, key: str | None = None, map_index: int = -1, store: Any = None, **params: Any) -> Any:
    return {
        "dag_run": SimpleNamespace(partition_key=key),
        "params": {"day": day, "from": "extract"} | params,
        "ti": Task(map_index),
        "task_state_store": Store() if store is None else store,
    }


def test_a_credential_without_a_pool_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "restaurants.yaml"
    file.write_text(RESTAURANTS.replace("credential: thefork", "credential: elsewhere"))
    monkeypatch.setenv("COVERS_RESTAURANTS", str(file))
    bag = DagBag(str(DAGS / "covers.py"))
    assert "covers_elsewhere is not in" in next(iter(bag.import_errors.values()))


def test_restaurants_become_mapped_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "restaurants.yaml"
    file.write_text(RESTAURANTS)
    monkeypatch.setenv("COVERS_RESTAURANTS", str(file))
    for name in ("covers", "covers_care"):
        groups = parse(name).task_group.children
        mapped = {g: groups[g]._expand_input.value["source"] for g in ("opentable", "thefork")}
        assert mapped == {"opentable": ["opentable/20", "opentable/3"], "thefork": ["thefork/main", "thefork/3"]}


def test_a_source_that_is_added_leaves_the_numbers_of_earlier_days(tmp_path: Path) -> None:
    file = tmp_path / "restaurants.yaml"
    file.write_text(RESTAURANTS)
    before = [s.id for s in covers_sources.platforms(file)[0].sources]
    added = "restaurants:\n  - {id: 1, from: 2026-03-01, revision: 1, opentable: {rid: 9}}"
    file.write_text(RESTAURANTS.replace("restaurants:", added))
    assert [s.id for s in covers_sources.platforms(file)[0].sources] == [*before, "opentable/1"]


def test_a_cleared_task_that_would_read_another_source_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source with an earlier `from` moves the numbers of those behind it."""
    file = tmp_path / "restaurants.yaml"
    monkeypatch.setenv("COVERS_RESTAURANTS", str(file))
    added = "restaurants:\n  - {id: 1, from: 2025-12-01, revision: 1, opentable: {rid: 9}}"
    for name, task in (("covers", "opentable.extract"), ("covers", "opentable.validate"), ("covers_care", "opentable.reconcile")):
        store = Store()
        file.write_text(RESTAURANTS)
        for _ in range(2):  # it may be cleared while nothing has moved
            tasks(name)[task]._pre_execute_hook(context_of(key="2026-02-12", map_index=1, store=store))
        file.write_text(RESTAURANTS.replace("restaurants:", added))
        context = context_of(key="2026-02-12", map_index=1, store=store)
        with pytest.raises(
            AirflowFailException, match=r"was for opentable/3 and would now be for opentable/20, .*with a new run"
        ):
            tasks(name)[task]._pre_execute_hook(context)
        assert "opentable/3" in context["ti"].xcoms["failure"]["reason"]


def test_a_cleared_task_whose_source_is_gone_is_refused(tmp_path: Path) -> None:
    hook = covers_runs.read_on(platform_of(RESTAURANTS, tmp_path))
    with pytest.raises(AirflowFailException, match="no source number 2 of opentable any more"):
        hook(context_of(key="2026-02-12", map_index=2))


def test_an_id_is_its_value(tmp_path: Path) -> None:
    file = tmp_path / "restaurants.yaml"
    file.write_text(RESTAURANTS.replace("id: 20,", "id: 20.0,"))
    assert [s.id for s in covers_sources.platforms(file)[0].sources] == ["opentable/20", "opentable/3"]


def test_a_platform_without_sources_has_no_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "restaurants.yaml"
    file.write_text(RESTAURANTS[: RESTAURANTS.index("accounts:")].replace(", thefork: {uuid: u}", ""))
    monkeypatch.setenv("COVERS_RESTAURANTS", str(file))
    assert set(tasks("covers")) == {"opentable.extract", "opentable.validate", "transform", "load", "report"}


@pytest.mark.parametrize("day", [None, "2026-3-27"])
def test_a_run_without_a_day_says_what_to_do_and_is_not_tried_again(day: str | None) -> None:
    context = context_of(key=day)
    with pytest.raises(AirflowFailException, match="trigger it with a partition key"):
        covers_runs.day_of(context)
    assert "trigger it with a partition key" in context["ti"].xcoms["failure"]["reason"]


def platform_of(text: str, tmp_path: Path) -> covers_sources.Platform:
    file = tmp_path / "restaurants.yaml"
    file.write_text(text)
    return covers_sources.platforms(file)[0]


def test_a_source_is_read_from_its_first_day_to_its_last(tmp_path: Path) -> None:
    platform = platform_of(RESTAURANTS, tmp_path)
    hook = covers_runs.read_on(platform)
    always, closed = (next(i for i, s in enumerate(platform.sources) if s.id == f"opentable/{n}") for n in (20, 3))
    for day in ("2026-02-10", "2026-02-20"):
        hook(context_of(key=day, map_index=closed))
    for day in ("2026-02-09", "2026-02-21"):
        with pytest.raises(AirflowSkipException, match="opentable/3 is read from 2026-02-10 to 2026-02-20"):
            hook(context_of(key=day, map_index=closed))
        hook(context_of(day=day, map_index=always))


def test_a_week_is_reconciled_when_all_of_it_was_read(tmp_path: Path) -> None:
    platform = platform_of(RESTAURANTS, tmp_path)
    hook = covers_runs.read_on(platform, days=7)
    closed = next(i for i, s in enumerate(platform.sources) if s.id == "opentable/3")
    hook(context_of(key="2026-02-14", map_index=closed))
    for first in ("2026-02-09", "2026-02-15"):
        with pytest.raises(AirflowSkipException):
            hook(context_of(key=first, map_index=closed))


@pytest.mark.parametrize(
    ("name", "task", "good", "bad"),
    [
        ("covers", "opentable.extract", "2026-02-20", "2026-02-21"),
        ("covers", "opentable.validate", "2026-02-20", "2026-02-21"),
        ("covers_care", "opentable.reconcile", "2026-02-14", "2026-02-15"),
    ],
)
def test_a_source_that_is_not_read_is_skipped(
    name: str, task: str, good: str, bad: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "restaurants.yaml"
    file.write_text(RESTAURANTS)
    monkeypatch.setenv("COVERS_RESTAURANTS", str(file))
    hook = tasks(name)[task]._pre_execute_hook
    closed = 1  # opentable/3, see test_restaurants_become_mapped_sources
    hook(context_of(key=good, map_index=closed))
    with pytest.raises(AirflowSkipException):
        hook(context_of(key=bad, map_index=closed))


@pytest.mark.parametrize("platform", ["opentable", "thefork"])
def test_from_validate_asks_no_platform(platform: str) -> None:
    found = tasks("covers")
    extract, validate = (found[f"{platform}.{t}"]._pre_execute_hook for t in ("extract", "validate"))
    extract(context_of(key="2026-03-27", map_index=0))
    again = context_of(key="2026-03-27", map_index=0, **{"from": "validate"})
    with pytest.raises(AirflowSkipException, match="no platform is asked"):
        extract(again)
    validate(again)


@pytest.mark.parametrize("name", ["covers", "covers_care"])
def test_a_run_is_red_when_one_of_its_tasks_failed(name: str) -> None:
    hook = tasks(name)["report"]._post_execute_hook

    def context(states: dict[str, str]) -> dict[str, Any]:
        return {"ti": Task(task_id="report", dag_id=name, run_id="r", get_task_states=lambda **_: {"r": states})}

    hook(context({"opentable.extract_0": "success", "thefork.extract_0": "skipped", "report": "running"}), {})
    with pytest.raises(AirflowFailException, match=r"failed: opentable\.extract of opentable/102, transform"):
        hook(context({"opentable.extract_0": "success", "opentable.extract_1": "failed", "transform": "failed"}), {})
