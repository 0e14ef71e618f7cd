"""The conformance battery, without an engine: its command line, its report, and whether it asks for what the runtimes do."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from docker import APIClient

from container_steps.conform.check import Level, Verdict
from container_steps.conform.checks import CHECKS
from container_steps.conform.command import main
from container_steps.conform.end_checks import stopped_is_tried_again, stops, succeeds
from container_steps.conform.engine import USER, host_options
from container_steps.conform.evidence import Evidence, Plan, gather
from container_steps.conform.image_checks import no_secret_inside
from container_steps.conform.log_checks import lines, time
from container_steps.conform.run import ALL, Asked, Image, Restriction, Run
from container_steps.conform.sandbox_checks import user
from container_steps.logs import LogLines
from fake_engine import FakeEngine
from python_step import DONE, extract
from running import recorded, run_task

CONTRACT = Path(__file__).parents[1] / "docs/contract.md"


def evidence(run: Run, image: Image | None = None) -> Evidence:
    plan = Plan(arguments=[], wrong=[], slow=[], variables={}, secrets=[], validator=None)
    return Evidence(plan, image, ALL, {}, first=run, second=run, wrong=run, stopped=run, handed=None)


# The contract


def test_the_contract_has_the_rules_that_are_checked() -> None:
    rows = re.findall(r"^\| (C\d+) \| (MUST|SHOULD) \| (.+?) \|", CONTRACT.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(check.id, check.level, check.rule) for check in CHECKS]


def test_rules_are_numbered_in_order() -> None:
    assert [check.id for check in CHECKS] == [f"C{n}" for n in range(1, len(CHECKS) + 1)]


def test_containers_are_as_restricted_as_the_runtimes(engine: FakeEngine) -> None:
    assert run_task(extract(DONE)).state == "success"
    (container,) = engine.all
    config = APIClient(version="1.41").create_host_config(**host_options(ALL))
    keys = ("ReadonlyRootfs", "CapDrop", "SecurityOpt", "Tmpfs")
    assert {key: config[key] for key in keys} == {key: container.config["HostConfig"][key] for key in keys}
    assert container.config["User"] == USER


# Log lines


@pytest.mark.parametrize(
    ("line", "well"),
    [
        (b'{"level":"info","message":"x"}', True),
        (b'{"level":"warn","message":"","n":1}', True),
        (b'{"level":"warning","message":"x"}', False),
        (b'{"level":"INFO","message":"x"}', False),
        (b'{"message":"x"}', False),
        (b'{"level":"info","message":1}', False),
        (b'{"level":"info"', False),
        (b'["level","info"]', False),
        (b'{"level":"info","message":"x","n":NaN}', False),
        (b'{"level":"info","message":null}', False),
        (b"plain text", False),
        (b"", False),
        (b'{"level":"info","message":"\xff"}', False),
        (b'{"level":{},"message":"x"}', False),
        (b'{"level":"info","message":"x","deep":' + b"[" * 300 + b"]" * 300 + b"}", False),
    ],
)
def test_a_line_passes_where_it_becomes_a_record_of_its_level(line: bytes, *, well: bool) -> None:
    assert (lines.judge(evidence(Run(0, stderr=line + b"\n"))).verdict is Verdict.PASSED) is well
    with recorded() as log:
        taken = LogLines("parcels.sort")
        taken.feed(line + b"\n")
    assert (log[0]["event"] != line.decode(errors="backslashreplace")) is well


@pytest.mark.parametrize(
    ("value", "well"),
    [
        ("2026-03-28T01:02:03.004Z", True),
        ("2026-03-28T03:02:03.004+02:00", True),
        ("2026-03-28T01:02:09Z", False),  # six seconds after it was written
        ("2026-03-28T01:01:57Z", False),
        ("2026-03-28T01:02:03", False),
        ("2026-03-28", False),
        (1774659723, False),
    ],
)
def test_a_lines_time_is_when_it_was_written(value: Any, *, well: bool) -> None:
    written = datetime(2026, 3, 28, 1, 2, 3, tzinfo=UTC)
    line = json.dumps({"level": "info", "message": "x", "time": value}).encode()
    assert (time.judge(evidence(Run(0, stderr=line + b"\n", logged_at=[written]))).verdict is Verdict.PASSED) is well


# Stopping


@pytest.mark.parametrize(
    ("code", "slow", "ordinary", "stopped", "verdict"),
    [
        (143, None, 9, 1, Verdict.PASSED),
        (70, None, 9, 1, Verdict.PASSED),
        (65, None, 9, 1, Verdict.FAILED),
        (0, None, 9, 1, Verdict.FAILED),  # long before an ordinary run ends
        (0, None, 1, 1, Verdict.NOT_APPLICABLE),  # it may just have ended
        (0, ["--long"], 1, 1, Verdict.FAILED),
    ],
)
def test_a_stopped_run_is_tried_again(
    code: int, slow: list[str] | None, ordinary: float, stopped: float, verdict: Verdict
) -> None:
    e = evidence(Run(0, seconds=ordinary))
    e = replace(e, plan=replace(e.plan, slow=slow), stopped=Run(code, seconds=stopped, stopped_after=0.1))
    assert stopped_is_tried_again.judge(e).verdict is verdict


@pytest.mark.parametrize(
    ("code", "after", "verdict"), [(143, 2.9, Verdict.PASSED), (143, 3.6, Verdict.FAILED), (None, 6, Verdict.FAILED)]
)
def test_a_stopped_run_ends_within_three_seconds(code: int | None, after: float, verdict: Verdict) -> None:
    assert stops.judge(evidence(Run(code, stopped_after=after))).verdict is verdict


def test_a_run_that_ended_before_its_signal_shows_nothing_of_stopping() -> None:
    e = evidence(Run(0))
    assert {check.judge(e).verdict for check in (stops, stopped_is_tried_again)} == {Verdict.NOT_APPLICABLE}


# Secrets of an image


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("API_TOKEN=x", True),
        ("DB_PASSWORD=hunter", True),
        ("AWS_SECRET_ACCESS_KEY=x", True),
        ("apikey=x", True),
        ("|1 NPM_TOKEN=abc /bin/sh -c npm install", True),
        ("RUN |1 NPM_TOKEN=abc /bin/sh -c npm install # buildkit", True),
        ("API_TOKEN=", False),
        ("API_TOKEN_FILE=/run/secrets/token", False),
        ("GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D", False),  # of the official image of Python
        ("PATH=/usr/bin", False),
        ("/bin/sh -c #(nop)  ARG API_TOKEN", False),
    ],
)
def test_an_image_holds_no_secret(text: str, *, held: bool) -> None:
    for image in (Image([], "", "", [], [text], []), Image([], "", "", [], [], [text])):
        assert (no_secret_inside.judge(evidence(Run(0), image)).verdict is Verdict.FAILED) is held


# Restrictions


class Needy:
    """An image that succeeds where all that it needs is not taken from it."""

    name = "needy"
    image: Image | None = Image(["/needy"], "1000", "", [], [], [])

    def __init__(self, needs: set[Restriction], *, fails: bool = False):
        self.needs = needs
        self.fails = fails
        self.asked: list[Asked] = []

    def run(self, asked: Asked) -> Run:
        self.asked.append(asked)
        return Run(70 if self.fails or self.needs & asked.restrictions else 0)


@pytest.mark.parametrize(
    "needs", [set(), {Restriction.USER}, {Restriction.USER, Restriction.READ_ONLY}, set(ALL)], ids=lambda needs: str(len(needs))
)
def test_what_cannot_be_borne_is_found_and_left_out_of_the_other_runs(needs: set[Restriction]) -> None:
    target = Needy(needs)
    e = gather(target, Plan([], ["--x"], None, {}, [], None), lambda _: None)
    assert set(e.unbearable) == needs
    assert e.restrictions == ALL - needs == target.asked[-1].restrictions
    assert (e.first.code, e.second.code) == (0, 0)


def test_an_image_that_always_fails_fails_for_no_restriction() -> None:
    e = gather(Needy(set(), fails=True), Plan([], ["--x"], None, {}, [], None), lambda _: None)
    assert not e.unbearable and e.first.code == 70 and e.restrictions == ALL
    assert {check.id: check.judge(e).verdict for check in (user, succeeds)} == {
        "C6": Verdict.NOT_APPLICABLE,
        "C20": Verdict.FAILED,
    }


# The command line


def program(folder: Path, text: str) -> list[str]:
    """Return options and target for a Python program, which refuses any argument."""
    path = folder / "step"
    path.write_text(f"#!{sys.executable}\nimport json, os, sys\n{text}", encoding="utf-8")
    path.chmod(0o755)
    return ["--program", str(path)]


WELL = """
if sys.argv[1:]:
    print('{"status":"failed","error":{"message":"no","next":"try"}}')
    sys.exit(64)
