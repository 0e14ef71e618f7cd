"""What is said of an Airflow or a provider that nobody tried."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from container_steps import versions
from container_steps.versions import PROVIDERS, TRIED, require_airflow, untried
from parcels import step
from running import run_task

PROJECT: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return what says of a distribution that another version of it is installed."""
    found: dict[str, str] = {}
    real = metadata.version
    monkeypatch.setattr(versions, "version", lambda name: found.get(name) or real(name))
    return found


@pytest.mark.parametrize("runtime", ["docker", "kubernetes", "process"])
def test_of_what_is_installed_here_nothing_is_said(runtime: str) -> None:
    assert untried(runtime) == []


@pytest.mark.parametrize(
    ("runtime", "distribution", "version"),
    [
        ("process", "apache-airflow-core", "3.4.0"),
        ("docker", "apache-airflow-core", "4.0.0b1"),
        ("docker", "apache-airflow-providers-docker", "4.6.0"),
        ("docker", "apache-airflow-providers-docker", "5.0.0rc1"),
        ("kubernetes", "apache-airflow-providers-cncf-kubernetes", "10.26.0"),
    ],
)
def test_a_version_out_of_range_is_named_with_the_range(
    installed: dict[str, str], runtime: str, distribution: str, version: str
) -> None:
    installed[distribution] = version
    (said,) = untried(runtime)
    assert said.startswith(f"{distribution} {version} was not tried with container_steps")
    assert str(TRIED[distribution]) in said


def test_another_runtimes_provider_does_not_matter(installed: dict[str, str]) -> None:
    installed["apache-airflow-providers-docker"] = "1.0"
    assert untried("kubernetes") == untried("process") == []


def test_a_step_runs_all_the_same_and_its_log_says_so(
    installed: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed["apache-airflow-core"] = "3.9.0"
    program = tmp_path / "extract"
    program.write_text('#!/bin/sh\necho \'{"status": "done"}\'\n')
    program.chmod(0o755)
    monkeypatch.setenv("AIRFLOW__PARCELS__RUNTIME", "process")
    monkeypatch.setenv("AIRFLOW__PARCELS__PROCESS_PROGRAM", f"{tmp_path}/{{step}}")
    ran = run_task(lambda: step("x", "extract"))
    assert ran.state == "success", ran.error
    (warning,) = [r["event"] for r in ran.log if r["log_level"] == "warning"]
    assert "apache-airflow-core 3.9.0 was not tried" in warning


@pytest.mark.parametrize("found", ["2.11.2", "3.0.6", "3.1.0.dev0"])
def test_an_airflow_that_cannot_work_is_refused_in_words(installed: dict[str, str], found: str) -> None:
    installed["apache-airflow-core"] = found
    with pytest.raises(ImportError, match=f"needs Airflow 3.1 or newer and found {re.escape(found)}: upgrade"):
        require_airflow()


def test_an_airflow_of_before_its_core_was_a_distribution_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "apache-airflow":
            return "2.10.5"
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(versions, "version", version)
    with pytest.raises(ImportError, match=r"found 2\.10\.5"):
        require_airflow()


def test_this_airflow_is_not_refused() -> None:
    require_airflow()


@pytest.mark.parametrize("runtime", sorted(PROVIDERS))
def test_a_runtime_without_its_provider_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, runtime: str) -> None:
    for name in [n for n in sys.modules if n.startswith(("airflow.providers.docker", "airflow.providers.cncf"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, f"container_steps.{runtime}", raising=False)

    class Missing:
        @staticmethod
        def find_spec(name: str, path: Any = None, target: Any = None) -> None:
            if name in ("airflow.providers.docker", "airflow.providers.cncf"):
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(sys, "meta_path", [Missing, *sys.meta_path])
    monkeypatch.setenv("AIRFLOW__PARCELS__RUNTIME", runtime)
    ran = run_task(lambda: step("x", "extract"))
    assert ran.state == "failed"
    assert str(ran.error) == f"the runtime {runtime} needs {PROVIDERS[runtime]}: pip install 'container-steps[{runtime}]'"


def test_the_wheel_asks_for_what_was_tried() -> None:
    """Its lower bounds are those of the ranges. Its upper ones are the next major release: what lies between is warned of."""
    asked = [Requirement(text) for text in PROJECT["dependencies"]]
    asked += [Requirement(text) for extra in PROJECT["optional-dependencies"].values() for text in extra]
    bounds = {r.name: {s.operator: s.version for s in r.specifier} for r in asked if r.name in TRIED}
    assert bounds == {
        "apache-airflow-core": {">=": "3.1.0", "<": "4"},
        "apache-airflow-providers-docker": {">=": "4.6.1", "<": "5"},
        "apache-airflow-providers-cncf-kubernetes": {">=": "10.25.0", "<": "11"},
    }
    for name, tried in TRIED.items():
        assert {s.version for s in tried if s.operator == ">="} == {bounds[name][">="]}
