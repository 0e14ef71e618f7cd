"""The factory and its settings."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG, Asset, task_group
from airflow.serialization.serialized_objects import DagSerialization

from container_steps import aws, credentials, platform, settings, snowflake, step, token_key
from packages import PACKAGES
from running import run_task

Connect = Callable[..., dict[str, str]]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse to open a connection, to read one of Airflow's, and to read a variable."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("while a DAG is parsed")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("airflow.sdk.execution_time.context._get_connection", refuse)
    monkeypatch.setattr("airflow.sdk.execution_time.context._get_variable", refuse)


@pytest.mark.parametrize("runtime", settings.RUNTIMES)
def test_a_step_is_an_operator(monkeypatch: pytest.MonkeyPatch, runtime: str) -> None:
    monkeypatch.setenv("AIRFLOW__COVERS__RUNTIME", runtime)
    monkeypatch.setenv("AIRFLOW__COVERS__RAW", "s3://lake/raw")
    with DAG("d", schedule=None) as dag:
        op = step(
            "x",
            "extract",
            ["--day", "{{ dag_run.partition_key }}"],
            credentials=["opentable"],
            environment={"A": "{{ 1 + 1 }}"},
            outlets=[Asset("covers")],
            pool="p",
            retries=2,
            doc_md="d",
        )
    assert op.runtime == runtime
    assert (op.task_id, op.step, op.arguments, op.pool, op.retries) == (
        "x",
        "extract",
        ["--day", "{{ dag_run.partition_key }}"],
        "p",
        2,
    )
    op.render_template_fields({"dag_run": type("Run", (), {"partition_key": "2026-03-27"})()})
    assert op.arguments == ["--day", "2026-03-27"]
    assert op.environment == {"A": "2", "COVERS_RAW": "s3://lake/raw"}
    DagSerialization.to_json(dag)


@pytest.mark.parametrize("runtime", settings.RUNTIMES)
def test_a_mapped_groups_value_is_an_argument(monkeypatch: pytest.MonkeyPatch, runtime: str) -> None:
    monkeypatch.setenv("AIRFLOW__COVERS__RUNTIME", runtime)
    with DAG("d", schedule=None) as dag:

        @task_group
        def read(source: str) -> None:
            step("extract", "extract", ["--source", source], map_index_template="{{ task.arguments[1] }}")

        read.expand(source=["opentable/101", "thefork/101"])
    extract: Any = dag.get_task("read.extract")
    assert extract.arguments[0] == "--source"
    DagSerialization.to_json(dag)


def test_an_unknown_runtime_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__COVERS__RUNTIME", "podman")
    with pytest.raises(ValueError, match="docker, kubernetes, process"):
        step("x", "extract")


@pytest.mark.parametrize("runtime", settings.RUNTIMES)
def test_an_argument_is_never_the_name_of_a_template_file(monkeypatch: pytest.MonkeyPatch, runtime: str) -> None:
    monkeypatch.setenv("AIRFLOW__COVERS__RUNTIME", runtime)
    with DAG("d", schedule=None):
        op = step("x", "extract", ["--restaurants", "restaurants.yaml", "x.sh", "y.env", "z.json"])
    op.resolve_template_files()
    assert op.arguments[1] == "restaurants.yaml"


@pytest.mark.parametrize("runtime", settings.RUNTIMES)
def test_reading_a_dag_imports_no_runtime(runtime: str) -> None:
    """Their libraries take seconds, and a DAG file is read every half-minute."""
    code = f"""if True:
        import conftest, os, sys
        os.environ["AIRFLOW__COVERS__RUNTIME"] = "{runtime}"
        from container_steps import step
        step("x", "extract", credentials=["opentable"])
        print([m for m in ("docker", "kubernetes", "kubernetes_asyncio", "requests") if m in sys.modules])
        """
    tests = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": f"{PACKAGES}:{tests.parent}:{tests}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


# Settings


def test_every_setting_stands_in_the_table() -> None:
    """What code asks for is declared with a default, and what is declared is asked for."""
    folder = Path(settings.__file__).parent
    asked = {name for path in folder.glob("*.py") for name in re.findall(r'settings\.get\("(\w+)"', path.read_text())}
    asked |= set(re.findall(r'(?<![.\w])get\("(\w+)"', Path(settings.__file__).read_text())) | set(settings._VARIABLES)
    assert asked == {s.name for s in settings.TABLE}
    assert all(f"| `{name}` |" in settings.markdown() for name in asked)


def test_a_step_may_have_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__COVERS__MEMORY", "1g")
    monkeypatch.setenv("AIRFLOW__COVERS__MEMORY_LOAD", "2g")
    monkeypatch.setenv("AIRFLOW__COVERS__TAG", "1.2.3")
    assert (settings.get("memory", "load"), settings.get("memory", "extract")) == ("2g", "1g")
    assert settings.image("load") == "covers/load:1.2.3"


def test_variables_of_all_steps_and_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__COVERS__SIMULATOR", "s3://lake/simulator")
    monkeypatch.setenv("AIRFLOW__COVERS__ENVIRONMENT", '{"COVERS_LOG_LEVEL": "debug", "COVERS_RECORDS": "1"}')
    monkeypatch.setenv("AIRFLOW__COVERS__ENVIRONMENT_GENERATE", '{"COVERS_RECORDS": "2"}')
    assert settings.environment("generate") == {
        "COVERS_OUT": "s3://lake/simulator",
        "COVERS_LOG_LEVEL": "debug",
        "COVERS_RECORDS": "2",
    }
    assert settings.environment("load")["COVERS_RECORDS"] == "1"


@pytest.mark.parametrize("text", ["{", "[]", '{"A": 1}'])
def test_variables_that_are_none_are_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("AIRFLOW__COVERS__ENVIRONMENT", text)
    with pytest.raises(ValueError, match="environment is no"):
        settings.environment("load")


@pytest.mark.parametrize(("text", "size"), [("512m", 512 << 20), ("2G", 2 << 30), ("1k", 1024), ("100", 100), ("7b", 7)])
def test_sizes(text: str, size: int) -> None:
    assert settings.number_of_bytes(text) == size


@pytest.mark.parametrize("text", ["", "m", "0m", "-1m", "1.5g", "512Mi", "5 m"])
def test_sizes_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        settings.number_of_bytes(text)


# Credentials


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Return what declares a connection and returns what the step would get."""
    from airflow.sdk import Connection

    found: dict[str, Connection] = {}
    monkeypatch.setattr("airflow.sdk.BaseHook.get_connection", lambda conn_id: found[conn_id])

    def read(credential: credentials.Credential, **fields: Any) -> dict[str, str]:
        extra = json.dumps(fields.pop("extra", {}))
        found[credential.connection] = Connection(conn_id=credential.connection, extra=extra, **fields)
        return credentials.read([credential])

    return read


