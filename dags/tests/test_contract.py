"""What Covers' own part says of its steps: settings, results, exit codes, lineage."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from airflow.sdk import Asset
from airflow.sdk.exceptions import AirflowFailException
from airflow.sdk.execution_time.context import OutletEventAccessors

import covers_airflow
from container_steps.exits import failure
from container_steps.result import BadResultError, lineage, parse, tell_assets
from container_steps.step_run import StepRun
from covers_airflow import CONTRACT
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


@pytest.mark.parametrize(
    ("step", "arguments", "inputs", "outputs"),
    [
        ("extract", [], [], [("s3://lake", "prefix/raw/k")]),
        ("validate", [], [("s3://lake", "prefix/raw/i")], [("s3://lake", "staging/k")]),
        ("validate", ["--raw", "s3://other"], [("s3://other", "i")], [("s3://lake", "staging/k")]),
        ("transform", [], [("s3://lake", "staging/i")], [("file", "/lake/processed/k")]),
        ("load", [], [("file", "/lake/processed/i")], [("snowflake://acct", "COVERS.MAIN.RESERVATIONS")]),
        ("report", [], [], [("file", "/lake/processed/k")]),
    ],
)
def test_lineage_names_inputs_and_outputs(
    step: str, arguments: list[str], inputs: list[tuple[str, str]], outputs: list[tuple[str, str]]
) -> None:
    result = RESULT | {"inputs": ["i"] if inputs else [], "outputs": [] if step == "load" else ["k"]}
    told = lineage(run_of(step, *arguments), result)
    assert [(d.namespace, d.name) for d in told.inputs] == inputs
    assert [(d.namespace, d.name) for d in told.outputs] == outputs
