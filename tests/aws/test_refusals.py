"""Bad input ends in an error that says what, where and what to do, before anything is made where that is possible."""

import pathlib
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from conftest import ACCOUNT, AWS, LAKE_STATE, REGION, Terraform, moto_server, settings, stored_lake, write_settings

pytestmark = pytest.mark.xdist_group("refusals")


@pytest.fixture(scope="module")
def own() -> Iterator[AWS]:
    with moto_server() as url:
        aws = AWS(url)
        stored_lake(aws, ("raw", "staging", "processed", "simulator"))
        yield aws


@pytest.fixture(scope="module")
def good(own: AWS) -> dict[str, Any]:
    return settings(own)


@pytest.fixture(scope="module")
def terraform(own: AWS, tree: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """Return complete with its state in a local file: an override of the backend, as Terraform has them for such a purpose."""
    copy = tmp_path_factory.mktemp("refusals") / "terraform"
    shutil.copytree(tree, copy, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars.json"))
    shutil.copy(tree.parent / "restaurants.yaml", copy.parent)
    return at_home(copy / "examples" / "complete", own)


@pytest.fixture(scope="module")
def lake(terraform: Terraform, own: AWS) -> Terraform:
    return at_home(terraform.folder.parent / "lake", own)


def at_home(folder: pathlib.Path, own: AWS) -> Terraform:
    (folder / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    t = Terraform(folder, own.env)
    t.init()
    return t


def refused(terraform: Terraform, good: dict[str, Any], *args: str, **changed: Any) -> str:
    write_settings(terraform.folder, good | changed)
    return terraform.error(*(args or ["plan"]), "-no-color", "-input=false")


def artifact(good: dict[str, Any], name: str, **changed: Any) -> dict[str, Any]:
    return {name: good[name] | changed}


def test_a_missing_artifact(terraform: Terraform, good: dict[str, Any]) -> None:
    text = refused(terraform, good, **artifact(good, "generator_artifact", key="v2/other"))
    assert (
        "There is no artifact s3://acme-artifacts/v2/other: build it and upload it first (docs/aws.md), or correct the key."
        in text
    )


def test_a_wrong_checksum(terraform: Terraform, good: dict[str, Any]) -> None:
    text = refused(terraform, good, **artifact(good, "mock_api_artifact", sha256="0" * 64))
    assert (
        "The artifact s3://acme-artifacts/v1/mockapi is not the file meant: S3 says its SHA-256 is" in text and "0" * 64 in text
    )


def test_an_artifact_without_checksum(own: AWS, terraform: Terraform, good: dict[str, Any]) -> None:
    own.s3.put_object(Bucket="acme-artifacts", Key="v1/bare", Body=b"a zip")
    text = refused(terraform, good, **artifact(good, "generator_artifact", key="v1/bare"))
    assert (
        "was uploaded without a SHA-256 for S3 to keep: upload it again with aws s3api put-object --checksum-algorithm SHA256"
        in text
    )


def test_a_checksum_that_is_none(terraform: Terraform, good: dict[str, Any]) -> None:
    text = refused(terraform, good, **artifact(good, "generator_artifact", sha256="abc"))
    assert "The sha256 must be 64 small hexadecimal digits, as sha256sum prints them." in text


def test_an_artifact_bucket_in_another_region(own: AWS, terraform: Terraform, good: dict[str, Any]) -> None:
    own.make_bucket("acme-artifacts-us", "us-west-2")
    text = refused(terraform, good, artifact_bucket="acme-artifacts-us")
    assert f"The artifact bucket acme-artifacts-us is in us-west-2, and this is applied to {REGION}" in text


def test_a_missing_artifact_bucket(terraform: Terraform, good: dict[str, Any]) -> None:
    text = refused(terraform, good, artifact_bucket="acme-nowhere")
    assert "acme-nowhere" in text and "data.aws_s3_bucket.this" in text


def test_a_bucket_name_that_is_taken(own: AWS, lake: Terraform) -> None:
    own.make_bucket("covers-lake-zone-raw-taken")
    text = refused(lake, {"region": REGION}, "apply", "-auto-approve", bucket_suffix="taken")
    assert "covers-lake-zone-raw-taken" in text and "BucketAlready" in text and "module.lake.aws_s3_bucket.zone" in text


def test_a_lake_that_is_not_there(terraform: Terraform, good: dict[str, Any]) -> None:
    text = refused(terraform, good, lake_state=LAKE_STATE | {"key": "other/lake.tfstate"})
    assert "Unable to find remote state" in text and "data.terraform_remote_state.lake" in text


def test_a_lake_without_the_simulators_zone(own: AWS, terraform: Terraform, good: dict[str, Any]) -> None:
    whole = own.s3.get_object(Bucket=LAKE_STATE["bucket"], Key=LAKE_STATE["key"])["Body"].read()
    stored_lake(own, ("raw", "staging", "processed"))
    try:
        text = refused(terraform, good)
    finally:
        own.s3.put_object(Bucket=LAKE_STATE["bucket"], Key=LAKE_STATE["key"], Body=whole)
    assert "The lake has no zone for the simulated platforms: apply examples/lake with simulator = true." in text


def test_a_name_that_cannot_be_part_of_a_buckets(lake: Terraform) -> None:
    assert "The name must be 3 to 20 small letters" in refused(lake, {"region": REGION}, name="Covers")


def test_values_that_cannot_be_right(terraform: Terraform, good: dict[str, Any]) -> None:
    """The root's own; the modules' are in their tests. Terraform names all at once."""
    text = refused(terraform, good, region="Ireland", cidr="10.0.0.0/28", restaurants="nowhere.yaml")
    assert "The region must be the name of an AWS region, such as eu-west-1." in text
    assert "The cidr must be a range of addresses such as 10.42.0.0/24, of /16 to /24." in text
    assert "There is no file nowhere.yaml: give the path of restaurants.yaml." in text


def test_a_module_refuses_what_the_root_hands_on(terraform: Terraform, good: dict[str, Any]) -> None:
    text = refused(
        terraform,
        good,
        architecture="arm",
        restaurants="main.tf",
        snowflake={"iam_user_arn": "arn:aws:iam::1:root", "external_id": "*"},
        kubernetes={"oidc_provider_arn": "oidc.eks", "namespace": "*"},
        runner_role_arns=[f"arn:aws:iam::{ACCOUNT}:role/*"],
    )
    for says in [
        "The architecture must be arm64 or x86_64.",
        "The restaurants must be the text of a restaurants.yaml",
        "The iam_user_arn must be the ARN of one IAM user",
        "The external_id must be at least two letters",
        "The oidc_provider_arn must look like arn:aws:iam::",
        "one Kubernetes namespace: no pattern",
        "must be the ARN of one role, without wildcards",
    ]:
        assert says in text


def test_a_role_that_nobody_could_take(terraform: Terraform, good: dict[str, Any]) -> None:
    assert "Nobody could assume the role of" in refused(terraform, good, runner_role_arns=[], kubernetes=None)
