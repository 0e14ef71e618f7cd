"""The examples keep the contract, and run as tasks of a real Airflow on a real engine."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from container_steps import Contract
from container_steps.conform.check import Verdict
from container_steps.conform.command import parser, tried
from running import Ran, run_task, sigterm_when

EXAMPLES = Path(__file__).parents[1] / "examples"
SLOW = {"words": "--pause 5s", "rates": "--pause 5"}
DAG = "words_and_rates"


@pytest.fixture(scope="module", autouse=True)
def _images() -> None:
    for name in SLOW:
        subprocess.run(["docker", "build", "--quiet", "--tag", f"examples/{name}:latest", EXAMPLES / name], check=True)


@pytest.fixture(autouse=True)
def _leaves_no_container() -> Iterator[None]:
    yield
    left = docker.from_env().api.containers(all=True, filters={"label": "examples.dag"})
    assert not left, left


@pytest.mark.parametrize("name", SLOW)
def test_an_example_passes_every_check(name: str) -> None:
    options = ["--network", "none", "--slow", SLOW[name], f"examples/{name}:latest"]
    report = tried(parser().parse_args(options), {}, lambda _: None)
    assert {finding.verdict for _, finding in report.findings} == {Verdict.PASSED}, report.table()


def task(monkeypatch: pytest.MonkeyPatch, name: str, *arguments: str) -> Ran:
    monkeypatch.setenv("AIRFLOW__EXAMPLES__DOCKER_NETWORK", "none")
    return run_task(lambda: Contract(name="examples").step(name, name, arguments))


def lines(ran: Ran) -> list[dict[str, Any]]:
    return [record for record in ran.log if str(record.get("logger_name", "")).startswith("examples.")]


def test_lines_keep_their_levels_times_and_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = task(monkeypatch, "words")
    assert ran.state == "success", ran.error
    assert [(r["log_level"], r["event"], r.get("line"), r.get("words")) for r in lines(ran)] == [
        ("debug", "counting a line", 1, None),
        ("debug", "counting a line", 2, None),
        ("debug", "counting a line", 3, None),
        ("info", "the text is counted", None, 34),
    ]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", r["timestamp"]) for r in lines(ran))


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        (
            "words",
            ["--file", "/none"],
            "65 (data refused): open /none: no such file or directory; next: name a file of the image",
        ),
        ("words", ["--fil", "x"], "64 (wrong usage or settings): the arguments are not known; next: give --file FILE"),
        ("rates", ["--to", "XXX"], "65 (data refused): there is no rate of XXX; next: add it to rates.csv"),
        ("rates", ["--to"], "64 (wrong usage or settings): the arguments are not known; next: give --amount NUMBER"),
    ],
)
def test_what_no_other_try_helps_fails_at_once_with_the_steps_words(
    monkeypatch: pytest.MonkeyPatch, name: str, arguments: list[str], says: str
) -> None:
    ran = task(monkeypatch, name, *arguments)
    assert ran.state == "failed"
    assert says in str(ran.error)


@pytest.mark.parametrize("name", SLOW)
def test_a_task_that_is_stopped_takes_its_container_with_it(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    engine = docker.from_env().api

    def at_work() -> bool:
        found = engine.containers(filters={"label": "examples.dag"})
        return bool(found) and bool(engine.logs(found[0]["Id"], stdout=False, tail=1))

    with sigterm_when(at_work):
        ran = task(monkeypatch, name, *SLOW[name].split())
    assert ran.state in ("failed", "up_for_retry"), ran.error


def test_the_dag_runs_in_a_new_airflow_as_the_page_says(tmp_path: Path) -> None:
    """It has no folder of DAGs yet; the lines of the page that bring the DAG there are what is run."""
    database = tmp_path / "airflow.db"
    page = (EXAMPLES.parent / "README.md").read_text(encoding="utf-8")
    (copies,) = re.findall(r"```\n((?: +[^`\n]*\n)*?) +airflow dags reserialize\n", page)
    environment = {
        **{name: os.environ[name] for name in ("HOME", "DOCKER_HOST") if name in os.environ},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(EXAMPLES.parent / "src"),
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{database}",
        "AIRFLOW__EXAMPLES__DOCKER_NETWORK": "none",
    }
    for command in ("airflow db migrate", copies, f"airflow dags test {DAG}"):
        ran = subprocess.run(
            ["bash", "-euc", command], env=environment, cwd=EXAMPLES.parents[1], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
    with sqlite3.connect(database) as rows:
        states = dict(rows.execute("SELECT task_id, state FROM task_instance").fetchall())
        results = {task: json.loads(value) for task, value in rows.execute("SELECT task_id, value FROM xcom")}
    rows.close()
    assert states == {"words": "success", "rates": "success"}
    assert results["words"] == {"status": "done", "counts": {"lines": 3, "words": 34}}
    assert results["rates"] == {"status": "done", "details": {"currency": "JPY", "amount": 5821.82}}  # 34 times 171.23
    shown = re.sub(r"\x1b\[[0-9;]*m", "", ran.stdout + ran.stderr)  # without colours
    assert re.search(r"\[info +\] looking for the rate of JPY +\[examples\.rates\]", shown)
