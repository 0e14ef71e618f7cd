"""examples/lake-only as planned: what a house with its own Airflow and the real platforms gets, and nothing of the simulator."""

import pathlib
from typing import Any

import pytest

from conftest import ACCOUNT, AWS, REGION, Terraform, managed, write_settings

pytestmark = pytest.mark.xdist_group("refusals")  # beside the longest


@pytest.fixture(scope="module")
def planned(aws: AWS, tree: pathlib.Path) -> dict[str, dict[str, Any]]:
    """Return the planned resources' values by address. The state is a local file's, by an override of the backend."""
    folder = tree / "examples" / "lake-only"
    (folder / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    write_settings(folder, {"region": REGION, "runner_role_arns": [f"arn:aws:iam::{ACCOUNT}:role/airflow"]})
    terraform = Terraform(folder, aws.env)
    terraform.init()
    terraform.run("plan", "-no-color", "-input=false", "-out=plan")
    return {
        r["address"]: r.get("values", {})
        for r in managed(terraform.json("show", "-json", "plan")["planned_values"]["root_module"])
    }


def test_it_has_the_lake_and_the_roles_of_the_steps_that_ask_the_platforms(planned: dict[str, Any]) -> None:
    named = {
        v[key]
        for key in ("bucket", "name")
        for a, v in planned.items()
        if a.split(".")[2] in ("aws_s3_bucket", "aws_iam_role") and v.get(key)
    }
    assert named == {f"covers-lake-zone-{zone}-{ACCOUNT}" for zone in ["raw", "staging", "processed"]} | {
        f"covers-task-roles-{step}" for step in ["extract", "validate", "transform", "load", "report", "care"]
    }
    assert {a.split(".")[1] for a in planned} == {
        "lake",
        "task_roles",
    }  # Snowflake's role comes with the integration's two values


def test_every_zone_has_its_rules_and_is_not_deleted_with_what_is_in_it(planned: dict[str, Any]) -> None:
    zones = [a for a in planned if ".aws_s3_bucket.zone" in a]
    for kind in [
        "versioning",
        "server_side_encryption_configuration",
        "public_access_block",
        "policy",
        "lifecycle_configuration",
    ]:
        assert len([a for a in planned if f".aws_s3_bucket_{kind}.zone" in a]) == len(zones) == 3
    assert all(v["force_destroy"] is False for a, v in planned.items() if a in zones)
