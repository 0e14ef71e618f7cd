"""Steps of a real engine, while the connections to it are cut: make e2e-engine."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import own_home  # noqa: F401 - before Airflow is imported
from cutting_proxy import CuttingProxy
from parcels import step
from running import run_task

IMAGE = "covers/hostile:e2e-engine"
DEPLOYMENT = f"e2e-engine-{os.getpid()}"
LINES = 200_000
CUTS = 25
MEAN = 1 << 20  # bytes; a step's log is about 30 MB


def docker(*args: str) -> str:
    return subprocess.run(["docker", *args], check=True, capture_output=True, text=True).stdout


def left() -> list[str]:
    return docker("ps", "--all", "--quiet", "--filter", f"label=parcels.deployment={DEPLOYMENT}").split()


@pytest.fixture(scope="module", autouse=True)
def _image() -> Iterator[None]:
    docker("build", "--quiet", "--tag", IMAGE, str(Path(__file__).parents[1] / "airflow/hostile"))
    yield
    if found := left():
        docker("rm", "--force", *found)
    docker("rmi", IMAGE)


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__IMAGE", IMAGE)
    monkeypatch.setenv("AIRFLOW__PARCELS__DEPLOYMENT", DEPLOYMENT)
    monkeypatch.setenv("AIRFLOW__PARCELS__DOCKER_NETWORK", "none")


@pytest.mark.parametrize("seed", [1, 2])
def test_each_line_once_and_in_order(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    proxy = CuttingProxy(seed, CUTS, MEAN)
    monkeypatch.setenv("AIRFLOW__PARCELS__DOCKER_URL", proxy.url)
    began = time.monotonic()
    try:
        ran = run_task(lambda: step("flood", "hostile", ["flood", str(LINES)]))
    finally:
        proxy.close()
    print(f"{proxy.cuts} cuts, {proxy.restarts} restarts, {time.monotonic() - began:.1f} s")
    assert ran.state == "success", ran.error
    assert ran.xcoms["return_value"]["step"] == "hostile"
    numbers = [line["n"] for line in ran.lines]
    assert numbers == list(range(1, LINES + 1))
    assert {line["event"] for line in ran.lines} == {"line"}
    assert left() == []
    assert proxy.cuts == CUTS
