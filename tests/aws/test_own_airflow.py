"""examples/own-airflow as planned: what a house with its own Airflow asks for, and nothing of the simulator."""

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from conftest import ACCOUNT, AWS, LAKE_STATE, REGION, Terraform, managed, moto_server, stored_lake, write_settings

pytestmark = pytest.mark.xdist_group("refusals")  # beside the longest


@pytest.fixture(scope="module")
def planned(tree: pathlib.Path) -> Iterator[dict[str, dict[str, Any]]]:
    """Return the planned resources' values by address. The state is a local file's, by an override of the backend."""
    folder = tree / "examples" / "own-airflow"
    (folder / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    write_settings(
        folder, {"region": REGION, "lake_state": LAKE_STATE, "runner_role_arns": [f"arn:aws:iam::{ACCOUNT}:role/airflow"]}
    )
    with moto_server() as url:
        aws = AWS(url)
        stored_lake(aws, ("raw", "staging", "processed"))
        terraform = Terraform(folder, aws.env)
        terraform.init()
        terraform.run("plan", "-no-color", "-input=false", "-out=plan")
        yield {
            r["address"]: r.get("values", {})
            for r in managed(terraform.json("show", "-json", "plan")["planned_values"]["root_module"])
        }


def test_it_has_the_roles_of_the_steps_that_ask_the_platforms(planned: dict[str, Any]) -> None:
    named = {
        v[key]
        for key in ("bucket", "name")
        for a, v in planned.items()
        if a.split(".")[2] in ("aws_s3_bucket", "aws_iam_role") and v.get(key)
    }
    assert named == {f"covers-task-roles-{step}" for step in ["extract", "validate", "transform", "load", "report", "care"]}
    assert {a.split(".")[1] for a in planned} == {"task_roles"}  # Snowflake's role comes with the integration's two values
