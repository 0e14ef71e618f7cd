"""examples/lake and examples/complete, from their first apply to nothing.

What is there, that a second plan is empty, the lock on the state, a second installation beside the first, that a destroy leaves
the lake as it was and an apply makes the rest anew, and what takes the lake away.
"""

import json
import pathlib
import re
import shutil
from typing import Any

import pytest

from conftest import ACCOUNT, AWS, TERRAFORM, Installation, install

pytestmark = pytest.mark.xdist_group("complete")

NAME_ATTRIBUTES = ("function_name", "alarm_name", "bucket", "name")


def text_name(resource: dict[str, Any]) -> str | None:
    """Return the name that AWS shows for a resource; None for what only belongs to another one."""
    values = resource["values"]
    if resource["type"].startswith("aws_s3_bucket_") or resource["type"] in (
        "aws_lambda_function_event_invoke_config",
        "aws_ecr_lifecycle_policy",
    ):
        return None
    for attribute in NAME_ATTRIBUTES:
        # AWS itself calls a VPC's default group "default".
        if values.get(attribute) and not resource["type"].startswith("aws_default_"):
            return values[attribute]
    return (values.get("tags") or {}).get("Name")


def expected_name(address: str) -> str:
    """Return a name by the rule of terraform/README.md: <name>-<module>[-<label>][-<key>], from a resource's address."""
    module = re.match(r"module\.(\w+)\.", address)
    label, _, key = address.split(".")[-1].partition("[")
    parts = ["covers", module[1] if module else "root"]
    if label != "this":
        parts.append(label)
    if key.startswith('"'):
        parts.append(key.strip('"]'))
    return "-".join(parts).replace("_", "-")


def test_a_resources_name_tells_its_place_in_the_code(complete: Installation) -> None:
    named = {r["address"]: text_name(r) for r in complete.resources if text_name(r)}
    assert len(named) > 50
    tails = {"aws_s3_bucket": f"-{ACCOUNT}"}  # unique in all of AWS
    heads = {"aws_kms_alias": "alias/", "aws_cloudwatch_log_group": "/aws/lambda/"}  # where AWS wants them
    wrong = {}
    for address, name in named.items():
        kind = re.findall(r"(aws_\w+)\.", address)[0]
        if name != heads.get(kind, "") + expected_name(address) + tails.get(kind, ""):
            wrong[address] = (name, expected_name(address))
    assert wrong == {}


def test_the_readme_has_a_place_for_each_name(complete: Installation) -> None:
    """The table of terraform/README.md; what differs from zone to zone or step to step is an ellipsis there."""
    made = set()
    for resource in complete.resources:
        name = text_name(resource)
        if not name:
            continue
        module = re.match(r"module\.(\w+)\.", resource["address"])
        key = re.search(r'\["(.+)"\]$', resource["address"])
        if key:
            name = name.removesuffix(f"-{ACCOUNT}").removesuffix(key[1]) + "…"
        made.add((name, f"modules/{module[1]}/main.tf" if module else "examples/complete/main.tf"))
    table = re.findall(r"^\| `([^`]+)` \| .* \| \[\w+\]\((.*)\) \|$", (TERRAFORM / "README.md").read_text(), re.MULTILINE)
    assert len(table) == len(set(table))
    assert set(table) == made


def test_everything_that_can_have_tags_has_them(complete: Installation) -> None:
    bare = [
        r["address"]
        for r in complete.resources
        if "tags_all" in r["values"] and (r["values"]["tags_all"] or {}).get("application") != "covers"
    ]
    assert bare == []
    template = next(iter(complete.of_type("aws_launch_template").values()))
    tagged = {s["resource_type"]: s["tags"] for s in template["tag_specifications"]}
    assert set(tagged) == {"instance", "volume", "network-interface"}
    assert all(tags["application"] == "covers" and tags["Name"] == "covers-mock-api" for tags in tagged.values())


