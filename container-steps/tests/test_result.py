"""The result: one line of stdout becomes XCom, asset events and lineage."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from airflow.sdk import Asset
from airflow.sdk.execution_time.context import OutletEventAccessors

from container_steps import Contract
from container_steps.result import MAX_RESULT, BadResultError, LastLine, lineage, parse, tell_assets
from container_steps.step_run import StepRun
from cuts import cuts
from parcels import CONTRACT

RESULT = {"status": "done", "step": "load", "version": "1", "durations": {"total": 0.1}}


def test_a_result_is_read() -> None:
    assert parse(CONTRACT, json.dumps(RESULT)) == RESULT


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
        (json.dumps(RESULT | {"step": ["SECRET"]}), "type at step"),
        (json.dumps(RESULT | {"durations": {"total": "SECRET"}}), "type at durations/total"),
        (json.dumps(RESULT | {"error": {"message": "SECRET"}}), "not at the top"),
        (json.dumps(RESULT | {"status": "failed"}), "required at the top"),
        (json.dumps(RESULT | {"status": "failed", "error": {"code": 70}}), "required at error"),
        ("x" * (MAX_RESULT + 1), "longer than"),
    ],
)
def test_what_is_none_is_refused_without_quoting_it(text: str, says: str) -> None:
    with pytest.raises(BadResultError, match=says) as e:
        parse(CONTRACT, text)
    assert "SECRET" not in str(e.value)


@pytest.mark.parametrize(
    "result",
    [
        {"status": "done"},
        {"status": "unchanged", "step": "sort", "colour": "any key more"},
        {"status": "failed", "error": {"message": "the van is full"}},
        {"status": "refused", "error": {"code": 65, "kind": "data", "message": "no address", "next": "ask the sender"}},
    ],
)
def test_a_result_needs_its_status_and_an_error_its_message(result: dict[str, Any]) -> None:
    assert parse(Contract("plain"), json.dumps(result)) == result


def test_a_contracts_own_schema_holds() -> None:
    strict = Contract("strict", result_schema={"type": "object", "required": ["pages"]})
    assert parse(strict, '{"pages": 1}') == {"pages": 1}
    with pytest.raises(BadResultError, match="required at the top"):
        parse(strict, '{"status": "done"}')
    assert parse(CONTRACT, '{"status": "done"}') == {"status": "done"}


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
    assert parse(CONTRACT, last(text + b"\n")[0])["details"]["x"] == "y" * 1_000_000


def test_an_endless_result_is_not_kept() -> None:
    line = LastLine(lambda _: None)
    for _ in range(100):
        line.feed(b"z" * 100_000)
    assert len(line.close()) == MAX_RESULT + 1


def test_assets_hear_what_the_contract_names() -> None:
    assets = [Asset("parcels_sorted"), Asset("other")]
    events = OutletEventAccessors()
    result = RESULT | {
        "counts": {"letters": 3},
        "manifest": "m.json",
        "inputs": ["many"],
        "details": {"route": ["a", "b"], "x": 1},
    }
    tell_assets(CONTRACT, {"outlet_events": events}, assets, result)
    for asset in assets:
        assert events[asset].extra == {
            "step": "load",
            "version": "1",
            "status": "done",
            "counts": {"letters": 3},
            "route": ["a", "b"],
        }


def test_details_that_are_a_list_have_no_keys() -> None:
    sorted_, events = Asset("parcels_sorted"), OutletEventAccessors()
    tell_assets(CONTRACT, {"outlet_events": events}, [sorted_], {"status": "done", "details": ["route"]})
    assert events[sorted_].extra == {"status": "done"}


ZONES = {
    "PARCELS_DEPOT": "s3://depot/prefix/in",
    "PARCELS_VANS": "file:///vans",
    "PARCELS_BOOKS": "snowflake://U@acct/BOOKS/MAIN?warehouse=W",
}


@pytest.mark.parametrize(
    ("step", "arguments", "inputs", "outputs"),
    [
        ("extract", [], [], [("s3://depot", "prefix/in/k")]),
        ("sort", [], [("s3://depot", "prefix/in/i")], [("file", "/vans/k")]),
        ("sort", ["--depot", "s3://other"], [("s3://other", "i")], [("file", "/vans/k")]),
        ("sort", ["--depot=s3://other"], [("s3://other", "i")], [("file", "/vans/k")]),
        (
            "book",
            [],
            [("file", "/vans/i")],
            [("snowflake://acct", "BOOKS.MAIN.PARCELS"), ("snowflake://acct", "BOOKS.MAIN.VANS")],
        ),
        ("weigh", [], [], []),  # a step of which the contract says nothing
    ],
)
def test_lineage_names_inputs_and_outputs(
    step: str, arguments: list[str], inputs: list[tuple[str, str]], outputs: list[tuple[str, str]]
) -> None:
    result = RESULT | {"inputs": ["i"] if inputs else [], "outputs": [] if step == "book" else ["k"]}
    told = lineage(StepRun(CONTRACT, step, arguments, ZONES, []), result)
    assert [(d.namespace, d.name) for d in told.inputs] == inputs
    assert [(d.namespace, d.name) for d in told.outputs] == outputs


def test_lineage_of_a_step_without_a_result() -> None:
    assert lineage(StepRun(CONTRACT, "sort", [], ZONES, []), None).inputs == []
