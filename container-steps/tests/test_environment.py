"""What a step's environment is, under every runtime."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from container_steps import from_connection
from container_steps.settings import RUNTIMES
from parcels import step
from python_step import DONE, RESULT
from running import run_task


def of_a_process(request: pytest.FixtureRequest) -> dict[str, str]:
    """Return what the process says that it has."""
    program = request.getfixturevalue("tmp_path") / "extract"
    program.write_text(
        f"#!{sys.executable} -S\nimport os, json\nprint(json.dumps({{**{RESULT}, 'details': dict(os.environ)}}))\n"
    )
    program.chmod(0o755)
    return run(program="")["return_value"]["details"]


def of_a_container(request: pytest.FixtureRequest) -> dict[str, str]:
    """Return what the engine is asked for."""
    engine = request.getfixturevalue("engine")
    run(program=DONE)
    (container,) = engine.all
    return dict(text.split("=", 1) for text in container.config["Env"])


def of_a_pod(request: pytest.FixtureRequest) -> dict[str, str]:
    """Put it together as the kubelet does: first the secrets, which hold a connection's variables, then what the pod names."""
    cluster = request.getfixturevalue("cluster")
    run(program=DONE)
    (pod,) = cluster.all
    base = pod.body["spec"]["containers"][0]
    assert [source["secretRef"]["name"] for source in base["envFrom"]] == ["parcels-shop"]
    return CONNECTION | {e["name"]: e.get("value", "") for e in base["env"]}


CONNECTION = {"PARCELS_SHOP_ID": "i", "PARCELS_SHOP_SECRET": "s", "PARCELS_SHOP_HOST": "https://theirs"}
shop = from_connection("parcels_shop", login="PARCELS_SHOP_ID", password="PARCELS_SHOP_SECRET", host="PARCELS_SHOP_HOST")
FOUND = {"process": of_a_process, "docker": of_a_container, "kubernetes": of_a_pod}


def run(program: str) -> dict[str, Any]:
    """Run extract with a connection, and return its XComs."""
    ran = run_task(lambda: step("extract", "extract", [program], credentials=[shop], environment={"PARCELS_LIMIT": "1"}))
    assert ran.state == "success", ran.error
    return ran.xcoms


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_what_a_dag_or_the_settings_name_goes_before_a_connection(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, runtime: str
) -> None:
    monkeypatch.setenv(
        "AIRFLOW_CONN_PARCELS_SHOP", '{"conn_type": "http", "login": "i", "password": "s", "host": "https://theirs"}'
    )
    monkeypatch.setenv("AIRFLOW__PARCELS__ENVIRONMENT", json.dumps({"PARCELS_SHOP_HOST": "https://ours"}))
    monkeypatch.setenv("AIRFLOW__PARCELS__RUNTIME", runtime)
    monkeypatch.setenv("AIRFLOW__PARCELS__PROCESS_PROGRAM", f"{tmp_path}/{{step}}")
    found = FOUND[runtime](request)
    assert found | CONNECTION | {"PARCELS_SHOP_HOST": "https://ours", "PARCELS_LIMIT": "1"} == found
