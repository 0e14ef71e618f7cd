"""Each check of the battery fails for the twin that breaks its rule, and for no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import docker
import pytest

from container_steps.conform.check import Verdict
from container_steps.conform.checks import CHECKS
from container_steps.conform.command import parser, tried
from container_steps.conform.report import Report
from twins import IMAGES, PROGRAMS, Twin, build_images, build_program

SECRETS = {"TWIN_PASSWORD": "correct horse/battery"}
OF_IMAGES = {"C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C14"}
"""What no plain program can break."""

Reports = dict[str, Future[Report]]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reports]:
    """Return what the battery finds of every image, by the twin's name: they are tried beside each other."""
    build_images(tmp_path_factory.mktemp("twin"))
    with ThreadPoolExecutor(4) as pool:
        yield {twin.name: pool.submit(_tried, ["--network", "none"], twin, twin.image) for twin in IMAGES}
    engine = docker.from_env().api
    for twin in IMAGES:
        for volume in (option.partition(":")[0] for option in twin.options if ":/" in option):
            engine.remove_volume(volume)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reports]:
    """Return what the battery finds of every program, by the twin's name."""
    program = build_program(tmp_path_factory.mktemp("twin"))
    with ThreadPoolExecutor(4) as pool:
        yield {
            twin.name: pool.submit(_tried, ["--program", "--env", f"TWIN={twin.name}"], twin, str(program)) for twin in PROGRAMS
        }


def _tried(how: Sequence[str], twin: Twin, target: str) -> Report:
    options = [*how, "--slow=-slow", *twin.options, target, *twin.arguments]
    return tried(parser().parse_args(options), SECRETS, lambda _: None)


@pytest.mark.parametrize("twin", IMAGES, ids=lambda twin: twin.name)
def test_an_image_fails_its_check_and_no_other(images: Reports, twin: Twin) -> None:
    _fails_one(images[twin.name].result(), twin)


@pytest.mark.parametrize("twin", PROGRAMS, ids=lambda twin: twin.name)
def test_a_program_fails_its_check_and_no_other(programs: Reports, twin: Twin) -> None:
    _fails_one(programs[twin.name].result(), twin)


def _fails_one(report: Report, twin: Twin) -> None:
    failed = {check.id for check, finding in report.findings if finding.verdict is Verdict.FAILED}
    assert failed == ({twin.check} if twin.check else set()), report.table()
    musts = {check.id for check in CHECKS if check.level == "MUST"}
    assert report.conforms is not bool(failed & musts)


def test_the_conforming_image_passes_every_check(images: Reports) -> None:
    report = images["conforming"].result()
    assert {finding.verdict for _, finding in report.findings} == {Verdict.PASSED}, report.table()


def test_to_a_program_all_rules_apply_but_those_of_images(programs: Reports) -> None:
    report = programs["conforming"].result()
    assert {check.id for check, finding in report.findings if finding.verdict is Verdict.NOT_APPLICABLE} == OF_IMAGES


def test_every_check_has_a_twin() -> None:
    assert {twin.check for twin in IMAGES} - {""} == {check.id for check in CHECKS}


def test_the_battery_leaves_no_container(images: Reports) -> None:
    names = {twin.image for twin in IMAGES}
    for report in images.values():
        report.result()
    assert not [c["Names"] for c in docker.from_env().api.containers(all=True) if c["Image"] in names]
