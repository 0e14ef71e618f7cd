"""The wheel that `make wheel` built, in an environment that has Airflow and nothing of this repository.

`make check-wheel` says where the wheel is, and what builds it again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

WHEEL = Path(os.environ["CONTAINER_STEPS_WHEEL"])
PACKAGE = Path(__file__).parents[1] / "src/container_steps"

DAG = """
from airflow.sdk import DAG
from container_steps import Contract

CONTRACT = Contract("hello")

with DAG("hello", schedule=None) as dag:
    CONTRACT.step("greet", "greet", ["--name", "{{ params.name }}"], params={"name": "Zoë"})
"""

# As short as a step can be: a line of log, a result.
PROGRAM = """#!/bin/sh
echo "{\\"level\\": \\"warn\\", \\"message\\": \\"hello\\", \\"arguments\\": \\"$*\\"}" >&2
echo '{"status": "done", "counts": {"greetings": 1}}'
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment that sees this one's Airflow, install the wheel into it, and return its Python."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder)
    site = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    (site / "airflow.pth").write_text(sysconfig.get_path("purelib"))
    # Without an index: what the wheel and its extras ask for has to be there, in versions that they take.
    wheel = f"{WHEEL}[docker,kubernetes]"
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python"), "install", "--quiet", "--no-index", wheel]
    done = subprocess.run(pip, env=own(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(site.glob("container_steps-*.dist-info"))
    return folder / "bin/python"


def own(**more: str) -> dict[str, str]:
    """Return an environment in which nothing points to this repository."""
    return {"PATH": "/usr/bin:/bin", "HOME": "/nowhere", "PIP_DISABLE_PIP_VERSION_CHECK": "1"} | more


def test_it_has_all_of_the_package_and_nothing_else() -> None:
    with zipfile.ZipFile(WHEEL) as wheel:
        names = set(wheel.namelist())
        (metadata,) = [n for n in names if n.endswith(".dist-info/METADATA")]
        told = Parser().parsestr(wheel.read(metadata).decode())
    ours = {
        str(Path("container_steps") / path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {n for n in names if ".dist-info/" not in n} == ours
    assert "container_steps/py.typed" in ours
    assert any(n.endswith(".dist-info/licenses/LICENSE") for n in names)
    assert told["License-Expression"] == "Apache-2.0"
    assert "Contract(" in str(told.get_payload())  # README.md


def test_a_step_runs_as_a_process(python: Path, tmp_path: Path) -> None:
    """With Airflow's own `dags test`, in a home of its own, with what the wheel's bounds allow of Airflow and its providers."""
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags/hello.py").write_text(DAG, encoding="utf-8")
    program = tmp_path / "greet"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    settings = own(
        PATH=f"{python.parent}:/usr/bin:/bin",
        AIRFLOW_HOME=str(tmp_path),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__DAGS_FOLDER=str(tmp_path / "dags"),
        AIRFLOW__HELLO__RUNTIME="process",
        AIRFLOW__HELLO__PROCESS_PROGRAM=f"{tmp_path}/{{step}}",
    )
    for arguments in (["db", "migrate"], ["dags", "reserialize"], ["dags", "test", "hello"]):
        done = subprocess.run(
            [python, "-m", "airflow", *arguments], env=settings, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"airflow {' '.join(arguments)}: {done.stdout}{done.stderr}"
    said = done.stdout + done.stderr
    assert "--name Zoë" in said  # of the step's line
    assert "not tried" not in said
    assert str(PACKAGE) not in said


def test_it_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    """In another folder, at another time, from files of other times."""
    project = tmp_path / "elsewhere"
    shutil.copytree(PACKAGE, project / "src/container_steps", copy_function=shutil.copy)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PACKAGE.parents[1] / name, project / name)
    built = subprocess.run(
        [os.environ["CONTAINER_STEPS_HATCHLING"], "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (again,) = tmp_path.glob("*.whl")
    assert digest(again) == digest(WHEEL)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
