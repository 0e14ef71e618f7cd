"""What the tests of dashboards and notebooks share: a small demo in DuckDB, and the same days in a stand-in for Snowflake."""

import contextlib
import os
import pathlib
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

Answer = TypeVar("Answer")

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN = ROOT / "bin"
DAYS = ("2026-03-27", "2026-03-28", "2026-03-29")
sys.path[:0] = [str(ROOT / "dashboards"), str(pathlib.Path(__file__).parent)]


def bare() -> dict[str, str]:
    """Return the environment without settings of Covers, which a shell may have from the demo."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("COVERS_", "AWS_"))}


def run(step: str, *args: str, **env: str) -> None:
    done = subprocess.run(
        [BIN / step, *args], env=bare() | env, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{step} {args}: {done.returncode}\n{done.stderr}"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Return the folder of a demo of three days, about 300 changes a restaurant, platform and day."""
    folder = tmp_path_factory.mktemp("demo")
    run("demo", "--days", f"{DAYS[0]}..{DAYS[-1]}", "--dir", str(folder), "--records", "300", "--bin", str(BIN))
    return folder


@pytest.fixture(scope="session")
def database(demo: pathlib.Path) -> pathlib.Path:
    return demo / "covers.duckdb"


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("COVERS_"):
            monkeypatch.delenv(name)


@contextlib.contextmanager
def process(*args: str | pathlib.Path, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        args, env=bare() | env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as started:
        try:
            yield started
        finally:
            started.kill()


def until(what: str, check: Callable[[], Answer]) -> Answer:
    deadline = time.monotonic() + 60
    while not (answer := check()):
        assert time.monotonic() < deadline, f"{what} did not come up within a minute"
        time.sleep(0.05)
    return answer


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="session")
def standin(demo: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a stand-in for Snowflake that has the demo's days, and return its URL.

    The zone goes to an S3 server first, since Snowflake reads no folder.
    """
    root, sidecar, state = (tmp_path_factory.mktemp(n) for n in ("s3", "sidecar", "snowflake"))
    (root / "processed").mkdir()
    key, port = secrets.token_hex(16), free_port()
    s3 = {
        "AWS_ACCESS_KEY_ID": "covers",
        "AWS_SECRET_ACCESS_KEY": key,
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}",
    }
    gateway = (
        BIN / "versitygw",
        "--port",
        f"127.0.0.1:{port}",
        "--health",
        "/health",
        "--quiet",
        "posix",
        "--sidecar",
        sidecar,
        root,
    )
    python, file = BIN / "fakesnow" / "bin" / "python", state / "port"
    with (
        process(*gateway, ROOT_ACCESS_KEY="covers", ROOT_SECRET_KEY=key),
        process(python, ROOT / "tools/fakesnow/serve.py", "--port", "0", "--port-file", file, "--while-stdin", **s3),
    ):
        until("the S3 server", lambda: answers(f"http://127.0.0.1:{port}/health"))
        until("the stand-in", lambda: file.is_file() and file.read_text())
        url = (
            "snowflake://test@standin/COVERS/MAIN?protocol=http&host=127.0.0.1"
            f"&port={file.read_text()}&warehouse=WH&storage_integration=S3"
        )
        for day in DAYS:
            run("transform", "--day", day, "--staging", f"file://{demo}/lake/staging", "--processed", "s3://processed", **s3)
        load = {"COVERS_WAREHOUSE": url, "COVERS_SNOWFLAKE_PASSWORD": "test", **s3}
        run("load", "migrate", **load)
        run("load", "--all", "--processed", "s3://processed", **load)
        yield url
