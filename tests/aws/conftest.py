"""What the tests of terraform/ share: moto in place of AWS, a copy of the folder to work in, and one installation.

The installation is of examples/lake and examples/complete, and the tests of it look at it in turn. Nothing here reaches AWS:
every program gets moto's address and keys that mean nothing. TF_PLUGIN_DIR is a folder with the provider, as `terraform
providers mirror` fills one.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

REPO = pathlib.Path(__file__).resolve().parents[2]
TERRAFORM = REPO / "terraform"
MODULES = sorted(p.name for p in (TERRAFORM / "modules").iterdir())
EXAMPLES = sorted(p.name for p in (TERRAFORM / "examples").iterdir())
REGION = "eu-west-1"
ACCOUNT = "123456789012"  # moto's
LAKE_STATE = {"bucket": "acme-state", "key": "covers/lake.tfstate"}


def clean_env(**more: str) -> dict[str, str]:
    """Return the environment without what could lead a program to a real account or another state."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "TF_"))}
    return {
        **env,
        "CHECKPOINT_DISABLE": "1",
        "TF_IN_AUTOMATION": "1",
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        **more,
    }


class Terraform:
    """Terraform in one folder."""

    def __init__(self, folder: pathlib.Path, env: dict[str, str]):
        self.folder, self.env = folder, env

    def run(self, *args: str, want: int = 0) -> str:
        """Run, and return stdout and stderr as one text, its lines not broken, once the exit code is the wanted one."""
        done = subprocess.run(
            ["terraform", *args],
            cwd=self.folder,
            env=self.env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert done.returncode == want, f"terraform {' '.join(args)}: {done.returncode}\n{done.stdout}"
        return done.stdout

    def init(self, *args: str) -> str:
        plugins = os.environ.get("TF_PLUGIN_DIR")
        assert plugins, "TF_PLUGIN_DIR is not set: run this by make e2e-aws"
        return self.run("init", "-no-color", "-input=false", f"-plugin-dir={plugins}", *args)

    def error(self, *args: str) -> str:
        """Run what must fail, and return the errors, each on one line."""
        text = self.run(*args, want=1)
        return re.sub(r"[\s│╷╵]+", " ", text[text.index("Error:") :])

    def json(self, *args: str) -> Any:
        return json.loads(self.run(*args))


@contextlib.contextmanager
def moto_server(*args: str) -> Iterator[str]:
    """Run a moto of its own; its URL is what the block is given."""
    command = [sys.executable, *(args or [str(REPO / "tests" / "aws" / "moto_server.py")])]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=clean_env(MOTO_EC2_LOAD_DEFAULT_AMIS="true")
    ) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


class AWS:
    """Clients of one moto, by service."""

    def __init__(self, url: str):
        self.url = url
        self.env = clean_env(AWS_ENDPOINT_URL=url)

    def __getattr__(self, service: str) -> Any:
        setattr(self, service, self.client(service.strip("_")))  # lambda is a word of Python: lambda_
        return getattr(self, service)

    def client(self, service: str, region: str = REGION) -> Any:
        return boto3.client(
            service, endpoint_url=self.url, region_name=region, aws_access_key_id="test", aws_secret_access_key="test"
        )

    def make_bucket(self, name: str, region: str = REGION) -> None:
        self.client("s3", region).create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})

    def upload(self, bucket: str, key: str, body: bytes) -> str:
        """Upload as docs/aws.md says, and return the SHA-256."""
        self.s3.put_object(Bucket=bucket, Key=key, Body=body, ChecksumAlgorithm="SHA256")
        return hashlib.sha256(body).hexdigest()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the destroy last: the roles' tests, in a later file, look at the same installation."""
    items.sort(key=lambda item: item.name.startswith("test_zz_destroy"))


