"""Two projects in one Airflow: neither sees the other's settings, containers, secrets or log."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from container_steps import Contract
from fake_cluster import FakeCluster
from fake_engine import FakeEngine
from parcels import CONTRACT as PARCELS
from python_step import DONE, LOG
from running import run_task

LETTERS = Contract("letters")


def both(monkeypatch: pytest.MonkeyPatch, name: str, parcels: str, letters: str) -> None:
    monkeypatch.setenv(f"AIRFLOW__PARCELS__{name}", parcels)
    monkeypatch.setenv(f"AIRFLOW__LETTERS__{name}", letters)


def test_each_has_its_settings_its_labels_and_its_logger(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.images |= {"letters/extract:latest"}
    both(monkeypatch, "DOCKER_URL", engine.url, engine.url)
    both(monkeypatch, "MEMORY", "64m", "128m")
    both(monkeypatch, "ENVIRONMENT", '{"WHOSE": "parcels"}', '{"WHOSE": "letters"}')
    logged = []
    for contract in (PARCELS, LETTERS):
        ran = run_task(partial(contract.step, "extract", "extract", [LOG + "log('hello')\n" + DONE]))
        assert ran.state == "success", ran.error
        logged.append({r["logger_name"] for r in ran.log if r["event"] == "hello"})
    assert logged == [{"parcels.extract"}, {"letters.extract"}]
    for name, memory, container in zip(["parcels", "letters"], [64 << 20, 128 << 20], engine.all, strict=True):
        assert container.config["Image"] == f"{name}/extract:latest"
        assert container.config["HostConfig"]["Memory"] == memory
        assert f"WHOSE={name}" in container.config["Env"]
        assert {label.partition(".")[0] for label in container.config["Labels"]} == {name}


def test_neither_takes_over_the_others_container(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Task, run, image and arguments are the same."""
    both(monkeypatch, "DOCKER_URL", engine.url, engine.url)
    both(monkeypatch, "IMAGE", "parcels/extract:latest", "parcels/extract:latest")
    first = run_task(lambda: PARCELS.step("extract", "extract", [LOG + DONE]))
    (container,) = engine.all
    engine.removed.remove(container)
    engine.containers[container.id] = container  # as if the worker had died before it removed it
    second = run_task(lambda: LETTERS.step("extract", "extract", [LOG + DONE]), try_number=2)
    assert (first.state, second.state) == ("success", "success")
    assert len(engine.all) == 2
    assert list(engine.containers) == [container.id]  # the other project neither adopted nor removed it


def test_each_has_its_pods(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    both(monkeypatch, "RUNTIME", "kubernetes", "kubernetes")
    both(monkeypatch, "KUBERNETES_CONNECTION", "cluster", "cluster")
    both(monkeypatch, "KUBERNETES_NAMESPACE", "parcels", "parcels")
    monkeypatch.setenv("AIRFLOW__PARCELS__KUBERNETES_ROUTES", "routes-of-today")
    for contract in (PARCELS, LETTERS):
        ran = run_task(partial(contract.step, "extract", "extract", [LOG + DONE]))
        assert ran.state == "success", ran.error
    parcels, letters = (pod.body for pod in cluster.all)
    assert labels(parcels) == {"app.kubernetes.io/name": "parcels", "parcels.deployment": "airflow"}
    assert labels(letters) == {"app.kubernetes.io/name": "letters", "letters.deployment": "airflow"}
    assert parcels["spec"]["serviceAccountName"] == "parcels-extract"
    assert letters["spec"]["serviceAccountName"] == "letters-extract"
    assert letters["metadata"]["name"].startswith("letters-extract")
    (routes,) = [v for v in parcels["spec"]["volumes"] if "configMap" in v]
    assert routes["configMap"]["name"] == "routes-of-today"
    base = parcels["spec"]["containers"][0]
    assert {"name": routes["name"], "mountPath": "/etc/parcels", "readOnly": True} in base["volumeMounts"]
    assert {"name": "PARCELS_ROUTES", "value": "/etc/parcels/routes.yaml"} in base["env"]
    assert "PARCELS" not in json.dumps(letters) and "configMap" not in json.dumps(letters)


def labels(pod: dict[str, Any]) -> dict[str, str]:
    """Return those labels of a pod that a contract's name stands in."""
    found: dict[str, str] = pod["metadata"]["labels"]
    return {k: v for k, v in found.items() if k.endswith((".deployment", "/name"))}
