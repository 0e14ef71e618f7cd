"""Each step's role against the calls that the step really makes: all of them allowed, everything beside them denied.

The calls are recorded from a run on an S3 server (terraform/tests/calls.json, by tasks/internal/endtoend). moto checks no
rights; the policies are read back from it and evaluated by rules of IAM's own.
"""

import json
import re
from typing import Any

import pytest

from conftest import ACCOUNT, REGION, TERRAFORM, Installation
from policies import ALLOWED, Policies, decide

pytestmark = pytest.mark.xdist_group("complete")

CALLS = json.loads((TERRAFORM / "tests" / "calls.json").read_text())
# demo runs the others on one machine, and lake is asked by people with their own rights: neither needs a role.
STEPS = sorted({main.parent.name for main in (TERRAFORM.parent / "tasks").glob("*/main.go")} - {"demo", "lake"})
ZONES = ["raw", "staging", "processed", "simulator"]

# A person's look at records, with the person's own rights: a step's role that could do it would read personal data for nothing.
BY_PEOPLE = {"load explain"}

# What no step may do to a zone, whatever it calls.
NEVER = [
    "s3:DeleteObjectVersion",
    "s3:GetObjectVersion",
    "s3:PutObjectAcl",
    "s3:BypassGovernanceRetention",
    "s3:PutObjectRetention",
]


@pytest.fixture(scope="module")
def policies(complete: Installation) -> Policies:
    return Policies(complete)


def role_of(step: str) -> str:
    return f"covers-task-roles-{step}"


def calls_of(step: str) -> list[dict[str, Any]]:
    return [c for name, calls in CALLS.items() if name.split()[0] == step and name not in BY_PEOPLE for c in calls]


def test_every_step_was_recorded() -> None:
    assert {name.split()[0] for name in CALLS} == set(STEPS)


@pytest.mark.parametrize("step", STEPS)
def test_every_call_that_a_step_makes_is_allowed(policies: Policies, step: str) -> None:
    calls = calls_of(step)
    asked = [
        (c, r)
        for c in calls
        for r in policies.object_call(role_of(step), c["zone"], c["action"], c.get("key", ""), c.get("prefix"))
    ]
    assert asked
    decisions = decide(r for _, r in asked)
    assert [(c, d) for (c, _), d in zip(asked, decisions, strict=True) if d != ALLOWED] == []


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_allowed_no_action_in_a_zone_that_it_does_not_take_there(policies: Policies, step: str) -> None:
    """The other half: each role is as small as the calls. What it never does in a zone, it may not do there.

    But who reads may list: S3 asks for it where a key is missing, and answers 403 instead of 404 without.
    """
    made = {(c["zone"], c["action"]) for c in calls_of(step)}
    made |= {(zone, "s3:ListBucket") for zone, action in made if action == "s3:GetObject"}
    keys = {c["zone"]: c["key"] for c in CALLS["care tidy"] + CALLS["generate"] if c.get("key")}
    asked = []
    for zone in ZONES:
        for action in ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", *NEVER]:
            if (zone, action) not in made:
                asked.append(policies.object_call(role_of(step), zone, action, keys[zone], "opentable/")[0])
    decisions = decide(asked)
    assert [
        (r["request"]["action"], r["request"]["resource"]) for r, d in zip(asked, decisions, strict=True) if d == ALLOWED
    ] == []


def test_report_reads_no_record_of_raw(policies: Policies) -> None:
    """What is in a reading's objects is every guest's name; what a report needs of it stands in the manifest."""
    written = {c["key"] for c in CALLS["extract"] if c["zone"] == "raw" and c["action"] == "s3:PutObject"}
    manifests = {key for key in written if key.endswith("/manifest.json")}
    assert manifests
    assert written - manifests
    for keys, allowed in ((manifests, True), (written - manifests, False)):
        asked = [policies.object_call(role_of("report"), "raw", "s3:GetObject", key)[0] for key in sorted(keys)]
        assert {d == ALLOWED for d in decide(asked)} == {allowed}


@pytest.mark.parametrize("step", STEPS)
def test_beside_its_prefix_a_step_reaches_nothing(policies: Policies, step: str) -> None:
    asked = []
    for call in calls_of(step):
        bucket, folder = policies.zones[call["zone"]]
        of_bucket = policies.of_bucket(bucket)
        for beside in ["other", f"{folder}-2", ""]:  # another folder, one whose name begins alike, the bucket's top
            if call["action"] == "s3:ListBucket" and "prefix" in call:
                asked.append(
                    policies.request(
                        role_of(step),
                        "s3:ListBucket",
                        f"arn:aws:s3:::{bucket}",
                        {"s3:prefix": f"{beside}/" if beside else "", "aws:SecureTransport": "true"},
                        of_bucket,
                    )
                )
            elif call.get("key"):
                key = f"{beside}/{call['key']}".lstrip("/")
                asked.append(
                    policies.request(
                        role_of(step), call["action"], f"arn:aws:s3:::{bucket}/{key}", {"aws:SecureTransport": "true"}, of_bucket
                    )
                )
    assert asked
    assert ALLOWED not in decide(asked)


