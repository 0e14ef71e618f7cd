"""The stack of docker-compose.airflow.yml under a name and ports of its own, so that a stack that runs stays as it is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from airflow_api import Api

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "bin/e2e-airflow"
"""Where screenshots and, after a failure, what the stack logged are kept."""

PROJECT = "covers-e2e-airflow"
FULL = os.environ.get("FULL") == "1"
DAYS = 60 if FULL else 10
"""How many days are backfilled at once."""
RECORDS = "100" if FULL else "200"  # a restaurant, platform and day
AIRFLOW = "apache/airflow:3.3.2-python3.11"
SETTINGS = os.environ | {
    "COVERS_AIRFLOW_PORT": "0",
    "COVERS_SNOWFLAKE_PORT": "0",
    "COVERS_TAG": "e2e-airflow",
    "COVERS_RECORDS": RECORDS,
    "COVERS_PARALLEL_TASKS": "8",
    "COVERS_E2E_DAGS": str(KEPT / "dags"),
}
FILES = ("docker-compose.airflow.yml", "tests/airflow/compose.yml")
ONE_SHOT = {
    "secrets",
    "bucket",
    "generate",
    "extract",
    "validate",
    "transform",
    "load",
    "report",
    "care",
    "airflow-init",
    "first-days",
}


class DockerError(Exception):
    """Holds what docker said."""


def docker(*args: str, check: bool = True, stdin: str | None = None) -> str:
    """Run docker and return what it printed; unless check is False, DockerError where it failed."""
    done = subprocess.run(["docker", *args], capture_output=True, text=True, env=SETTINGS, cwd=ROOT, input=stdin, check=False)
    if check and done.returncode:
        raise DockerError(f"docker {' '.join(args)}: {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout


def compose(*args: str, check: bool = True, stdin: str | None = None) -> str:
    files = [a for f in FILES for a in ("--file", f)]
    return docker("compose", *files, "--project-name", PROJECT, *args, check=check, stdin=stdin)


def run_in(service: str, *command: str, stdin: str | None = None) -> str:
    """Run a command in a service's container and return what it printed."""
    return compose("exec", "--no-TTY", service, *command, stdin=stdin)


def containers() -> dict[str, dict[str, Any]]:
    """Return what docker knows of the stack's containers, by service."""
    # A step's container has the project's label too, from its image; a service's alone says what it was made of.
    marks = (f"label=com.docker.compose.project={PROJECT}", "label=com.docker.compose.config-hash")
    ids = docker("ps", "--all", "--quiet", *(a for mark in marks for a in ("--filter", mark))).split()
    found = json.loads(docker("inspect", *ids)) if ids else []
    return {c["Config"]["Labels"]["com.docker.compose.service"]: c for c in found}


def make_dags() -> None:
    """Copy the DAGs, so that whoever edits goes on, and add the hostile one. Four slots a pool let a day go faster."""
    target = KEPT / "dags"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "dags", target, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    shutil.copy(ROOT / "tests/airflow/hostile_dag.py", target)
    pools = json.loads((target / "pools.json").read_text())
    for name in ("covers_opentable", "covers_thefork"):
        pools[name]["slots"] = 4
    (target / "pools.json").write_text(json.dumps(pools))


def sign_in() -> Api:
    """Return Airflow's API, as its only user."""
    api = Api("http://" + compose("port", "api-server", "8080").strip())
    api.token = api.call("POST", "/auth/token", {"username": "admin", "password": password()})["access_token"]
    return api


def password() -> str:
    return json.loads(run_in("api-server", "cat", "/secrets/login/passwords.json"))["admin"]


def remove() -> None:
    """Remove the stack, unless COVERS_KEEP is set, and the steps' containers, which may run on in the middle of a day."""
    if os.environ.get("COVERS_KEEP"):
        return
    compose("stop", check=False)
    if left := docker("ps", "--all", "--quiet", "--filter", f"label=covers.deployment={PROJECT}").split():
        docker("rm", "--force", *left, check=False)
    compose("down", "--volumes", "--remove-orphans", check=False)


def kill(service: str) -> str:
    """End a service's container by SIGKILL, as a crash does, and return when it had started.

    The signal comes from outside of the engine: what the engine is told to kill, it does not start again.
    """
    state = containers()[service]["State"]
    docker(
        "run",
        "--rm",
        *("--network", "none", "--pid", "host", "--user", "0:0", "--cap-drop", "ALL", "--cap-add", "KILL"),
        *("--entrypoint", "python", AIRFLOW, "-c", f"import os; os.kill({state['Pid']}, 9)"),
    )
    return state["StartedAt"]


def wait_until_back(service: str, before: str, seconds: float) -> None:
    """Wait until a service that had started at a time has started again, by itself, and is well."""
    until = time.monotonic() + seconds
    while (state := containers()[service]["State"])["StartedAt"] == before or state["Health"]["Status"] != "healthy":
        assert time.monotonic() < until, f"the {service} is {state['Status']}"
        time.sleep(1)


def steps() -> list[str]:
    """Return the containers in which steps run now."""
    return docker("ps", "--quiet", "--filter", f"label=covers.deployment={PROJECT}").split()