def test_a_platforms_connection(connection: Connect) -> None:
    assert connection(platform("opentable"), conn_type="http", login="i", password="s") == {
        "COVERS_OPENTABLE_CLIENT_ID": "i",
        "COVERS_OPENTABLE_CLIENT_SECRET": "s",
    }
    assert connection(
        platform("thefork", "mock"),
        conn_type="http",
        login="i",
        password="s",
        host="mockapi",
        schema="http",
        port=8080,
        extra={"auth_url": "http://mockapi:8080"},
    ) == {
        "COVERS_THEFORK_CLIENT_ID": "i",
        "COVERS_THEFORK_CLIENT_SECRET": "s",
        "COVERS_THEFORK_URL": "http://mockapi:8080",
        "COVERS_THEFORK_AUTH_URL": "http://mockapi:8080",
    }


def test_an_aws_connection(connection: Connect) -> None:
    assert connection(
        aws("lake"),
        conn_type="aws",
        login="AK",
        password="SK",
        extra={"region_name": "eu-west-1", "endpoint_url": "http://s3:7070", "aws_session_token": "T"},
    ) == {
        "AWS_ACCESS_KEY_ID": "AK",
        "AWS_SECRET_ACCESS_KEY": "SK",
        "AWS_SESSION_TOKEN": "T",
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": "http://s3:7070",
    }
    assert connection(aws(), conn_type="aws", extra={"region_name": "eu-west-1"}) == {"AWS_REGION": "eu-west-1"}