def test_the_key_opens_a_zone_only_to_its_steps_and_only_through_s3(policies: Policies) -> None:
    asked, want = [], []
    for step in STEPS:
        zones = {c["zone"] for c in calls_of(step) if c["action"] in ("s3:GetObject", "s3:PutObject")}
        for zone in ZONES:
            bucket = policies.zones[zone][0]
            asked.append(policies.key_call(role_of(step), "kms:Decrypt", bucket))
            want.append(zone in zones)
            asked.append(policies.key_call(role_of(step), "kms:Decrypt", bucket, via=f"ec2.{REGION}.amazonaws.com"))
            want.append(False)
    assert [d == ALLOWED for d in decide(asked)] == want


@pytest.mark.parametrize("step", STEPS)
def test_no_call_is_answered_without_tls(policies: Policies, step: str) -> None:
    asked = [
        policies.object_call(role_of(step), c["zone"], c["action"], c.get("key", ""), c.get("prefix"), tls=False)[0]
        for c in calls_of(step)
    ]
    assert set(decide(asked)) == {"ExplicitlyDenied"}


# --- Who may take a role


def assume(
    policies: Policies, role: str, principal: str, action: str = "sts:AssumeRole", context: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "request": {
            "principal": principal,
            "action": action,
            "resource": {"resource": f"arn:aws:iam::{ACCOUNT}:role/{role}", "accountId": ACCOUNT},
            "contextVariables": context or {},
        },
        # The caller's own rights are not the question here.
        "identityPolicies": [
            {
                "name": "any",
                "policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]},
            }
        ],
        "resourcePolicy": policies.trust(role),
    }


ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF"


@pytest.mark.parametrize("step", STEPS)
def test_a_service_account_takes_its_own_steps_role_and_no_other(policies: Policies, step: str) -> None:
    def by(account: str, issuer: str = ISSUER, audience: str = "sts.amazonaws.com") -> dict[str, Any]:
        return assume(
            policies,
            role_of(step),
            f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}",
            "sts:AssumeRoleWithWebIdentity",
            {f"{issuer}:sub": f"system:serviceaccount:{account}", f"{issuer}:aud": audience},
        )

    other = STEPS[STEPS.index(step) - 1]
    decisions = decide(
        [
            by(f"data:covers-{step}"),
            by(f"data:covers-{other}"),
            by(f"default:covers-{step}"),
            by("data:default"),
            by(f"data:covers-{step}", issuer="oidc.eks.eu-west-1.amazonaws.com/id/FEDCBA9876543210"),
            by(f"data:covers-{step}", audience="another"),
        ]
    )
    assert [d == ALLOWED for d in decisions] == [True, False, False, False, False, False]


@pytest.mark.parametrize("step", STEPS)
def test_the_runner_takes_every_role_and_another_role_none(policies: Policies, step: str) -> None:
    decisions = decide(
        [
            assume(policies, role_of(step), f"arn:aws:iam::{ACCOUNT}:role/airflow-host"),
            assume(policies, role_of(step), "arn:aws:iam::999999999999:role/airflow-host"),
            assume(policies, role_of(step), "lambda.amazonaws.com"),
            assume(policies, role_of(step), "ec2.amazonaws.com"),
        ]
    )
    assert [d == ALLOWED for d in decisions] == [True, False, step == "generate", step == "mockapi"]


def test_snowflake_takes_its_role_with_the_external_id_only(policies: Policies) -> None:
    role, user = "covers-warehouse-access", "arn:aws:iam::999999999999:user/snowflake"
    decisions = decide(
        [
            assume(policies, role, user, context={"sts:ExternalId": "ACME_SFCRole=2_Ab+/="}),
            assume(policies, role, user, context={"sts:ExternalId": "OTHER_SFCRole=2_Ab+/="}),
            assume(policies, role, user),
            assume(policies, role, "arn:aws:iam::999999999999:user/other", context={"sts:ExternalId": "ACME_SFCRole=2_Ab+/="}),
        ]
    )
    assert [d == ALLOWED for d in decisions] == [True, False, False, False]


