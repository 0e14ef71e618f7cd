"""An Airflow of a test's own: API server, scheduler and DAG processor on SQLite in one folder.

Start with Airflow. All its processes end with it: each leads a process group, and the whole group is stopped.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import time
import urllib.error
from pathlib import Path

from airflow_api import Api, until
from packages import PACKAGES


def free_port() -> int:
    """Return a port of loopback that nobody listens on now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Group:
    """A process with all that it starts; its output goes to a file."""

    def __init__(self, command: list[str | Path], env: dict[str, str], log: Path):
        self.name, self.log = command[0], log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [str(part) for part in command], env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )

    def alive(self) -> None:
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended with {self.process.returncode}, see {self.log}")

    def signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


def stop(groups: list[Group]) -> None:
    """End groups of processes: SIGTERM, and after 10 s SIGKILL for what is left, children of a parent that is gone included."""
    for group in groups:
        group.signal(signal.SIGTERM)
    end = time.monotonic() + 10
    for group in groups:
        with contextlib.suppress(subprocess.TimeoutExpired):
            group.process.wait(max(0, end - time.monotonic()))
    for group in groups:
        group.signal(signal.SIGKILL)
        group.process.wait(10)


class Airflow(Api):
    """An Airflow in a folder. environment are its further settings, as AIRFLOW__COVERS__RUNTIME."""

    def __init__(self, bin_folder: Path, home: Path, dags: Path, environment: dict[str, str]):
        self.bin, self.home = bin_folder, home
        super().__init__(f"http://127.0.0.1:{free_port()}")
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "COVERS_"))}
        self.env = inherited | {
            "PATH": f"{bin_folder}:{os.environ['PATH']}",
            "PYTHONPATH": str(PACKAGES),
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PARALLELISM": "6",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
            **environment,
        }
        self.groups: list[Group] = []

    def cli(self, *args: str) -> str:
        """Run an airflow command to its end and return what it printed."""
        done = subprocess.run(
            [self.bin / "airflow", *args], env=self.env, capture_output=True, text=True, timeout=300, check=False
        )
        if done.returncode:
            raise RuntimeError(f"airflow {' '.join(args)}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self) -> None:
        """Start the processes and sign in, once `db migrate` has made the database."""
        port = self.url.rpartition(":")[2]
        for name, args in {
            "api-server": ["--host", "127.0.0.1", "--port", port, "--workers", "1"],
            "scheduler": ["--skip-serve-logs"],
            "dag-processor": [],
        }.items():
            self.groups.append(Group([self.bin / "airflow", name, *args], self.env, self.home / f"{name}.log"))
        self.token = until("the API server", 300, self._sign_in)

    def alive(self) -> None:
        """Raise where a process of Airflow has ended."""
        for group in self.groups:
            group.alive()

    def _sign_in(self) -> str:
        self.alive()
        try:
            return self.call("GET", "/auth/token")["access_token"]
        except (urllib.error.URLError, ConnectionError):
            return ""
