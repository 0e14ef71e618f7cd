"""The folders of tasks/ are the list of the steps. What lists them elsewhere lists the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from covers_airflow.contract import STEPS
from dag_files import DAGS, NAMES, tasks

ROOT = DAGS.parent
FOLDERS = {main.parent.name for main in ROOT.glob("tasks/*/main.go")}
IMAGES = FOLDERS - {"demo", "lake"}  # one runs the others on one machine, one is asked by people before a first day
OTHER_IMAGES = {"s3", "fakesnow", "docker-proxy"}  # of the stack beside the steps


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def words(path: str, place: str) -> set[str]:
    """Return the quoted words of the list that follows a place in a file."""
    (found,) = re.findall(place + r"\[([^\]]*)\]", text(path))
    return set(re.findall(r'"([^"]+)"', found))


def images_of_the_stack() -> set[str]:
    services = yaml.safe_load(text("docker-compose.airflow.yml"))["services"].values()
    named = (re.match(r"covers/([\w-]+):", service.get("image", "")) for service in services)
    return {name[1] for name in named if name} - OTHER_IMAGES


def programs_of_the_stack() -> set[str]:
    services = yaml.safe_load(text("docker-compose.airflow.yml"))["services"].values()
    return {s["build"]["args"]["STEP"] for s in services if "STEP" in s.get("build", {}).get("args", {})}


def service_accounts() -> set[str]:
    accounts = (a["metadata"]["name"] for a in yaml.safe_load_all(text("kubernetes/base/service-accounts.yaml")))
    return {name.removeprefix("covers-") for name in accounts}


def roles() -> set[str]:
    (needs,) = re.findall(r"^  needs = \{\n(.*?)^  \}", text("terraform/modules/task_roles/main.tf"), re.MULTILINE | re.DOTALL)
    return set(re.findall(r"^    (\w+) +=", needs, re.MULTILINE))


def documented() -> set[str]:
    (table,) = re.findall(r"^\| step \| takes \|.*\n\| --- .*\n((?:\|.*\n)+)", text("docs/steps.md"), re.MULTILINE)
    return set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))


def waited_for() -> set[str]:
    """Return what the first days of the stack wait for, beside Airflow: the steps, whose images are built then."""
    waits = yaml.safe_load(text("docker-compose.airflow.yml"))["services"]["first-days"]["depends_on"]
    return set(waits) - {"scheduler", "dag-processor"}


def named(path: str, pattern: str) -> set[str]:
    """Return the words of the one place in a page that has the pattern."""
    (found,) = re.findall(pattern, text(path), re.MULTILINE)
    return set(re.findall(r"\w+", found))


def roles_of_the_page() -> set[str]:
    page = text("terraform/modules/task_roles/README.md")
    (table,) = re.findall(r"^\| step \| raw \|.*\n\| --- .*\n((?:\|.*\n)+)", page, re.MULTILINE)
    return set(re.findall(r"^\| (\w+) \|", table, re.MULTILINE))


@pytest.mark.parametrize(
    ("listed", "wanted"),
    [
        pytest.param(lambda: words("images/docker-bake.hcl", "step = "), IMAGES, id="images"),
        pytest.param(lambda: words("terraform/modules/registry/variables.tf", r"default +=  *"), IMAGES, id="registry"),
        pytest.param(images_of_the_stack, IMAGES, id="stack"),
        pytest.param(programs_of_the_stack, IMAGES, id="stack's programs"),
        pytest.param(service_accounts, IMAGES, id="service accounts"),
        pytest.param(roles, IMAGES, id="roles"),
        pytest.param(lambda: set(STEPS), IMAGES - {"mockapi"}, id="Airflow"),  # mockapi serves, and is no task
        pytest.param(waited_for, IMAGES, id="first days"),
        pytest.param(documented, FOLDERS, id="documentation"),
        pytest.param(roles_of_the_page, IMAGES, id="roles, documented"),
        pytest.param(lambda: named("docs/architecture.md", r"^  (generate/ .*)$"), FOLDERS, id="architecture"),
        pytest.param(lambda: named("docs/kubernetes.md", r"^for step in (.*); do docker push"), IMAGES, id="pushed"),
        # Where the platforms are real there is neither of these.
        pytest.param(lambda: named("docs/aws.md", r"^for step in (.*); do$"), IMAGES - {"generate", "mockapi"}, id="profiles"),
    ],
)
def test_the_same_steps_are_listed(listed: Callable[[], set[str]], wanted: set[str]) -> None:
    assert listed() == wanted


def test_every_step_that_airflow_knows_is_run_by_a_dag() -> None:
    run: set[Any] = {task.step for name in NAMES for task in tasks(name).values()}
    assert run == set(STEPS)