def by_hand(policies: Policies) -> list[dict[str, Any]]:
    """Return the policy that docs/snowflake.md has for a lake that Terraform did not make, filled in for this one."""
    (text,) = re.findall(
        r"cat > policy.json <<'END'\n(.*?)\nEND", (TERRAFORM.parent / "docs" / "snowflake.md").read_text(), re.DOTALL
    )
    for word, value in {
        "YOUR-BUCKET": policies.zones["processed"][0],
        "YOUR-KEY-ARN": policies.key["arn"],
        "YOUR-REGION": REGION,
    }.items():
        assert word in text
        text = text.replace(word, value)
    return [{"name": "processed", "policy": json.loads(text)}]


@pytest.mark.parametrize("made", ["by Terraform", "by hand"])
def test_snowflake_reads_processed_and_nothing_else(policies: Policies, made: Any) -> None:
    role = "covers-warehouse-access"
    asked, want = [], []
    for zone in ZONES:
        for action in [
            "s3:GetObject",
            "s3:GetObjectVersion",
            "s3:ListBucket",
            "s3:GetBucketLocation",
            "s3:PutObject",
            "s3:DeleteObject",
        ]:
            bucket, _folder = policies.zones[zone]
            if action == "s3:GetBucketLocation":
                requests = [policies.request(role, action, f"arn:aws:s3:::{bucket}")]
            else:
                requests = policies.object_call(role, zone, action, "2026-03-28/k", "2026-03-28/")
            asked += requests
            want += [zone == "processed" and action not in ("s3:PutObject", "s3:DeleteObject")] * len(requests)
    if made == "by hand":
        asked = [request | {"identityPolicies": by_hand(policies)} for request in asked]
    assert [d == ALLOWED for d in decide(asked)] == want


# --- The rights beside the zones


def test_the_schedule_starts_the_generator_and_nothing_else(policies: Policies, complete: Installation) -> None:
    role = "covers-generator-schedule"
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:covers-generator"
    decisions = decide(
        [
            policies.request(role, "lambda:InvokeFunction", function),
            policies.request(role, "lambda:InvokeFunction", function + "-2"),
            policies.request(role, "lambda:UpdateFunctionCode", function),
            policies.request(role, "sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:covers-generator-dead"),
            policies.request(role, "sqs:ReceiveMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:covers-generator-dead"),
        ]
    )
    assert [d == ALLOWED for d in decisions] == [True, False, False, True, False]
    group = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/covers-generator"
    decisions = decide(
        assume(policies, role, "scheduler.amazonaws.com", context={"aws:SourceAccount": account, "aws:SourceArn": source})
        for account, source in [(ACCOUNT, group), ("999999999999", group), (ACCOUNT, group + "-2")]
    )
    assert [d == ALLOWED for d in decisions] == [True, False, False]


def test_the_generator_writes_its_own_log_and_its_own_dead_letters(policies: Policies) -> None:
    role = role_of("generate")
    log = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/covers-generator"
    decisions = decide(
        [
            policies.request(role, "logs:CreateLogStream", f"{log}:log-stream:2026/03/28/a"),
            policies.request(role, "logs:PutLogEvents", f"{log}:log-stream:2026/03/28/a"),
            policies.request(role, "logs:PutLogEvents", f"{log}-2:log-stream:2026/03/28/a"),
            policies.request(role, "sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:covers-generator-dead"),
            policies.request(role, "sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:other"),
        ]
    )
    assert [d == ALLOWED for d in decisions] == [True, True, False, True, False]


def test_the_instance_reads_its_program_and_its_credentials_only(policies: Policies, complete: Installation) -> None:
    role = role_of("mockapi")
    parameter = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter"
    own = list(complete.outputs["mock_api_credential_parameters"].values())
    decisions = decide(
        [
            policies.request(role, "s3:GetObject", "arn:aws:s3:::acme-artifacts/v1/mockapi"),
            policies.request(role, "s3:GetObject", "arn:aws:s3:::acme-artifacts/v1/generate.zip"),
            policies.request(role, "s3:PutObject", "arn:aws:s3:::acme-artifacts/v1/mockapi"),
            *(policies.request(role, "ssm:GetParameter", parameter + name) for name in own),
            policies.request(role, "ssm:GetParameter", parameter + "/covers/other"),
            policies.request(role, "ssm:PutParameter", parameter + own[0]),
            policies.request(role, "ssmmessages:OpenDataChannel", "*"),
        ]
    )
    assert [d == ALLOWED for d in decisions] == [True, False, False, *[True] * len(own), False, False, True]
