"""A connection with a role_arn: the worker takes the role, and a step gets that session alone."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from airflow.sdk.execution_time import comms

from container_steps.aws_role import session_name
from container_steps.credentials import Bearer
from fake_engine import FakeEngine
from fake_sts import KEY, FakeSts
from python_step import DONE, extract
from running import Ran, run_task

ROLE = "arn:aws:iam::123456789012:role/parcels-task-roles-extract"
PATTERN = "arn:aws:iam::123456789012:role/parcels-task-roles-{step}"


@pytest.fixture
def sts(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSts]:
    """Run an STS, and give every step the connection "depot", which names a role."""
    sts = FakeSts()
    sts.roles = {ROLE: 43200}
    monkeypatch.setenv("AIRFLOW__PARCELS__DEPOT_CONNECTION", "depot")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    _depot(monkeypatch, sts)
    yield sts
    sts.close()


def _depot(monkeypatch: pytest.MonkeyPatch, sts: FakeSts, **extra: Any) -> None:
    whole = {
        "role_arn": PATTERN,
        "region_name": "eu-west-1",
        "endpoint_url": "http://s3:7070",
        "service_config": {"sts": {"endpoint_url": sts.url}},
        **extra,
    }
    fields = {"conn_type": "aws", "login": KEY, "password": "worker-secret", "extra": whole}
    monkeypatch.setenv("AIRFLOW_CONN_DEPOT", json.dumps({k: v for k, v in fields.items() if v is not None}))


def given(engine: FakeEngine) -> dict[str, str]:
    """Return the variables of AWS that the only container got."""
    (container,) = engine.all
    return dict(v.split("=", 1) for v in container.config["Env"] if v.startswith("AWS_"))


def run(**kwargs: Any) -> Ran:
    return run_task(extract(DONE, **kwargs))


def test_the_container_gets_the_session_alone(engine: FakeEngine, sts: FakeSts) -> None:
    ran = run(execution_timeout=timedelta(hours=2))
    assert ran.state == "success", ran.error
    assert given(engine) == {
        "AWS_ACCESS_KEY_ID": "ASIA1",
        "AWS_SECRET_ACCESS_KEY": "secret-1",
        "AWS_SESSION_TOKEN": "token-1",
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": "http://s3:7070",
    }
    (container,) = engine.all
    assert "worker-secret" not in json.dumps(container.config)
    (asked,) = sts.asked
    assert (asked["RoleArn"], asked["DurationSeconds"], asked["RoleSessionName"]) == (ROLE, "7200", "parcels.extract.run")
    masked = [m.value for m in ran.supervisor.of(comms.MaskSecret)]
    assert all(secret in masked for secret in ("secret-1", "token-1"))


def test_each_step_has_its_own_role_where_the_pattern_says_so(
    engine: FakeEngine, sts: FakeSts, monkeypatch: pytest.MonkeyPatch
) -> None:
    sts.roles = {"arn:aws:iam::123456789012:role/one-for-all": 43200}
    assert run().state == "failed"  # that of the step does not exist
    _depot(monkeypatch, sts, role_arn="arn:aws:iam::123456789012:role/one-for-all")
    assert run().state == "success"


@pytest.mark.parametrize(("timeout", "seconds"), [(None, "3600"), (timedelta(minutes=1), "900"), (timedelta(hours=30), "43200")])
def test_a_session_lasts_as_long_as_the_task_may(
    engine: FakeEngine, sts: FakeSts, timeout: timedelta | None, seconds: str
) -> None:
    assert run(execution_timeout=timeout).state == "success"
    assert [asked["DurationSeconds"] for asked in sts.asked] == [seconds]


def test_a_role_that_gives_an_hour_at_most(engine: FakeEngine, sts: FakeSts) -> None:
    sts.roles[ROLE] = 3600
    ran = run(execution_timeout=timedelta(hours=2))
    assert ran.state == "success", ran.error
    assert [asked["DurationSeconds"] for asked in sts.asked] == ["7200", "3600"]
    assert sum("max_session_duration" in str(r["event"]) for r in ran.log) == 1


def test_what_the_connection_asks_for_beside_it(engine: FakeEngine, sts: FakeSts, monkeypatch: pytest.MonkeyPatch) -> None:
    _depot(monkeypatch, sts, external_id="ours", assume_role_kwargs={"DurationSeconds": 1800, "Policy": "{}"})
    assert run(execution_timeout=timedelta(hours=2)).state == "success"
    (asked,) = sts.asked
    assert (asked["ExternalId"], asked["DurationSeconds"], asked["Policy"]) == ("ours", "1800", "{}")


def test_a_role_that_is_not_given_is_not_asked_for_again(engine: FakeEngine, sts: FakeSts) -> None:
    sts.roles = {}
    ran = run()
    assert ran.state == "failed"
    assert f"connection depot: AWS did not give the role {ROLE} (AccessDenied)" in str(ran.error)
    assert "worker-secret" not in str(ran.error)
    assert engine.all == []


@pytest.mark.parametrize("away", [False, True])
def test_an_sts_that_fails_is_asked_again(engine: FakeEngine, sts: FakeSts, monkeypatch: pytest.MonkeyPatch, away: bool) -> None:
    sts.broken = 503
    if away:
        _depot(monkeypatch, sts, service_config={"sts": {"endpoint_url": "http://127.0.0.1:1"}})
    ran = run()
    assert ran.state == "up_for_retry"
    assert "the role" in str(ran.error)
    assert engine.all == []


def test_without_a_key_the_worker_takes_it_as_what_it_is(
    engine: FakeEngine, sts: FakeSts, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = json.loads(os.environ["AIRFLOW_CONN_DEPOT"])
    monkeypatch.setenv("AIRFLOW_CONN_DEPOT", json.dumps({**fields, "login": None, "password": None}))
    ran = run()
    assert ran.state == "failed"
    assert "it has no key, and the worker has no role" in str(ran.error)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-machines")
    ran = run()
    assert ran.state == "success", ran.error
    assert given(engine)["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert "the-machines" not in given(engine).values()


def test_what_takes_it_is_not_installed(engine: FakeEngine, sts: FakeSts, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("botocore", "botocore.exceptions"):
        monkeypatch.setitem(sys.modules, name, None)
    ran = run()
    assert ran.state == "failed"
    assert "install container-steps[aws]" in str(ran.error)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("covers.load.manual__2026-03-28T06:00:00+00:00", "covers.load.manual__2026-03-28T06-00-00+00-00"),
        ("größe.a b/c.run", "gr--e.a-b-c.run"),
    ],
)
def test_a_sessions_name_is_one(name: str, found: str) -> None:
    assert session_name(Bearer("load", name, None)) == found


def test_long_names_of_sessions_stay_apart() -> None:
    names = {session_name(Bearer("load", f"covers.{'x' * 80}.{i}", None)) for i in range(20)}
    assert len(names) == 20
    assert all(len(name) <= 64 for name in names)
