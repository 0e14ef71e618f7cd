"""Runs moto, a stand-in for AWS, on loopback, and prints its URL. For tests only.

    moto_server.py

moto 5.2 differs from AWS in five things that our Terraform meets. Each is repaired here and has its test in
test_moto_server.py, which also fails once moto has come to do it right, so that the repair can go.
"""

import json
from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.ec2.models.launch_templates import LaunchTemplate
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket, FakeDeleteMarker
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server


def deny_only_what_the_condition_says() -> None:
    """Deny only what the condition says: moto takes every condition as met, so that a bucket without plain HTTP refuses all."""

    def get_permission(self: Any, action: str, resource: str) -> PermissionResult:
        statements = json.loads(self.policy)["Statement"] if self.policy else []
        unconditional = [s for s in statements if "Condition" not in s]
        if not unconditional:
            return PermissionResult.NEUTRAL
        return IAMPolicy(json.dumps({"Version": "2012-10-17", "Statement": unconditional})).is_action_permitted(action, resource)

    FakeBucket.get_permission = get_permission


def remember_where_a_function_writes() -> None:
    """Keep a function's dead-letter queue and log group: moto forgets them, so that each plan adds them again."""
    kept = ("DeadLetterConfig", "LoggingConfig")
    init, get, update = LambdaFunction.__init__, LambdaFunction.get_configuration, LambdaFunction.update_configuration

    def new_init(self: Any, account_id: str, spec: Any, region: str, version: int = 1) -> None:
        init(self, account_id, spec, region, version)
        self.kept = {k: spec[k] for k in kept if spec.get(k)}

    def new_get(self: Any, on_create: bool = False) -> dict[str, Any]:
        return {**get(self, on_create), **self.kept}

    def new_update(self: Any, config_updates: dict[str, Any]) -> Any:
        self.kept.update({k: v for k, v in config_updates.items() if k in kept})
        return update(self, config_updates)

    LambdaFunction.__init__, LambdaFunction.get_configuration, LambdaFunction.update_configuration = new_init, new_get, new_update


def keep_a_templates_own_tags_apart() -> None:
    """Keep a launch template's own tags apart: moto puts them among those of what it launches, and each plan takes them out."""
    create = LaunchTemplate.create_version

    def new_create(self: Any, data: dict[str, Any], description: str) -> Any:
        specs = [s for s in data.pop("TagSpecifications", []) if s.get("ResourceType") != "launch-template"]
        if specs:
            data["TagSpecifications"] = specs
        return create(self, data, description)

    LaunchTemplate.create_version = new_create


def remember_what_a_rule_between_groups_is_for() -> None:
    """Keep the description of a rule on another security group: moto keeps only that of a rule on addresses."""
    init, described = SecurityGroupRule.__init__, SecurityGroupRule.description

    def new_init(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        groups = [a for a in (*args, *kwargs.values()) if isinstance(a, dict) and "GroupId" in a]
        self.of_group = groups[0].get("Description") if groups else None

    SecurityGroupRule.__init__ = new_init
    SecurityGroupRule.description = property(lambda self: described.fget(self) or self.of_group)


def delete_a_key_with_a_marker() -> None:
    """Delete a key that has a delete marker, once versioning is suspended: moto fails (500), and a zone cannot be emptied."""
    FakeDeleteMarker.dispose = lambda self, garbage=False: None  # a marker has no content to give back


REPAIRS = (
    deny_only_what_the_condition_says,
    remember_where_a_function_writes,
    keep_a_templates_own_tags_apart,
    remember_what_a_rule_between_groups_is_for,
    delete_a_key_with_a_marker,
)


def main(repairs: Any = REPAIRS) -> None:
    for repair in repairs:
        repair()
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