@pytest.fixture(scope="session")
def aws() -> Iterator[AWS]:
    with moto_server() as url:
        yield AWS(url)


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Return a copy of terraform/, so that nothing is left in the repository."""
    copy = tmp_path_factory.mktemp("tree") / "terraform"
    shutil.copytree(TERRAFORM, copy, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
    shutil.copy(REPO / "restaurants.yaml", copy.parent)
    return copy


@dataclasses.dataclass
class Installation:
    """examples/lake and examples/complete, applied."""

    lake: Terraform
    terraform: Terraform  # of complete
    aws: AWS
    resources: list[dict[str, Any]]  # every managed resource of both states
    outputs: dict[str, Any]

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        return {r["address"]: r["values"] for r in self.resources if r["type"] == kind}


def settings(aws: AWS) -> dict[str, Any]:
    """Return the variables of complete, with artifacts uploaded."""
    aws.make_bucket("acme-artifacts")
    return {
        "region": REGION,
        "lake_state": LAKE_STATE,
        "artifact_bucket": "acme-artifacts",
        "generator_artifact": {"key": "v1/generate.zip", "sha256": aws.upload("acme-artifacts", "v1/generate.zip", b"a zip")},
        "mock_api_artifact": {"key": "v1/mockapi", "sha256": aws.upload("acme-artifacts", "v1/mockapi", b"a program")},
        "kubernetes": {
            "oidc_provider_arn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF",
            "namespace": "data",
        },
        "runner_role_arns": [f"arn:aws:iam::{ACCOUNT}:role/airflow-host"],
        "snowflake": {"iam_user_arn": "arn:aws:iam::999999999999:user/snowflake", "external_id": "ACME_SFCRole=2_Ab+/="},
        "alarm_email": "ops@example.com",
        "force_destroy": True,
    }


def write_settings(folder: pathlib.Path, values: dict[str, Any]) -> None:
    (folder / "terraform.tfvars.json").write_text(json.dumps(values))


def managed(module: dict[str, Any]) -> list[dict[str, Any]]:
    own = [r for r in module.get("resources", []) if r["mode"] == "managed"]
    return own + [r for child in module.get("child_modules", []) for r in managed(child)]


def in_state(terraform: Terraform, key: str) -> None:
    """Bind a folder to a state in the bucket for states, as docs/aws.md does it."""
    terraform.init(
        "-backend-config=bucket=acme-state", f"-backend-config=key={key}", f"-backend-config=region={REGION}", "-reconfigure"
    )


def apply(terraform: Terraform, values: dict[str, Any]) -> dict[str, Any]:
    """Apply, and return the state's values."""
    write_settings(terraform.folder, values)
    terraform.run("apply", "-no-color", "-input=false", "-auto-approve")
    return terraform.json("show", "-json")["values"]


def outputs(values: dict[str, Any]) -> dict[str, Any]:
    return {name: o["value"] for name, o in values["outputs"].items()}


def install(aws: AWS, tree: pathlib.Path, values: dict[str, Any], name: str = "covers") -> Installation:
    """Apply a lake, and complete beside it, with states of their own."""
    lake, complete = (Terraform(tree / "examples" / example, aws.env) for example in ("lake", "complete"))
    key = f"{name}/lake.tfstate"
    in_state(lake, key)
    kept = apply(lake, {"region": REGION, "name": name, "simulator": True})
    in_state(complete, f"{name}/complete.tfstate")
    rest = apply(complete, values | {"lake_state": {"bucket": "acme-state", "key": key}})
    return Installation(lake, complete, aws, managed(kept["root_module"]) + managed(rest["root_module"]), outputs(rest))


def stored_lake(aws: AWS, zones: tuple[str, ...]) -> None:
    """Store the state of a lake, as examples/lake leaves it, for what is only planned beside it."""
    if LAKE_STATE["bucket"] not in [b["Name"] for b in aws.s3.list_buckets()["Buckets"]]:
        aws.make_bucket(LAKE_STATE["bucket"])
    made = {
        "name": "covers",
        "zones": {zone: f"s3://covers-lake-zone-{zone}-{ACCOUNT}/{zone}" for zone in zones},
        "kms_key_arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0",
    }
    kinds = {"name": "string", "zones": ["object", dict.fromkeys(zones, "string")], "kms_key_arn": "string"}
    state = {
        "version": 4,
        "terraform_version": "1.11.0",
        "serial": 1,
        "lineage": "b5c0e7f2-0000-4000-8000-000000000000",
        "outputs": {output: {"value": value, "type": kinds[output]} for output, value in made.items()},
        "resources": [],
    }
    aws.s3.put_object(Bucket=LAKE_STATE["bucket"], Key=LAKE_STATE["key"], Body=json.dumps(state).encode())


@pytest.fixture(scope="session")
def complete(aws: AWS, tree: pathlib.Path, tmp_path_factory: pytest.TempPathFactory, testrun_uid: str) -> Installation:
    # It takes a minute: where groups are not kept (pytest.ini), so that each process applies its own, this fails.
    (tmp_path_factory.getbasetemp().parent / f"complete-{testrun_uid}").mkdir()
    aws.make_bucket("acme-state")
    return install(aws, tree, settings(aws))
