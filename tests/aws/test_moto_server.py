"""Each repair of moto_server.py is needed, and mends what it says.

With plain moto the same check must fail: where it does not, moto has come to do it right and the repair must go.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conftest import ACCOUNT, AWS, REPO, moto_server

PLAIN = f"import sys; sys.path.insert(0, {str(REPO / 'tests' / 'aws')!r}); import moto_server; moto_server.main(repairs=())"


@pytest.fixture(scope="module")
def plain() -> Iterator[AWS]:
    with moto_server("-c", PLAIN) as url:
        yield AWS(url)


def put_over_a_policy_that_wants_tls(aws: AWS) -> Any:
    aws.make_bucket("tls-only")
    aws.s3.put_bucket_policy(
        Bucket="tls-only",
        Policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": ["arn:aws:s3:::tls-only", "arn:aws:s3:::tls-only/*"],
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                ],
            }
        ),
    )
    try:
        aws.s3.put_object(Bucket="tls-only", Key="k", Body=b"")
    except aws.s3.exceptions.ClientError as e:
        return e.response["ResponseMetadata"]["HTTPStatusCode"]
    return 200


def put_over_a_policy_that_denies(aws: AWS) -> None:
    aws.make_bucket("closed")
    aws.s3.put_bucket_policy(
        Bucket="closed",
        Policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::closed/*"}
                ],
            }
        ),
    )
    with pytest.raises(aws.s3.exceptions.ClientError):
        aws.s3.put_object(Bucket="closed", Key="k", Body=b"")


def function_configuration(aws: AWS) -> tuple[str | None, str | None]:
    role = aws.iam.create_role(RoleName="f", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    aws.make_bucket("code")
    aws.s3.put_object(Bucket="code", Key="zip", Body=b"")
    aws.lambda_.create_function(
        FunctionName="f",
        Runtime="provided.al2023",
        Role=role,
        Handler="bootstrap",
        Code={"S3Bucket": "code", "S3Key": "zip"},
        DeadLetterConfig={"TargetArn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:dead"},
        LoggingConfig={"LogFormat": "Text", "LogGroup": "/g"},
    )
    aws.lambda_.update_function_configuration(FunctionName="f", LoggingConfig={"LogFormat": "Text", "LogGroup": "/h"})
    got = aws.lambda_.get_function_configuration(FunctionName="f")
    return got.get("DeadLetterConfig", {}).get("TargetArn"), got.get("LoggingConfig", {}).get("LogGroup")


def launched_tags(aws: AWS) -> tuple[list[str], list[dict[str, str]]]:
    def tags(kind: str) -> dict[str, Any]:
        return {"ResourceType": kind, "Tags": [{"Key": "of", "Value": kind}]}

    template = aws.ec2.create_launch_template(
        LaunchTemplateName="t",
        LaunchTemplateData={"TagSpecifications": [tags("instance")]},
        TagSpecifications=[tags("launch-template")],
    )
    template_id = template["LaunchTemplate"]["LaunchTemplateId"]
    version = aws.ec2.describe_launch_template_versions(LaunchTemplateId=template_id)["LaunchTemplateVersions"][0]
    own = aws.ec2.describe_launch_templates(LaunchTemplateIds=[template_id])["LaunchTemplates"][0]["Tags"]
    return [s["ResourceType"] for s in version["LaunchTemplateData"]["TagSpecifications"]], own


def rule_description(aws: AWS) -> Any:
    vpc = aws.ec2.create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]
    a, b = (aws.ec2.create_security_group(GroupName=n, Description=n, VpcId=vpc)["GroupId"] for n in "ab")
    rules = aws.ec2.authorize_security_group_ingress(
        GroupId=a,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": b, "Description": "for b"}]}
        ],
    )["SecurityGroupRules"]
    found = aws.ec2.describe_security_group_rules(SecurityGroupRuleIds=[rules[0]["SecurityGroupRuleId"]])["SecurityGroupRules"]
    return found[0].get("Description")


def emptied_by_versions(aws: AWS) -> Any:
    aws.make_bucket("versioned")
    aws.s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
    aws.s3.put_object(Bucket="versioned", Key="k", Body=b"")
    aws.s3.delete_object(Bucket="versioned", Key="k")
    aws.s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Suspended"})  # as destroy does first
    there = aws.s3.list_object_versions(Bucket="versioned")
    try:
        for kind in ("Versions", "DeleteMarkers"):
            objects = [{"Key": v["Key"], "VersionId": v["VersionId"]} for v in there[kind]]
            aws.s3.delete_objects(Bucket="versioned", Delete={"Objects": objects})
    except aws.s3.exceptions.ClientError as e:
        return e.response["ResponseMetadata"]["HTTPStatusCode"]
    return sum(k in aws.s3.list_object_versions(Bucket="versioned") for k in ("Versions", "DeleteMarkers"))


REPAIRED = [
    (emptied_by_versions, 0),
    (put_over_a_policy_that_wants_tls, 200),
    (function_configuration, (f"arn:aws:sqs:eu-west-1:{ACCOUNT}:dead", "/h")),
    (launched_tags, (["instance"], [{"Key": "of", "Value": "launch-template"}])),
    (rule_description, "for b"),
]


@pytest.mark.parametrize(("observe", "want"), REPAIRED, ids=lambda v: getattr(v, "__name__", ""))
def test_repaired_as_aws_does_it_and_not_by_moto_itself(aws: AWS, plain: AWS, observe: Callable[[AWS], Any], want: Any) -> None:
    assert observe(aws) == want
    assert observe(plain) != want, "moto does it right by now: take the repair out of moto_server.py"


def test_a_denial_without_condition_still_denies(aws: AWS) -> None:
    put_over_a_policy_that_denies(aws)