def test_a_snowflake_connection(connection: Connect) -> None:
    extra = {"account": "ORG-ACC", "database": "COVERS", "warehouse": "WH", "role": "R&D", "stage": "COVERS.EXTERNAL.PROCESSED"}
    key = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nx\n-----END ENCRYPTED PRIVATE KEY-----\n"
    url = "snowflake://COVERS_LOAD@ORG-ACC/COVERS/MAIN?warehouse=WH&role=R%26D&stage=COVERS.EXTERNAL.PROCESSED"
    assert connection(
        snowflake(), conn_type="snowflake", login="COVERS_LOAD", password="P", extra=extra | {"private_key_content": key}
    ) == {"COVERS_WAREHOUSE": url, "COVERS_SNOWFLAKE_PRIVATE_KEY": key, "COVERS_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE": "P"}
    for wrapped in (base64.b64encode, base64.encodebytes):  # as the provider's own connections hold it
        in_base64 = extra | {"private_key_content": wrapped(key.encode()).decode()}
        found = connection(snowflake(), conn_type="snowflake", login="COVERS_LOAD", password="P", extra=in_base64)
        assert found["COVERS_SNOWFLAKE_PRIVATE_KEY"] == key
    assert connection(snowflake(), conn_type="snowflake", login="COVERS_LOAD", password="P", extra=extra) == {
        "COVERS_WAREHOUSE": url,
        "COVERS_SNOWFLAKE_PASSWORD": "P",
    }


def test_a_decoded_key_is_masked(connection: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    masked: list[str] = []
    monkeypatch.setattr(credentials, "mask_secret", masked.append)
    extra = {"private_key_content": base64.b64encode(b"-----BEGIN PRIVATE KEY-----\nx\n").decode()}
    connection(snowflake(), conn_type="snowflake", login="u", extra=extra)
    assert masked == ["-----BEGIN PRIVATE KEY-----\nx\n"]


def test_the_token_keys_connection(connection: Connect) -> None:
    assert connection(token_key(), conn_type="generic", password="k") == {"COVERS_TOKEN_KEY": "k"}


@pytest.mark.parametrize(
    ("credential", "fields", "says"),
    [
        (platform("opentable"), {"conn_type": "http", "login": "i"}, "has no password"),
        (aws(), {"conn_type": "aws", "login": "SECRET"}, "one of access key and secret"),
        (aws(), {"conn_type": "aws", "extra": {"role_arn": "SECRET"}}, "role_arn"),
        (snowflake(), {"conn_type": "snowflake", "login": "u", "password": "SECRET", "extra": {"account": "a"}}, "no database"),
        (snowflake(), {"conn_type": "snowflake", "login": "u", "extra": {"private_key_file": "/x"}}, "private_key_content"),
        *[
            (
                snowflake(),
                {"conn_type": "snowflake", "login": "u", "extra": {"private_key_content": text}},
                "neither PEM nor base64 of it",
            )
            for text in ("SECRET", "SECRETÉ", "U0VDUkVU", "/////w==")
        ],
        (token_key(), {"conn_type": "generic"}, "has no password"),
    ],
)
def test_what_a_connection_lacks_is_said_without_its_values(
    connection: Connect, credential: credentials.Credential, fields: dict[str, Any], says: str
) -> None:
    with pytest.raises(credentials.CredentialError, match=says) as e:
        connection(credential, **fields)
    assert "SECRET" not in str(e.value)


def test_credentials_that_follow_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__COVERS__LAKE_CONNECTION", "lake")
    monkeypatch.setenv("AIRFLOW__COVERS__WAREHOUSE_CONNECTION", "wh")
    assert [c.connection for c in credentials.of_step("extract", ["opentable"])] == ["covers_opentable", "lake"]
    assert [c.connection for c in credentials.of_step("validate", [])] == ["lake", "covers_token_key"]
    assert [c.connection for c in credentials.of_step("load", [])] == ["lake", "wh"]


def test_a_wrong_connection_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, connection: Connect) -> None:
    program = tmp_path / "validate"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("AIRFLOW__COVERS__RUNTIME", "process")
    monkeypatch.setenv("AIRFLOW__COVERS__PROCESS_PROGRAM", f"{tmp_path}/{{step}}")
    with pytest.raises(credentials.CredentialError):
        connection(token_key(), conn_type="generic")
    ran = run_task(lambda: step("validate", "validate"))
    assert (ran.state, "has no password" in str(ran.error)) == ("failed", True)
