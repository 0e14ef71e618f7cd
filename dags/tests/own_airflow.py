"""An Airflow of a test's own: API server, scheduler and DAG processor on SQLite in one folder, and its REST API.

Start with Airflow. All its processes end with it: each leads a process group, and the whole group is stopped.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote


def free_port() -> int:
    """Give a port of loopback that nobody listens on now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(what: str, seconds: float, ready, every: float = 0.5):
    """Give the first true answer of ready(); TimeoutError after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        answer = ready()
        if answer:
            return answer
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:g} s for {what}")
        time.sleep(every)


class Group:
    """A process with all that it starts; its output goes to a file."""

    def __init__(self, command: list[str | Path], env: dict[str, str], log: Path):
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [str(part) for part in command], env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )

    def alive(self) -> None:
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.process.args[0]} ended with {self.process.returncode}, see {self.log}")

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


class Airflow:
    """An Airflow in a folder. environment are its further settings, as AIRFLOW__COVERS__RUNTIME."""

    def __init__(self, bin_folder: Path, home: Path, dags: Path, environment: dict[str, str]):
        self.bin, self.home = bin_folder, home
        self.url = f"http://127.0.0.1:{free_port()}"
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "COVERS_"))}
        self.env = inherited | {
            "PATH": f"{bin_folder}:{os.environ['PATH']}",
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
        self.token = ""

    def cli(self, *args: str) -> str:
        """Run an airflow command to its end and give what it printed."""
        done = subprocess.run([self.bin / "airflow", *args], env=self.env, capture_output=True, text=True, timeout=300)
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

    def _sign_in(self) -> str:
        for group in self.groups:
            group.alive()
        try:
            return self.call("GET", "/auth/token")["access_token"]
        except (urllib.error.URLError, ConnectionError):
            return ""

    def call(self, method: str, path: str, body: dict | list | None = None) -> dict:
        """Ask the API; a path without a slash is below /api/v2/. An error's text is the server's own."""
        url = self.url + (path if path.startswith("/") else f"/api/v2/{path}")
        request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode())
        request.add_header("Accept", "application/json")
        request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as e:
            raise RuntimeError(f"{method} {path}: {e.code} {e.read().decode(errors='replace')[:2000]}") from None

    def runs(self, dag: str) -> list[dict]:
        return self.call("GET", f"dags/{dag}/dagRuns?limit=100")["dag_runs"]

    def finished(self, dag: str, ids: set[str], seconds: float) -> dict[str, dict]:
        """Wait until these runs are over, and give them by id."""

        def over():
            for group in self.groups:
                group.alive()
            found = {r["dag_run_id"]: r for r in self.runs(dag) if r["dag_run_id"] in ids}
            return found if len(found) == len(ids) and all(r["state"] in ("success", "failed") for r in found.values()) else None

        return until(f"{len(ids)} runs of {dag}", seconds, over)

    def backfill(self, dag: str, first: str, last: str, seconds: float, **options) -> list[dict]:
        """Backfill days first to last (YYYY-MM-DD), wait, and give the runs in the order of their days."""
        before = {r["dag_run_id"] for r in self.runs(dag)}
        # A partition carries the time of day of the DAG's cron: midnight would leave the last day out.
        body = {"dag_id": dag, "from_date": f"{first}T00:00:00Z", "to_date": f"{last}T23:59:00Z", **options}
        backfill = self.call("POST", "backfills", body)["id"]
        new = {r["dag_run_id"] for r in self.runs(dag) if r["run_type"] == "backfill"} - before
        runs = self.finished(dag, new, seconds)
        # Until the scheduler has noticed, the DAG's next backfill would be refused.
        until("the backfill's end", 60, lambda: self.call("GET", f"backfills/{backfill}")["completed_at"])
        return sorted(runs.values(), key=lambda r: r["partition_key"])

    def trigger(self, dag: str, seconds: float, partition_key: str | None = None, conf: dict | None = None) -> dict:
        """Trigger a run, wait, and give it."""
        body = {"logical_date": None, "partition_key": partition_key, "conf": conf or {}}
        run = self.call("POST", f"dags/{dag}/dagRuns", body)["dag_run_id"]
        return self.finished(dag, {run}, seconds)[run]

    def tasks(self, run: dict) -> list[dict]:
        return self.call("GET", f"dags/{run['dag_id']}/dagRuns/{quote(run['dag_run_id'], safe='')}/taskInstances?limit=1000")["task_instances"]

    def log(self, task: dict) -> list[dict]:
        """Give the lines of a task's last try, each with timestamp, level, event and its fields."""
        path = f"dags/{task['dag_id']}/dagRuns/{quote(task['dag_run_id'], safe='')}/taskInstances/{task['task_id']}/logs/{task['try_number']}"
        return self.call("GET", f"{path}?map_index={task['map_index']}&full_content=true")["content"]