class Events:
    """Every container of a step, as the engine tells: when it was created, started, ended and removed."""

    def __init__(self) -> None:
        mark = f"label=covers.deployment={PROJECT}"
        self.process = subprocess.Popen(
            ["docker", "events", "--filter", "type=container", "--filter", mark, "--format", "json"],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.seen: dict[str, dict[str, Any]] = {}
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event = json.loads(line)
            found = self.seen.setdefault(event["id"], {"id": event["id"], "labels": event["Actor"]["Attributes"]})
            found.setdefault(event["Action"], event["timeNano"] / 1e9)

    def of(self, task: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the containers that a task instance had, in their order."""
        want = {
            "covers.dag": task["dag_id"],
            "covers.run": task["dag_run_id"],
            "covers.task": task["task_id"],
            "covers.map_index": str(task["map_index"]),
        }
        found = [c for c in list(self.seen.values()) if want.items() <= c["labels"].items()]
        return sorted(found, key=lambda c: c.get("create", 0))

    def running(self, task: dict[str, Any]) -> str | None:
        """Return the container in which the task's step runs now."""
        return next((c["id"] for c in self.of(task) if "start" in c and "die" not in c), None)

    def at_once(self) -> list[str]:
        """Return the task instances that had two containers running at a time."""
        lives: dict[tuple[Any, ...], list[Any]] = {}
        for c in list(self.seen.values()):
            if "start" in c:
                key = tuple(c["labels"].get(f"covers.{k}") for k in ("dag", "run", "task", "map_index"))
                lives.setdefault(key, []).append((c["start"], c.get("die", float("inf"))))
        return [str(key) for key, found in lives.items() if any(b[0] < a[1] for a, b in pairwise(sorted(found)))]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


class Memory(threading.Thread):
    """Looks every few seconds how much memory each service takes, and keeps the most."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak: dict[str, float] = {}
        self.limit: dict[str, float] = {}
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(3):
            names = list(docker("ps", "--format", "{{.Names}}", "--filter", f"name={PROJECT}-", check=False).split())
            for line in docker("stats", "--no-stream", "--format", "json", *names, check=False).splitlines() if names else ():
                found = json.loads(line)
                service = found["Name"].removeprefix(PROJECT + "-").rpartition("-")[0]
                if "--" in found["MemUsage"]:
                    continue  # it has ended meanwhile
                used, limit = (mib(text) for text in found["MemUsage"].split(" / "))
                self.peak[service] = max(used, self.peak.get(service, 0))
                self.limit[service] = limit

    def table(self) -> list[str]:
        rows = [f"{service:<16} {self.peak[service]:7.0f} {self.limit[service]:7.0f}" for service in sorted(self.peak)]
        return [f"{'service':<16} {'peak':>7} {'limit':>7}  MiB", *rows]


def mib(text: str) -> float:
    units = {"GiB": 1024.0, "MiB": 1.0, "KiB": 1 / 1024, "B": 1 / (1 << 20)}
    unit = next(u for u in units if text.endswith(u))
    return float(text.removesuffix(unit)) * units[unit]


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def diagnose() -> str:
    """Return what one wants to know of a stack on which something failed, and put its services' logs into KEPT."""
    if logs := compose("logs", "--timestamps", check=False):
        (KEPT / "services.log").write_text(logs)
    try:
        api, text = sign_in(), []
        for dag in ("covers_simulate", "covers", "hostile"):
            for run in api.runs(dag):
                text += [] if run["state"] == "success" else troubles(api, run)
    except Exception as e:  # whatever it is, it must not hide what failed
        text = [f"Airflow does not tell: {e}"]
    return "\n".join(
        [
            docker("ps", "--all", "--filter", f"name={PROJECT}", check=False),
            docker("ps", "--filter", "label=covers.task", check=False),
            *text,
        ]
    )


def troubles(api: Api, run: dict[str, Any]) -> list[str]:
    """Return a run's tasks that are not green, with the ends of their logs."""
    text = [f"{run['dag_id']} {run['partition_key']} {run['dag_run_id']}: {run['state']}"]
    for task in api.tasks(run):
        if task["state"] in ("success", "skipped", None):
            continue
        lines = api.log(task)[-6:] if task["try_number"] and task["state"] != "upstream_failed" else []
        text += [f"  {label(task)} try {task['try_number']}: {task['state']}", *(f"    {json.dumps(x)[:600]}" for x in lines)]
    return text


def label(task: dict[str, Any]) -> str:
    """Return a task's id, and what it is mapped to, as "opentable.extract opentable/101"."""
    return " ".join(filter(None, (task["task_id"], task["rendered_map_index"])))


def wait_for_first_days(seconds: float) -> str:
    """Wait until first-days has ended well, and return its log."""
    until = time.monotonic() + seconds
    while (c := containers()["first-days"])["State"]["Status"] != "exited":
        assert time.monotonic() < until, "the first days take too long\n" + compose("logs", "first-days")
        time.sleep(2)
    log = compose("logs", "--no-log-prefix", "first-days")
    assert c["State"]["ExitCode"] == 0, "the first days are not green\n" + log
    return log
