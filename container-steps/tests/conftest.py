"""The fakes that tests share."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_cluster import FakeCluster
from fake_engine import FakeEngine
from own_home import HOME
from reading import connection

__all__ = ["connection"]  # a fixture


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEngine]:
    """Run a container engine, which the settings name."""
    engine = FakeEngine()
    monkeypatch.setenv("AIRFLOW__PARCELS__DOCKER_URL", engine.url)
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
    monkeypatch.setenv("AIRFLOW__PARCELS__RUNTIME", "kubernetes")
    monkeypatch.setenv("AIRFLOW__PARCELS__KUBERNETES_CONNECTION", "cluster")
    monkeypatch.setenv(
        "AIRFLOW_CONN_CLUSTER", json.dumps({"conn_type": "kubernetes", "extra": {"kube_config_path": str(config)}})
    )
    yield cluster
    cluster.close()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no patience of minutes with a cluster."""
    monkeypatch.setattr("container_steps.pod_manager.PAUSE", 0.05)
    monkeypatch.setattr("container_steps.pod_manager.UNANSWERED", 30)
    monkeypatch.setattr("container_steps.pod_manager.ENDING", 0.4)
    monkeypatch.setattr("container_steps.log_reader.LOG_AFTER_END", 0.4)
