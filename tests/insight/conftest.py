"""What the tests of what people look at share: a small demo, made anew, and a browser."""

import dataclasses
import json
import os
import pathlib
import subprocess
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Browser as Chromium

from browser import browser

REPO = pathlib.Path(__file__).resolve().parents[2]
BIN = REPO / "bin"
DAYS = ("2026-03-27", "2026-03-29")


@dataclasses.dataclass(frozen=True)
class Demo:
    """A demo's folder, and its settings for further steps."""

    dir: pathlib.Path

    @property
    def page(self) -> pathlib.Path:
        return self.dir / "report.html"

    def marts(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.dir / "covers.duckdb"), read_only=True)

    def report(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """Run report with the demo's settings, and return its result."""
        command = f'. "$0/env.sh" && exec "{BIN}/report" "$@"'
        run = subprocess.run(
            ["sh", "-c", command, str(self.dir), *arguments], capture_output=True, text=True, env=clean(), check=False
        )
        assert run.returncode == code, run.stderr
        return json.loads(run.stdout)


def clean() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("COVERS_")}


def make_demo(folder: pathlib.Path, *arguments: str) -> Demo:
    run = subprocess.run(
        [BIN / "demo", "--dir", folder, *arguments], capture_output=True, text=True, env=clean(), cwd=REPO, check=False
    )
    assert run.returncode == 0, run.stderr
    return Demo(folder)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return make_demo(tmp_path_factory.mktemp("insight") / "demo", "--days", "..".join(DAYS), "--records", "600")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    with browser() as started:
        yield started


@pytest.fixture(scope="session")
def pictures() -> pathlib.Path:
    """Return where pictures are left for somebody to look at."""
    folder = pathlib.Path(os.environ.get("COVERS_PICTURES", BIN / "insight"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
