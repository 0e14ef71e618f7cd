"""Airflow as the tests use it: a home of its own, no examples, no settings of the machine's; and the fakes that tests share."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_cluster import FakeCluster
from fake_engine import FakeEngine

HOME = tempfile.mkdtemp(prefix="covers-airflow-")

os.environ.update({"AIRFLOW_HOME": HOME, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"})
for _name in [n for n in os.environ if n.startswith(("AIRFLOW__COVERS__", "COVERS_", "AWS_", "DOCKER_"))]:
    del os.environ[_name]


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEngine]:
    """Run a container engine, which the settings name."""
    engine = FakeEngine()
    monkeypatch.setenv("AIRFLOW__COVERS__DOCKER_URL", engine.url)
    yield engine
    engine.close()


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeCluster]:
    """Run a Kubernetes API, which the settings name."""
    cluster = FakeCluster()
    config = tmp_path / "kubeconfig"
    config.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "c",
                "users": [{"name": "u", "user": {}}],
                "clusters": [{"name": "c", "cluster": {"server": cluster.url}}],
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            }
        )
    )
    monkeypatch.setenv("AIRFLOW__COVERS__RUNTIME", "kubernetes")
    monkeypatch.setenv("AIRFLOW__COVERS__KUBERNETES_CONNECTION", "cluster")
    monkeypatch.setenv(
        "AIRFLOW_CONN_CLUSTER", json.dumps({"conn_type": "kubernetes", "extra": {"kube_config_path": str(config)}})
    )
    yield cluster
    cluster.close()