def test_the_state_has_no_secret(complete: Installation) -> None:
    """What the provider itself calls sensitive, and is there, is a public image's id."""
    state = json.loads(complete.terraform.run("state", "pull"))
    found = []
    for resource in state["resources"]:
        for instance in resource["instances"]:
            for path in instance.get("sensitive_attributes", []):
                value = instance["attributes"]
                for step in path:
                    value = value[step["value"]] if value else None
                if value and not str(value).startswith("ami-"):
                    found.append((resource["type"], resource["name"], path))
    assert found == []
    assert not any(
        r["type"] in ("aws_ssm_parameter", "aws_secretsmanager_secret_version", "aws_iam_access_key")
        for r in state["resources"]
        if r["mode"] == "managed"
    )


def test_the_state_is_locked_while_it_is_used(complete: Installation) -> None:
    lock = {"Bucket": "acme-state", "Key": "covers/complete.tfstate.tflock"}
    s3 = complete.aws.s3
    assert "Contents" not in s3.list_objects_v2(Bucket="acme-state", Prefix=lock["Key"]), "the apply left its lock"
    held = {
        "ID": "b5c0e7f2-0000-4000-8000-000000000000",
        "Operation": "OperationTypeApply",
        "Info": "",
        "Who": "somebody@elsewhere",
        "Version": "1.11.4",
        "Created": "2026-03-28T05:00:00Z",
        "Path": "acme-state/covers/complete.tfstate",
    }
    s3.put_object(**lock, Body=json.dumps(held).encode())
    try:
        text = complete.terraform.error("plan", "-no-color", "-input=false")
    finally:
        s3.delete_object(**lock)
    assert "Error acquiring the state lock" in text and "somebody@elsewhere" in text


def test_a_second_plan_is_empty(complete: Installation) -> None:
    for terraform in (complete.lake, complete.terraform):
        assert "No changes." in terraform.run("plan", "-no-color", "-input=false", "-detailed-exitcode")


def test_another_name_is_refused(complete: Installation) -> None:
    """It would replace every bucket, and the key."""
    text = complete.lake.error("plan", "-no-color", "-input=false", "-var=name=covers-dev")
    assert "Instance cannot be destroyed" in text and 'aws_s3_bucket.zone["raw"]' in text


def test_the_schedule_says_which_day(complete: Installation) -> None:
    schedule = complete.aws.scheduler.get_schedule(Name="covers-generator", GroupName="covers-generator")
    assert (schedule["ScheduleExpression"], schedule["ScheduleExpressionTimezone"], schedule["State"]) == (
        "cron(0 5 * * ? *)",
        "UTC",
        "ENABLED",
    )
    assert schedule["Target"]["Input"] == '{"scheduled_time":"<aws.scheduler.scheduled-time>"}'
    assert schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"] > 0
    assert schedule["Target"]["DeadLetterConfig"]["Arn"].endswith(":covers-generator-dead")


def test_the_function_is_the_artifact(complete: Installation) -> None:
    function = complete.aws.lambda_.get_function_configuration(FunctionName="covers-generator")
    assert (function["Runtime"], function["Handler"], function["Architectures"]) == ("provided.al2023", "bootstrap", ["arm64"])
    assert function["Environment"]["Variables"] == {"COVERS_OUT": complete.outputs["zones"]["simulator"]}
    assert function["Role"] == complete.outputs["role_arns"]["generate"]


def test_the_mock_api_is_open_to_the_airflow_group_only(complete: Installation) -> None:
    mock_api = next(v for a, v in complete.of_type("aws_security_group").items() if a.startswith("module.mock_api"))
    rules = complete.aws.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [mock_api["id"]]}])[
        "SecurityGroupRules"
    ]
    ingress = [r for r in rules if not r["IsEgress"]]
    assert [(r["ReferencedGroupInfo"]["GroupId"], r["FromPort"], r["ToPort"]) for r in ingress] == [
        (complete.outputs["airflow_security_group_id"], 8080, 8080)
    ]
    for default in complete.aws.ec2.describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [complete.outputs["vpc_id"]]}, {"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"]:
        assert default["IpPermissions"] == default["IpPermissionsEgress"] == []


