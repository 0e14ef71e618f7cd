"""examples/complete from its first apply to nothing.

What is there, that a second plan is empty, the lock on the state, and that a destroy leaves nothing behind, versions included.
"""

import json
import re
from typing import Any

import pytest

from conftest import ACCOUNT, TERRAFORM, Installation

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
    assert "No changes." in complete.terraform.run("plan", "-no-color", "-input=false", "-detailed-exitcode")


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


def test_zz_destroy_leaves_nothing(complete: Installation) -> None:
    """Last, for it ends what the others look at."""
    aws = complete.aws
    for url in complete.outputs["zones"].values():
        bucket, folder = url.removeprefix("s3://").split("/")
        for body in (b"1", b"2"):
            aws.s3.put_object(Bucket=bucket, Key=f"{folder}/twice", Body=body)
        aws.s3.put_object(Bucket=bucket, Key=f"{folder}/gone", Body=b"")
        aws.s3.delete_object(Bucket=bucket, Key=f"{folder}/gone")
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

    assert complete.terraform.run("state", "list") == ""
    assert [b["Name"] for b in aws.s3.list_buckets()["Buckets"] if b["Name"].startswith("covers")] == []
    assert [r["RoleName"] for r in aws.iam.list_roles()["Roles"] if r["RoleName"].startswith("covers")] == []
    assert [p["InstanceProfileName"] for p in aws.iam.list_instance_profiles()["InstanceProfiles"]] == []
    assert [
        k["KeyState"]
        for k in (aws.kms.describe_key(KeyId=k["KeyId"])["KeyMetadata"] for k in aws.kms.list_keys()["Keys"])
        if "covers" in k["Description"]
    ] == ["PendingDeletion"]
    assert [a["AliasName"] for a in aws.kms.list_aliases()["Aliases"] if "covers" in a["AliasName"]] == []
    assert [f["FunctionName"] for f in aws.lambda_.list_functions()["Functions"] if f["FunctionName"].startswith("covers")] == []
    assert aws.scheduler.list_schedules()["Schedules"] == []
    assert [g["Name"] for g in aws.scheduler.list_schedule_groups()["ScheduleGroups"] if g["Name"] != "default"] == []
    assert aws.sqs.list_queues().get("QueueUrls", []) == []
    assert aws.sns.list_topics()["Topics"] == []
    assert aws.logs.describe_log_groups()["logGroups"] == []
    assert aws.cloudwatch.describe_alarms()["MetricAlarms"] == []
    assert aws.ecr.describe_repositories()["repositories"] == []
    instances = [i for r in aws.ec2.describe_instances()["Reservations"] for i in r["Instances"]]
    assert {i["State"]["Name"] for i in instances} == {"terminated"}
    assert [
        t["LaunchTemplateName"]
        for t in aws.ec2.describe_launch_templates()["LaunchTemplates"]
        if t["LaunchTemplateName"].startswith("covers")
    ] == []
    assert [v["VpcId"] for v in aws.ec2.describe_vpcs()["Vpcs"] if v["VpcId"] == complete.outputs["vpc_id"]] == []