print('{"status":"done"}')
"""


def test_a_program_that_conforms_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(program(tmp_path, WELL)) == 0
    out, err = capsys.readouterr()
    assert re.search(r"^C20 +MUST +passed", out, re.MULTILINE)
    assert f"{tmp_path}/step conforms: " in out
    assert "an ordinary run …" in err  # progress


def test_a_broken_rule_ends_with_1_and_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", *program(tmp_path, "print('hello')\n" + WELL)]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["conforms"] is False
    (broken,) = [check for check in report["checks"] if check["verdict"] == "failed"]
    assert broken["id"] == "C10" and broken["found"] == "the first run wrote 2 lines (and 3 more)" and "stderr" in broken["do"]


def test_a_broken_should_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(program(tmp_path, WELL.replace(',"next":"try"', ""))) == 0
    assert "0 MUST and 1 SHOULD failed" in capsys.readouterr().out


def test_a_report_quotes_no_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--secret", "KEY", *program(tmp_path, "print('key', os.environ['KEY'], file=sys.stderr)\n" + WELL)]
    assert main(options, {"KEY": "open sesame"}) == 1
    out, err = capsys.readouterr()
    assert "open sesame" not in out + err
    assert "key ***" in out and "KEY shows in what the first run wrote" in " ".join(out.split())


def test_a_secret_among_the_arguments_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--secret", "KEY", *program(tmp_path, WELL.replace("argv[1:]", "argv[2:]")), "open sesame"]
    assert main(options, {"KEY": "open sesame"}) == 1
    assert "KEY shows in the arguments" in " ".join(capsys.readouterr().out.split())


def test_a_schema_of_ones_own_is_held(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = tmp_path / "schema.json"
    schema.write_text('{"type":"object","required":["day"]}', encoding="utf-8")
    assert main(["--schema", str(schema), *program(tmp_path, WELL)]) == 1
    assert "required at the top" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--env", "NAME", "--program", "true"], "--env NAME: write NAME=VALUE"),
        (["--secret", "UNSET", "--program", "true"], "--secret UNSET: set it in the environment"),
        (["--secret", "SHORT", "--program", "true"], "6 characters or more"),
        (["--schema", "/no/such/file", "--program", "true"], "--schema /no/such/file"),
        (["--program", "/no/such/program"], "there is no program /no/such/program"),
        (["--engine", "unix:///no/such/socket", "image"], "the container engine failed"),
    ],
)
def test_what_cannot_be_tried_ends_with_2_and_says_why(options: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(options, {"SHORT": "abc"}) == 2
    out, err = capsys.readouterr()
    assert says in err and not out


def test_a_program_needs_no_library_of_an_engine(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "src")}
    code = "import sys; sys.modules['docker'] = None; from container_steps.conform.command import main; sys.exit(main({}))"
    for options, status, says in (
        (program(tmp_path, WELL), 0, ""),
        (["image"], 2, "pip install 'container-steps[docker]'"),
    ):
        command = [sys.executable, "-c", code.format(options)]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert ran.returncode == status and says in ran.stderr, ran.stderr


def test_every_check_says_what_to_do() -> None:
    assert all(check.mend and check.level in Level for check in CHECKS)