def test_a_zone_takes_an_object_and_keeps_what_was_deleted(complete: Installation) -> None:
    s3 = complete.aws.s3
    bucket, folder = complete.outputs["zones"]["raw"].removeprefix("s3://").split("/")
    s3.put_object(Bucket=bucket, Key=f"{folder}/k", Body=b"1", IfNoneMatch="*")
    with pytest.raises(s3.exceptions.ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket=bucket, Key=f"{folder}/k", Body=b"2", IfNoneMatch="*")
    s3.delete_object(Bucket=bucket, Key=f"{folder}/k")
    versions = s3.list_object_versions(Bucket=bucket, Prefix=f"{folder}/k")
    assert (len(versions["Versions"]), len(versions["DeleteMarkers"])) == (1, 1)


def lake_in_aws(aws: AWS, name: str) -> dict[str, Any]:
    """Return everything of a lake that its module decides, and what lies in it, as AWS has it."""
    found: dict[str, Any] = {}
    for bucket in sorted(b["Name"] for b in aws.s3.list_buckets()["Buckets"] if b["Name"].startswith(f"{name}-lake-zone-")):
        found[bucket] = {
            "versioning": aws.s3.get_bucket_versioning(Bucket=bucket)["Status"],
            "encryption": aws.s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"],
            "lifecycle": aws.s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"],
            "policy": aws.s3.get_bucket_policy(Bucket=bucket)["Policy"],
            "public": aws.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"],
            "ownership": aws.s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"],
            "tags": sorted((t["Key"], t["Value"]) for t in aws.s3.get_bucket_tagging(Bucket=bucket)["TagSet"]),
            "versions": [(v["Key"], v["VersionId"]) for v in aws.s3.list_object_versions(Bucket=bucket).get("Versions", [])],
        }
    keys = [aws.kms.describe_key(KeyId=k["KeyId"])["KeyMetadata"] for k in aws.kms.list_keys()["Keys"]]
    found["keys"] = [(k["KeyId"], k["KeyState"]) for k in keys if k["Description"].startswith(f"{name}: ")]
    found["aliases"] = [a["AliasName"] for a in aws.kms.list_aliases()["Aliases"] if a["AliasName"] == f"alias/{name}-lake"]
    return found


def fill(aws: AWS, zones: dict[str, str]) -> None:
    """Put objects into every zone, one of them with an old version, one deleted."""
    for url in zones.values():
        bucket, folder = url.removeprefix("s3://").split("/")
        for body in (b"1", b"2"):
            aws.s3.put_object(Bucket=bucket, Key=f"{folder}/twice", Body=body)
        aws.s3.put_object(Bucket=bucket, Key=f"{folder}/gone", Body=b"")
        aws.s3.delete_object(Bucket=bucket, Key=f"{folder}/gone")


def beside_the_lake(aws: AWS, name: str, vpc: str) -> list[str]:
    """Return all in AWS that examples/complete of a name made. An instance that has ended stays listed there for an hour."""
    named = [
        *(r["RoleName"] for page in aws.iam.get_paginator("list_roles").paginate() for r in page["Roles"]),
        *(p["InstanceProfileName"] for p in aws.iam.list_instance_profiles()["InstanceProfiles"]),
        *(f["FunctionName"] for f in aws.lambda_.list_functions()["Functions"]),
        *(s["Name"] for s in aws.scheduler.list_schedules()["Schedules"]),
        *(g["Name"] for g in aws.scheduler.list_schedule_groups()["ScheduleGroups"]),
        *(url.rsplit("/", 1)[1] for url in aws.sqs.list_queues().get("QueueUrls", [])),
        *(t["TopicArn"].rsplit(":", 1)[1] for t in aws.sns.list_topics()["Topics"]),
        *(g["logGroupName"].removeprefix("/aws/lambda/") for g in aws.logs.describe_log_groups()["logGroups"]),
        *(a["AlarmName"] for a in aws.cloudwatch.describe_alarms()["MetricAlarms"]),
        *(r["repositoryName"] for r in aws.ecr.describe_repositories()["repositories"]),
        *(t["LaunchTemplateName"] for t in aws.ec2.describe_launch_templates()["LaunchTemplates"]),
    ]
    instances = [i for r in aws.ec2.describe_instances()["Reservations"] for i in r["Instances"] if i.get("VpcId") == vpc]
    return [
        *(n for n in named if n.startswith((f"{name}-task-", f"{name}-generator", f"{name}-mock", f"{name}-registry"))),
        *(n for n in named if n.startswith((f"{name}-warehouse", f"{name}-root"))),
        *(i["InstanceId"] for i in instances if i["State"]["Name"] != "terminated"),
        *(v["VpcId"] for v in aws.ec2.describe_vpcs()["Vpcs"] if v["VpcId"] == vpc),
    ]


