"""The result: one line of stdout becomes XCom, asset events and lineage."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from airflow.sdk import Asset
from airflow.sdk.execution_time.context import OutletEventAccessors

import container_steps
from container_steps.result import MAX_RESULT, BadResultError, LastLine, lineage, parse, tell_assets
from container_steps.step_run import StepRun
from cuts import cuts

RESULT = {"status": "done", "step": "load", "version": "1", "durations": {"total": 0.1}}


def test_the_schema_is_the_steps_own() -> None:
    ours = Path(container_steps.__file__).parent / "result.schema.json"
    theirs = Path(__file__).parents[2] / "tasks/internal/step/result.schema.json"
    assert ours.read_bytes() == theirs.read_bytes()


def test_a_result_is_read() -> None:
    assert parse(json.dumps(RESULT)) == RESULT


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no result"),
        (" \n", "no result"),
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "type at the top"),
        ("null", "type at the top"),
        ("{}", "required at the top"),
        (json.dumps(RESULT | {"status": "fine"}), "enum at status"),
        (json.dumps(RESULT | {"surprise": "SECRET"}), "additionalProperties at the top"),
        (json.dumps(RESULT | {"day": "SECRET"}), "pattern at day"),
        (json.dumps(RESULT | {"counts": {"reservation": {"received": 1.5}}}), "type at counts/reservation/received"),
        ("x" * (MAX_RESULT + 1), "longer than"),
    ],
)
def test_what_is_none_is_refused_without_quoting_it(text: str, says: str) -> None:
    with pytest.raises(BadResultError, match=says) as e:
        parse(text)
    assert "SECRET" not in str(e.value)


def last(*chunks: bytes) -> tuple[bytes, list[bytes]]:
    other: list[bytes] = []
    line = LastLine(other.append)
    for chunk in chunks:
        line.feed(chunk)
    return line.close(), other


@pytest.mark.parametrize(
    ("text", "line", "other"),
    [
        (b"", b"", []),
        (b"\n\n", b"", []),
        (b"a", b"a", []),
        (b"a\n", b"a", []),
        (b"a\n\n \n", b"a", []),
        (b"a\nb\n", b"b", [b"a\n"]),
        (b"a\nb", b"b", [b"a\n"]),
        (b"a\n\nb\nc\n", b"c", [b"a\n", b"b\n"]),
        ("é\n東".encode(), "東".encode(), ["é\n".encode()]),
    ],
)
def test_the_last_line_of_stdout(text: bytes, line: bytes, other: list[bytes]) -> None:
    for chunks in cuts(text, random.Random(1), 50):
        assert last(*chunks) == (line, other)


def test_a_result_of_a_million_bytes_is_taken() -> None:
    text = json.dumps(RESULT | {"details": {"x": "y" * 1_000_000}}).encode()
    assert parse(last(text + b"\n")[0])["details"]["x"] == "y" * 1_000_000


def test_an_endless_result_is_not_kept() -> None:
    line = LastLine(lambda _: None)
    for _ in range(100):
        line.feed(b"z" * 100_000)
    assert len(line.close()) == MAX_RESULT + 1


def test_assets_hear_counts_and_manifest() -> None:
    assets = [Asset("covers_warehouse"), Asset("other")]
    events = OutletEventAccessors()
    result = RESULT | {
        "day": "2026-03-28",
        "counts": {"load": {"landed": 3}},
        "manifest": "m.json",
        "inputs": ["many"],
        "details": {"service_dates": ["2026-04-01"], "x": 1},
    }
    tell_assets({"outlet_events": events}, assets, result)
    for asset in assets:
        assert events[asset].extra == {
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
    tell_assets({"outlet_events": events}, [report], RESULT | {"step": "report", "details": {"findings": [], "page": page}})
    assert events[report].extra == {"step": "report", "version": "1", "status": "done", "page": page}


S3 = {
    "COVERS_RAW": "s3://lake/prefix/raw",
    "COVERS_STAGING": "s3://lake/staging?region=x",
    "COVERS_PROCESSED": "file:///lake/processed",
    "COVERS_WAREHOUSE": "snowflake://U@acct/COVERS/MAIN?warehouse=W",
}


@pytest.mark.parametrize(
    ("step", "arguments", "inputs", "outputs"),
    [
        ("extract", [], [], [("s3://lake", "prefix/raw/k")]),
        ("validate", [], [("s3://lake", "prefix/raw/i")], [("s3://lake", "staging/k")]),
        ("validate", ["--raw", "s3://other"], [("s3://other", "i")], [("s3://lake", "staging/k")]),
        ("validate", ["--raw=s3://other"], [("s3://other", "i")], [("s3://lake", "staging/k")]),
        ("transform", [], [("s3://lake", "staging/i")], [("file", "/lake/processed/k")]),
        ("load", [], [("file", "/lake/processed/i")], [("snowflake://acct", "COVERS.MAIN.RESERVATIONS")]),
        ("report", [], [], [("file", "/lake/processed/k")]),
    ],
)
def test_lineage_names_inputs_and_outputs(
    step: str, arguments: list[str], inputs: list[tuple[str, str]], outputs: list[tuple[str, str]]
) -> None:
    result = RESULT | {"inputs": ["i"] if inputs else [], "outputs": [] if step == "load" else ["k"]}
    told = lineage(StepRun(step, arguments, S3, []), result)
    assert [(d.namespace, d.name) for d in told.inputs] == inputs
    assert [(d.namespace, d.name) for d in told.outputs] == outputs


def test_lineage_of_a_step_without_a_result() -> None:
    assert lineage(StepRun("report", [], S3, []), None).inputs == []
