"""The policies of an installation, as AWS would read them, and questions to them.

Answers come from @cloud-copilot/iam-simulate, which refuses actions, resources and condition keys that IAM does not know.
"""

import functools
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

from conftest import ACCOUNT, REGION, Installation

HERE = pathlib.Path(__file__).parent
ALLOWED = "Allowed"


class Policies:
    def __init__(self, installed: Installation):
        self.installed = installed
        self.iam = installed.aws.iam
        self.key = next(iter(installed.of_type("aws_kms_key").values()))
        self.zones = {name: url.removeprefix("s3://").split("/", 1) for name, url in installed.outputs["zones"].items()}

    @functools.cache
    def of_role(self, role: str) -> list[dict[str, Any]]:
        """Return a role's own policies. No policy of anybody else's may be attached."""
        assert self.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
        names = self.iam.list_role_policies(RoleName=role)["PolicyNames"]
        return [{"name": n, "policy": self.iam.get_role_policy(RoleName=role, PolicyName=n)["PolicyDocument"]} for n in names]

    def trust(self, role: str) -> dict[str, Any]:
        return self.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]

    @functools.cache
    def of_bucket(self, bucket: str) -> dict[str, Any]:
        return json.loads(self.installed.aws.s3.get_bucket_policy(Bucket=bucket)["Policy"])

    @functools.cache
    def of_key(self) -> dict[str, Any]:
        return json.loads(self.installed.aws.kms.get_key_policy(KeyId=self.key["arn"], PolicyName="default")["Policy"])

    def request(
        self,
        role: str,
        action: str,
        resource: str,
        context: dict[str, Any] | None = None,
        resource_policy: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        return {
            "request": {
                "principal": f"arn:aws:iam::{ACCOUNT}:role/{role}",
                "action": action,
                "resource": {"resource": resource, "accountId": ACCOUNT},
                "contextVariables": context or {},
            },
            "identityPolicies": self.of_role(role),
            **({"resourcePolicy": resource_policy} if resource_policy else {}),
        }

    def object_call(
        self, role: str, zone: str, action: str, key: str = "", prefix: str | None = None, tls: bool = True
    ) -> list[dict[str, Any]]:
        """Return what AWS asks its policies about a call to S3: the call itself, over TLS 1.3, and the key that it has S3 use."""
        bucket, folder = self.zones[zone]
        arn = f"arn:aws:s3:::{bucket}"
        transport = {"aws:SecureTransport": str(tls).lower(), "s3:TlsVersion": "1.3"} if tls else {"aws:SecureTransport": "false"}
        of_bucket = self.of_bucket(bucket)
        if action == "s3:ListBucket":
            listed = {} if prefix is None else {"s3:prefix": f"{folder}/{prefix}"}
            return [self.request(role, action, arn, transport | listed, of_bucket)]
        asked = [self.request(role, action, f"{arn}/{folder}/{key}", transport, of_bucket)]
        use = {"s3:GetObject": "kms:Decrypt", "s3:PutObject": "kms:GenerateDataKey"}.get(action)
        if use:
            asked.append(self.key_call(role, use, bucket))
        return asked

    def key_call(self, role: str, action: str, bucket: str, via: str = f"s3.{REGION}.amazonaws.com") -> dict[str, Any]:
        """Return a call to KMS.

        With a bucket key the encryption context is the bucket's ARN (S3 User Guide, "Reducing the cost of SSE-KMS").
        """
        context = {
            "kms:ViaService": via,
            "kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{bucket}",
            "kms:EncryptionContextKeys": ["aws:s3:arn"],
            "kms:CallerAccount": ACCOUNT,
        }
        return self.request(role, action, self.key["arn"], context, self.of_key())


@functools.cache
def evaluator() -> subprocess.Popen[str]:
    """Start one process for all questions: it reads all of IAM's actions when it starts."""
    node = pathlib.Path(sys.prefix) / "bin" / "node"
    return subprocess.Popen(
        [str(node), str(HERE / "evaluate.mjs"), os.environ["COVERS_NODE_MODULES"]],
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def decide(requests: Iterable[dict[str, Any]]) -> list[str]:
    process = evaluator()
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps(list(requests)) + "\n")
    process.stdin.flush()
    decisions = json.loads(process.stdout.readline())
    assert isinstance(decisions, list), decisions
    return decisions
