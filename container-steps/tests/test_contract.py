"""A contract's steps and settings."""

from __future__ import annotations

import copy
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG, Asset, task_group
from airflow.serialization import serialized_objects

from container_steps import ConfigMap, Contract, Setting, contract
from container_steps.settings import RUNTIMES, number_of_bytes
from parcels import CONTRACT, shop, step

settings = CONTRACT.settings
_NAMES: dict[str, Any] = vars(serialized_objects)
TO_JSON = (_NAMES.get("DagSerialization") or _NAMES["SerializedDAG"]).to_json  # the second is its name in Airflow 3.1


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse to open a connection, to read one of Airflow's, and to read a variable."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("while a DAG is parsed")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("airflow.sdk.execution_time.context._get_connection", refuse)
    monkeypatch.setattr("airflow.sdk.execution_time.context._get_variable", refuse)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_step_is_an_operator(monkeypatch: pytest.MonkeyPatch, runtime: str) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__RUNTIME", runtime)
    monkeypatch.setenv("AIRFLOW__PARCELS__DEPOT", "s3://depot")
    with DAG("d", schedule=None) as dag:
        op = step(
            "x",
            "extract",
            ["--day", "{{ dag_run.partition_key }}"],
            credentials=[shop],
            environment={"A": "{{ 1 + 1 }}"},
            outlets=[Asset("parcels")],
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
    assert op.environment == {"A": "2", "PARCELS_DEPOT": "s3://depot"}
    TO_JSON(dag)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_mapped_groups_value_is_an_argument(monkeypatch: pytest.MonkeyPatch, runtime: str) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__RUNTIME", runtime)
    with DAG("d", schedule=None) as dag:

        @task_group
        def read(source: str) -> None:
            step("extract", "extract", ["--source", source], map_index_template="{{ task.arguments[1] }}")

        read.expand(source=["depot/101", "depot/102"])
    extract: Any = dag.get_task("read.extract")
    assert extract.arguments[0] == "--source"
    TO_JSON(dag)


def test_an_unknown_runtime_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__RUNTIME", "podman")
    with pytest.raises(ValueError, match="docker, kubernetes, process"):
        step("x", "extract")


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_an_argument_is_never_the_name_of_a_template_file(monkeypatch: pytest.MonkeyPatch, runtime: str) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__RUNTIME", runtime)
    with DAG("d", schedule=None):
        op = step("x", "extract", ["--routes", "routes.yaml", "x.sh", "y.env", "z.json"])
    op.resolve_template_files()
    assert op.arguments[1] == "routes.yaml"


def test_reading_a_dag_imports_no_runtime() -> None:
    """Their libraries take seconds, and a DAG file is read every half-minute."""
    code = f"""if True:
        import os, sys
        from parcels import shop, step
        for runtime in {RUNTIMES}:
            os.environ["AIRFLOW__PARCELS__RUNTIME"] = runtime
            assert step("x", "extract", credentials=[shop]).runtime == runtime
            print(runtime, [m for m in ("docker", "kubernetes", "kubernetes_asyncio") if m in sys.modules])
        """
    tests = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": f"{tests.parent}/src:{tests}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [f"{runtime} []" for runtime in RUNTIMES]


# Settings


def test_every_setting_of_the_runtimes_is_asked_for_and_stands_in_the_table() -> None:
    """What code asks for is declared with a default, and what is declared is asked for."""
    folder = Path(contract.__file__).parent
    asked = {name for path in folder.glob("*.py") for name in re.findall(r'(?:settings|self)\.get\("(\w+)"', path.read_text())}
    plain = Contract("plain").settings
    assert asked == {s.name for s in plain.table}
    assert all(f"| `{name}` |" in plain.markdown() for name in asked)


def test_a_step_may_have_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__MEMORY", "1g")
    monkeypatch.setenv("AIRFLOW__PARCELS__MEMORY_LOAD", "2g")
    monkeypatch.setenv("AIRFLOW__PARCELS__TAG", "1.2.3")
    assert (settings.get("memory", "load"), settings.get("memory", "extract")) == ("2g", "1g")
    assert settings.image("load") == "parcels/load:1.2.3"


def test_variables_of_all_steps_and_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__DEPOT", "s3://depot")
    monkeypatch.setenv("AIRFLOW__PARCELS__VANS_SORT", "s3://vans")
    monkeypatch.setenv("AIRFLOW__PARCELS__ENVIRONMENT", '{"LOG_LEVEL": "debug", "LIMIT": "1"}')
    monkeypatch.setenv("AIRFLOW__PARCELS__ENVIRONMENT_SORT", '{"LIMIT": "2"}')
    assert settings.environment("sort") == {
        "PARCELS_DEPOT": "s3://depot",
        "PARCELS_VANS": "s3://vans",
        "LOG_LEVEL": "debug",
        "LIMIT": "2",
    }
    assert settings.environment("load") == {"PARCELS_DEPOT": "s3://depot", "LOG_LEVEL": "debug", "LIMIT": "1"}


@pytest.mark.parametrize("text", ["{", "[]", '{"A": 1}'])
def test_variables_that_are_none_are_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__ENVIRONMENT", text)
    with pytest.raises(ValueError, match="environment is no"):
        settings.environment("load")


@pytest.mark.parametrize(("text", "size"), [("512m", 512 << 20), ("2G", 2 << 30), ("1k", 1024), ("100", 100), ("7b", 7)])
def test_sizes(text: str, size: int) -> None:
    assert number_of_bytes(text) == size


@pytest.mark.parametrize("text", ["", "m", "0m", "-1m", "1.5g", "512Mi", "5 m"])
def test_sizes_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        number_of_bytes(text)


# The contract


def test_a_name_is_a_contract() -> None:
    settings = Contract("hello_world").settings
    assert settings.image("greet") == "hello_world/greet:latest"
    assert settings.get("kubernetes_namespace") == "hello-world"
    assert settings.get("kubernetes_service_account") == "hello-world-{step}"
    assert settings.environment("greet") == {}


@pytest.mark.parametrize("name", ["", "Parcels", "1st", "par-cels", "par.cels", "x" * 31, "parcels "])
def test_a_name_that_is_no_section_or_label_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a contract's name is"):
        Contract(name)


def test_zero_is_never_final() -> None:
    with pytest.raises(ValueError, match=r"contract x: \[0, 256\] cannot be final"):
        Contract("x", final=frozenset({0, 64, 256}))


def test_a_config_map_without_its_setting_is_refused() -> None:
    with pytest.raises(ValueError, match="contract x: config maps name settings that are not there: kubernetes_routes"):
        Contract("x", config_maps=[ConfigMap("kubernetes_routes", "/etc/x")])


def test_a_projects_setting_may_have_another_default() -> None:
    own = Contract("x", own_settings=[Setting("memory", "2g", "memory", by_step=True)]).settings
    assert own.get("memory", "any") == "2g"
    assert [s.name for s in own.table] == [s.name for s in Contract("x").settings.table]


def test_a_copied_operator_has_the_same_contract() -> None:
    with DAG("d", schedule=None):
        op = step("x", "extract")
    assert copy.deepcopy(op).contract is CONTRACT


def test_what_is_wrong_with_a_setting_names_the_contracts_section(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__LETTERS__RUNTIME", "podman")
    monkeypatch.setenv("AIRFLOW__LETTERS__USER", "root")
    with pytest.raises(ValueError, match=r"\[letters\] runtime is 'podman'"):
        Contract("letters").settings.runtime()
    with pytest.raises(ValueError, match=r"\[letters\] user is 'root'"):
        Contract("letters").settings.user()
    assert CONTRACT.settings.runtime() == "docker"