def test_zz_destroy_leaves_the_lake_and_a_second_installation_as_they_were(
    complete: Installation, tree: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """What stood beside the lake is gone, an image included; an apply makes it anew. The lake itself is refused."""
    aws = complete.aws
    copy = shutil.copytree(tree, tmp_path / "terraform", ignore=shutil.ignore_patterns(".terraform*", "*.tfvars.json"))
    shutil.copy(tree.parent / "restaurants.yaml", tmp_path)
    fill(aws, complete.outputs["zones"])
    before = lake_in_aws(aws, "covers")
    stands = beside_the_lake(aws, "covers", complete.outputs["vpc_id"])
    assert len(stands) > 30

    # Its repositories and the rest have names of their own; what is built is the same.
    values = json.loads((complete.terraform.folder / "terraform.tfvars.json").read_text())
    second = install(aws, copy, values, "dev")
    assert set(second.outputs["zones"].values()).isdisjoint(complete.outputs["zones"].values())
    for terraform in (complete.lake, complete.terraform):
        assert "No changes." in terraform.run("plan", "-no-color", "-input=false", "-detailed-exitcode")

    assert lake_in_aws(aws, "covers") == before
    others = beside_the_lake(aws, "dev", second.outputs["vpc_id"]), lake_in_aws(aws, "dev")
    assert len(others[0]) == len(stands)

    aws.ecr.put_image(
        repositoryName="covers-registry-extract",
        imageTag="v1",
        imageManifest=json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                "config": {
                    "mediaType": "application/vnd.docker.container.image.v1+json",
                    "size": 1,
                    "digest": "sha256:" + "0" * 64,
                },
                "layers": [],
            }
        ),
    )

    complete.terraform.run("destroy", "-no-color", "-input=false", "-auto-approve")
    assert complete.terraform.run("state", "list") in ("", "data.terraform_remote_state.lake\n")
    assert beside_the_lake(aws, "covers", complete.outputs["vpc_id"]) == []
    assert lake_in_aws(aws, "covers") == before
    assert (beside_the_lake(aws, "dev", second.outputs["vpc_id"]), lake_in_aws(aws, "dev")) == others

    text = complete.lake.error("destroy", "-no-color", "-input=false", "-auto-approve")
    assert "Instance cannot be destroyed" in text
    assert lake_in_aws(aws, "covers") == before

    complete.terraform.run("apply", "-no-color", "-input=false", "-auto-approve")
    vpc = json.loads(complete.terraform.run("output", "-json", "vpc_id"))
    assert len(beside_the_lake(aws, "covers", vpc)) == len(stands)
    assert lake_in_aws(aws, "covers") == before


def test_zz_destroy_of_the_lake_has_a_switch_of_its_own(complete: Installation) -> None:
    """Last, as docs/aws.md says it: the file that lifts the protection, an apply, a destroy."""
    aws, module = complete.aws, complete.lake.folder.parents[1] / "modules" / "lake"
    assert "cp modules/lake/unprotected/destroy_override.tf modules/lake/" in (TERRAFORM.parent / "docs" / "aws.md").read_text()
    shutil.copy(module / "unprotected" / "destroy_override.tf", module)
    complete.lake.run("apply", "-no-color", "-input=false", "-auto-approve")
    complete.lake.run("destroy", "-no-color", "-input=false", "-auto-approve")
    left = lake_in_aws(aws, "covers")
    assert [b for b in left if b not in ("keys", "aliases")] == left["aliases"] == []
    assert [state for _, state in left["keys"]] == ["PendingDeletion"]
