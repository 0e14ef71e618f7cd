"""What Covers' own part says of its steps: settings, results, exit codes, lineage."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from airflow.sdk import Asset
from airflow.sdk.exceptions import AirflowFailException
from airflow.sdk.execution_time.context import OutletEventAccessors

import covers_airflow
from container_steps.exits import failure
from container_steps.result import BadResultError, lineage, parse, tell_assets
from container_steps.step_run import StepRun
from covers_airflow import CONTRACT, credentials
from dag_files import DAGS
from packages import PACKAGES

ROOT = DAGS.parent
RESULT = {"status": "done", "step": "load", "version": "1", "durations": {"total": 0.1}}
LAKE = {
    "COVERS_RAW": "s3://lake/prefix/raw",
    "COVERS_STAGING": "s3://lake/staging?region=x",
    "COVERS_PROCESSED": "file:///lake/processed",
    "COVERS_WAREHOUSE": "snowflake://U@acct/COVERS/MAIN?warehouse=W",
}


def run_of(step: str, *arguments: str) -> StepRun:
    return StepRun(CONTRACT, step, arguments, LAKE, [])


def test_the_schema_is_the_steps_own() -> None:
    ours = Path(covers_airflow.__file__).parent / "result.schema.json"
    assert ours.read_bytes() == (ROOT / "tasks/internal/step/result.schema.json").read_bytes()


@pytest.mark.parametrize(
    ("result", "says"),
    [
        ({"status": "done"}, "required at the top"),
        (RESULT | {"surprise": "SECRET"}, "additionalProperties at the top"),
        (RESULT | {"day": "SECRET"}, "pattern at day"),
        (RESULT | {"counts": {"reservation": {"received": 1.5}}}, "type at counts/reservation/received"),
    ],
)
def test_a_result_is_held_against_it(result: dict[str, object], says: str) -> None:
    with pytest.raises(BadResultError, match=says) as e:
        parse(CONTRACT, json.dumps(result))
    assert "SECRET" not in str(e.value)


def test_exit_codes_are_the_documented_ones() -> None:
    page = (ROOT / "docs/steps.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| .* \| (.*) \|$", page.partition("## Exit codes")[2].partition("\n#")[0], re.MULTILINE)
    assert len(rows) == 8
    for code, airflow in rows:
        if code != "0":
            ended = failure(run_of("load"), int(code), None)
            assert isinstance(ended, AirflowFailException) == (airflow == "fail, no retry"), code


def test_variables_of_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    named = {
        "raw": "COVERS_RAW",
        "staging": "COVERS_STAGING",
        "processed": "COVERS_PROCESSED",
        "warehouse": "COVERS_WAREHOUSE",
        "simulator": "COVERS_OUT",
        "restaurants": "COVERS_RESTAURANTS",
    }
    for setting in named:
        monkeypatch.setenv(f"AIRFLOW__COVERS__{setting.upper()}", f"the {setting}")
    assert CONTRACT.settings.environment("load") == {variable: f"the {setting}" for setting, variable in named.items()}


def test_the_table_of_settings_is_printed() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "covers_airflow.settings"],
        env={"PYTHONPATH": f"{PACKAGES}:{DAGS}", "AIRFLOW_HOME": "/nowhere", "PATH": "/bin:/usr/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (
        "| `image` | `covers/{step}:{tag}` | the image, a pattern of step and tag; `image_STEP` for one step |\n" in done.stdout
    )
    assert "| `simulator` |  | URL of the simulated platforms' zone, which generate writes: COVERS_OUT |\n" in done.stdout


def test_assets_hear_counts_manifest_and_what_changed() -> None:
    warehouse, events = Asset("covers_warehouse"), OutletEventAccessors()
    result = RESULT | {
        "day": "2026-03-28",
        "counts": {"load": {"landed": 3}},
        "manifest": "m.json",
        "inputs": ["many"],
        "details": {"service_dates": ["2026-04-01"], "x": 1},
    }
    tell_assets(CONTRACT, {"outlet_events": events}, [warehouse], result)
    assert events[warehouse].extra == {
        "step": "load",
        "version": "1",
        "status": "done",
        "day": "2026-03-28",
        "counts": {"load": {"landed": 3}},
        "manifest": "m.json",
        "service_dates": ["2026-04-01"],
    }


def test_the_asset_of_a_report_names_its_page() -> None:
    report, events = Asset("covers_report"), OutletEventAccessors()
    page = "s3://lake/processed/reports/2026-03-28.html"
    result = RESULT | {"step": "report", "details": {"findings": [], "page": page}}
    tell_assets(CONTRACT, {"outlet_events": events}, [report], result)
    assert events[report].extra == {"step": "report", "version": "1", "status": "done", "page": page}


READING = "opentable/101/2026-03-27/updated/20260328T060000Z-ab12"


@pytest.mark.parametrize(
    ("step", "arguments", "inputs", "outputs", "told_inputs", "told_outputs"),
    [
        ("extract", [], [], [f"{READING}/manifest.json"], [], [("s3://lake", "prefix/raw/opentable/101")]),
        (
            "validate",
            [],
            [f"{READING}/manifest.json", "opentable/101/2026-03-27/updated/20260328T070000Z-cd34/manifest.json"],
            [f"{READING}/0123456789abcdef-0003.0001.0001.json"],
            [("s3://lake", "prefix/raw/opentable/101")],
            [("s3://lake", "staging/opentable/101")],
        ),
        ("validate", ["--raw", "s3://other"], [f"{READING}/manifest.json"], [], [("s3://other", "opentable/101")], []),
        (
            "transform",
            [],
            [f"{READING}/0-0003.0001.0001.json", "thefork/group-main/2026-03-27/updated/2-x/0-0003.0001.0001.json"],
            ["2026-03-27/0123456789abcdef.json"],
            [("s3://lake", "staging/opentable/101"), ("s3://lake", "staging/thefork/group-main")],
            [("file", "/lake/processed")],
        ),
        ("report", [], [], ["reports/2026-03-27.html"], [], [("file", "/lake/processed/reports")]),
    ],
)
def test_a_dataset_of_the_lineage_lives_longer_than_a_day(
    step: str,
    arguments: list[str],
    inputs: list[str],
    outputs: list[str],
    told_inputs: list[tuple[str, str]],
    told_outputs: list[tuple[str, str]],
) -> None:
    told = lineage(run_of(step, *arguments), RESULT | {"inputs": inputs, "outputs": outputs})
    assert [(d.namespace, d.name) for d in told.inputs] == told_inputs
    assert [(d.namespace, d.name) for d in told.outputs] == told_outputs


def test_a_zone_at_the_top_of_its_bucket_has_a_name() -> None:
    told = lineage(run_of("transform", "--processed", "s3://processed"), RESULT | {"outputs": ["2026-03-27/0.json"]})
    assert [(d.namespace, d.name) for d in told.outputs] == [("s3://processed", "/")]


def tables_of_the_schema() -> set[str]:
    files = (DAGS.parent / "tasks/internal/warehouse/sql/schema").glob("*.sql")
    found = {name for file in files for name in re.findall(r"CREATE TABLE IF NOT EXISTS (\w+)", file.read_text())}
    # The bookkeeping of migrating and loading, and what a person decides (care erasures).
    return found - {"schema_versions", "load_gate", "erasure_decisions"}


@pytest.mark.parametrize("connected", [False, True])
def test_a_load_names_the_tables_of_the_warehouse(connected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its URL is a setting's, or the connection's, which is read when the task executes."""
    run = run_of("load")
    if connected:
        extra = {"account": "acct", "database": "COVERS", "warehouse": "W", "role": "R", "stage": "S"}
        connection = {"conn_type": "snowflake", "login": "U", "password": "a secret", "schema": "MAIN", "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_COVERS_SNOWFLAKE", json.dumps(connection))
        environment = {name: value for name, value in run.environment.items() if name != "COVERS_WAREHOUSE"}
        run = StepRun(CONTRACT, "load", [], environment, [credentials.snowflake()])
        task = SimpleNamespace(execution_timeout=None)
        run.variables({"ti": SimpleNamespace(dag_id="covers", task_id="load", run_id="r", task=task)})
        assert "a secret" not in str(run.public)
    told = lineage(run, RESULT | {"inputs": ["2026-03-27/0.json"]})
    assert {d.namespace for d in told.outputs} == {"snowflake://acct"}
    assert {d.name for d in told.outputs} == {f"COVERS.MAIN.{name.upper()}" for name in tables_of_the_schema()}
    assert lineage(run, RESULT | {"command": "status"}).outputs == []
