"""Runs the DAGs on a real Airflow, with the built steps as plain processes: no container, no account.

    e2e_process.py AIRFLOW_BIN BIN

AIRFLOW_BIN is the bin folder of an environment with Airflow, BIN that of the built steps. In a folder of its own it starts an
API server, a scheduler with LocalExecutor and a DAG processor on SQLite, and mockapi, on free ports of loopback. By REST it then
backfills covers_simulate and covers for three days, derives them again without the platforms, takes a credential away for a
fourth day, mends it and clears. The marts must be those that `demo` makes of the same days. Ends with 1 where something
differs; the folder is then kept.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from airflow_api import until
from demo_days import MARTS, demo
from own_airflow import Airflow, Group, free_port, stop

DAGS = Path(__file__).resolve().parent.parent
DAYS = ["2026-03-27", "2026-03-28", "2026-03-29"]
FOURTH = "2026-03-30"
RECORDS = "300"  # a restaurant, platform and day
SOURCES = ["opentable/101", "opentable/102", "thefork/101", "thefork/group-main"]
CREDENTIALS = {
    "opentable": ("covers-demo", "not-a-secret-opentable"),
    "thefork": ("covers-demo", "not-a-secret-thefork"),
}
TOKEN_KEY = "not a secret: a token key for invented guests"  # demo's own

RESTAURANTS = """\
version: 1
platforms:
  opentable:
    {api_url: URL, auth_url: URL, credential: opentable, overlap: 1h, page_size: 1000, requests_per_second: 100000}
  thefork:
    {api_url: URL/manager, auth_url: URL, credential: thefork, overlap: 24h, page_size: 1000, requests_per_second: 100000,
     money_unit: major}
restaurants:
  - {id: 101, name: London, timezone: Europe/London, currency: GBP, from: 2026-01-01, until: 2026-03-30, revision: 1,
     opentable: {rid: 1001}, thefork: {uuid: 5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0101}}
  - {id: 102, name: Paris, timezone: Europe/Paris, currency: EUR, from: 2026-01-01, until: 2026-03-30, revision: 1,
     opentable: {rid: 1002}}
accounts:
  - {id: group-main, platform: thefork, group_uuid: 7a1d3c90-44be-4f0e-9d52-6b8e4c2a0001, from: 2026-01-01, until: 2026-03-30,
     revision: 1}
"""

problems: list[str] = []


def check(what: str, got: object, want: object) -> None:
    """Note a difference. What can still be tried is tried."""
    if got != want:
        problems.append(f"{what}: got {got!r}, want {want!r}")
        print(f"  DIFFERS {problems[-1]}", flush=True)


@contextlib.contextmanager
def part(name: str) -> Iterator[None]:
    began = time.monotonic()
    print(f"== {name}", flush=True)
    yield
    print(f"   {time.monotonic() - began:.0f} s", flush=True)


class World:
    """The folder, the steps and the platforms of a run of this test."""

    def __init__(self, root: Path, airflow_bin: Path, bin_folder: Path):
        self.root, self.bin = root, bin_folder
        self.mock = f"http://127.0.0.1:{free_port()}"
        shutil.copytree(DAGS, root / "dags", ignore=shutil.ignore_patterns("tests", "__pycache__"))  # whoever edits goes on
        self.heard = root / "heard"
        (root / "dags" / "my_alerts.py").write_text(
            f"def note(context):\n    with open({str(self.heard)!r}, 'a') as f:\n        f.write(context['alert'].text)\n"
        )
        self.restaurants = root / "restaurants.yaml"
        self.restaurants.write_text(RESTAURANTS.replace("URL", self.mock))
        self.lake = root / "lake"
        for zone in ("simulator", "raw", "staging", "processed"):
            (self.lake / zone).mkdir(parents=True)
        settings = {
            "runtime": "process",
            "process_program": f"{bin_folder}/{{step}}",
            **{zone: self.zone(zone) for zone in ("simulator", "raw", "staging", "processed")},
            "warehouse": f"duckdb://{root}/covers.duckdb",
            "restaurants": str(self.restaurants),
            "on_failure": "my_alerts.note",
            "environment_generate": json.dumps({"COVERS_RECORDS": RECORDS}),
        }
        self.airflow = Airflow(
            airflow_bin,
            root / "airflow",
            root / "dags",
            {f"AIRFLOW__COVERS__{name.upper()}": value for name, value in settings.items()}
            | {"COVERS_RESTAURANTS": str(self.restaurants)},
        )
        self.platforms: Group | None = None

    def zone(self, name: str) -> str:
        return f"file://{self.lake}/{name}"

    def start_platforms(self) -> None:
        env = dict(os.environ)
        for name, (client, secret) in CREDENTIALS.items():
            env |= {f"COVERS_{name.upper()}_CLIENT_ID": client, f"COVERS_{name.upper()}_CLIENT_SECRET": secret}
        listen = self.mock.removeprefix("http://")
        command: list[str | Path] = [
            self.bin / "mockapi",
            "--data",
            self.zone("simulator"),
            "--restaurants",
            self.restaurants,
            "--listen",
            listen,
        ]
        platforms = self.platforms = Group(command, env, self.root / "mockapi.log")

        def serves() -> str:
            platforms.alive()
            return self.metrics()

        until("mockapi", 20, serves)

    def metrics(self) -> str:
        try:
            with urllib.request.urlopen(f"{self.mock}/metrics", timeout=10) as answer:
                return answer.read().decode()
        except urllib.error.URLError:
            return ""

    def replies(self) -> int:
        """Return how many requests of the platforms' clients were answered so far, those for tokens included."""
        lines = (line for line in self.metrics().splitlines() if line.startswith("covers_mockapi_replies_total"))
        return sum(int(line.rpartition(" ")[2]) for line in lines if "healthz" not in line and "metrics" not in line)

    def loaded(self, day: str) -> list[str]:
        """Return the sources that the ledger has of a day."""
        return sorted({e["source"] for e in self.step("load", "status", "--day", day)["details"]["entries"]})

    def step(self, program: str, *args: str) -> dict[str, Any]:
        """Run a step by hand on the same lake and return its result."""
        settings = {f"COVERS_{z.upper()}": self.zone(z) for z in ("raw", "staging", "processed")}
        settings |= {"COVERS_WAREHOUSE": f"duckdb://{self.root}/covers.duckdb", "COVERS_RESTAURANTS": str(self.restaurants)}
        done = subprocess.run(
            [self.bin / program, *args], env=os.environ | settings, capture_output=True, text=True, timeout=120, check=False
        )
        return json.loads(done.stdout)

    def stop(self) -> None:
        stop([*self.airflow.groups, *filter(None, [self.platforms])])


def marts(path: Path) -> dict[str, list[Any]]:
    """Return the rows of each mart."""
    with duckdb.connect(str(path), read_only=True) as db:
        return {mart: db.execute(f"SELECT * FROM {mart} ORDER BY ALL").fetchall() for mart in MARTS}


def states(airflow: Airflow, run: dict[str, Any]) -> dict[str, str]:
    """Return the state of each task of a run; that of a mapped one as "opentable.extract opentable/101"."""
    return {" ".join(filter(None, (t["task_id"], t["rendered_map_index"]))): t["state"] for t in airflow.tasks(run)}


def expected(extract: str = "success", validate: str = "success", report: str = "success") -> dict[str, str]:
    """Return the states of a run of covers, where each source's are the same."""
    mapped = {
        f"{s.partition('/')[0]}.{task} {s}": state
        for s in SOURCES
        for task, state in (("extract", extract), ("validate", validate))
    }
    return mapped | {"transform": "success", "load": "success", "report": report}


def main(airflow_bin: Path, bin_folder: Path) -> int:
    began = time.monotonic()
    root = Path(tempfile.mkdtemp(prefix="covers-e2e-"))
    world = World(root, airflow_bin, bin_folder)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        story(world)
    finally:
        world.stop()
        if sys.exc_info()[0] is not None or problems:
            print(f"kept: {root}", flush=True)
        else:
            shutil.rmtree(root)
    print(f"{len(problems)} differences, {time.monotonic() - began:.0f} s")
    return 1 if problems else 0


def story(world: World) -> None:
    airflow = world.airflow
    with part("Airflow and the platforms start"):
        world.start_platforms()  # at once: their port is free now, and may not be when Airflow is up
        airflow.cli("db", "migrate")
        airflow.cli("pools", "import", str(DAGS / "pools.json"))
        airflow.start()
        help_text = subprocess.run([world.bin / "extract", "--help"], capture_output=True, text=True, check=True).stdout
        check("the values of the param by are those of extract", "auto, updated, service-date (default" in help_text, True)
        for name, (client, secret) in CREDENTIALS.items():
            airflow.call(
                "POST",
                "connections",
                {"connection_id": f"covers_{name}", "conn_type": "http", "login": client, "password": secret},
            )
        airflow.call("POST", "connections", {"connection_id": "covers_token_key", "conn_type": "generic", "password": TOKEN_KEY})
        until(
            "the DAGs",
            120,
            lambda: {"covers", "covers_simulate", "covers_care"} == {d["dag_id"] for d in airflow.call("GET", "dags")["dags"]},
        )
        check("import errors", airflow.call("GET", "importErrors")["import_errors"], [])
        for dag in ("covers", "covers_simulate", "covers_care"):
            airflow.call("PATCH", f"dags/{dag}", {"is_paused": False})

    with part("backfill of covers_simulate, three days"):
        runs = airflow.backfill("covers_simulate", DAYS[0], DAYS[-1], 300)
        check("days", [(r["partition_key"], r["state"]) for r in runs], [(d, "success") for d in DAYS])

    with part("backfill of covers, the same days"):
        first = airflow.backfill("covers", DAYS[0], DAYS[-1], 300, dag_run_conf={"by": "updated"})
        check("days", [(r["partition_key"], r["state"]) for r in first], [(d, "success") for d in DAYS])
        for run in first:
            check(f"tasks of {run['partition_key']}", states(airflow, run), expected())

    with part("the marts are those of demo"):
        theirs = marts(demo(world.bin, world.root / "demo", DAYS, RECORDS, world.restaurants))
        ours = marts(world.root / "covers.duckdb")
        for mart in MARTS:
            check(f"{mart} has rows", bool(ours[mart]), True)
            check(mart, ours[mart] == theirs[mart], True)

    with part("the log of a task"):
        task = next(
            t
            for t in airflow.tasks(first[0])
            if t["task_id"] == "opentable.extract" and t["rendered_map_index"] == "opentable/101"
        )
        lines = [line for line in airflow.log(task) if line.get("logger") == "covers.extract"]
        check("it has lines of the step", bool(lines), True)
        check(
            "each has its level, time and fields",
            all(x["level"] == "info" and x["timestamp"] and x["step"] == "extract" for x in lines),
            True,
        )

    with part("backfill of covers, derived again"):
        asked = world.replies()
        check("the platforms were asked until now", asked > 100, True)
        again = airflow.backfill(
            "covers", DAYS[0], DAYS[-1], 300, reprocess_behavior="completed", dag_run_conf={"from": "validate"}
        )
        for run in again:
            check(f"tasks of {run['partition_key']}", states(airflow, run), expected(extract="skipped"))
        check("new runs", {r["dag_run_id"] for r in again} & {r["dag_run_id"] for r in first}, set())
        check("answers of the platforms", world.replies(), asked)
        check("the marts are the same", marts(world.root / "covers.duckdb") == ours, True)

    with part("a day again, with a wrong credential of TheFork: an older reading stands, and the run is red"):
        set_credential(airflow, "thefork", "wrong")
        red = airflow.trigger("covers", 300, partition_key=DAYS[1])
        check("the run", red["state"], "failed")
        report = next(t for t in airflow.tasks(red) if t["task_id"] == "report")
        check(
            "report names the tasks",
            "these failed: thefork.extract of thefork/101, thefork.extract of thefork/group-main"
            in json.dumps(airflow.log(report)),
            True,
        )

    with part("a fourth day, with a wrong credential of TheFork"):
        made = airflow.trigger("covers_simulate", 300, partition_key=FOURTH)
        check("the simulator's day", made["state"], "success")
        # The command line knows no partition key: the day comes from the param.
        before = {r["dag_run_id"] for r in airflow.runs("covers")}
        airflow.cli("dags", "trigger", "covers", "--conf", json.dumps({"day": FOURTH, "by": "updated"}))
        (new,) = {r["dag_run_id"] for r in airflow.runs("covers")} - before
        dead = airflow.finished("covers", {new}, 300)[new]
        check("the run", dead["state"], "failed")
        want = {task: state for task, state in expected(report="failed").items() if not task.startswith("thefork")}
        want |= {"thefork.extract thefork/101": "failed", "thefork.extract thefork/group-main": "failed"}
        want |= {f"thefork.validate {i}": "upstream_failed" for i in (0, 1)}  # never started, so never labelled
        check("tasks", states(airflow, dead), want)
        tasks = {t["task_id"]: t for t in airflow.tasks(dead)}
        check("tries of what is not authorised", tasks["thefork.extract"]["try_number"], 1)
        said = [line for line in airflow.log(tasks["report"]) if line.get("level") == "error" and line.get("code") == 65]
        named = [f"{FOURTH} is not in order: thefork/101: missing" in line["error"] for line in said]
        check("report names what is missing, as an error with fields", named, [True])
        check("loaded", world.loaded(FOURTH), ["opentable/101", "opentable/102"])

    with part("its deadline passes"):
        with contextlib.closing(sqlite3.connect(airflow.home / "airflow.db", timeout=30)) as db, db:
            db.execute(
                "UPDATE deadline SET deadline_time = '2026-01-01 00:00:00.000000'"
                " WHERE dagrun_id = (SELECT id FROM dag_run WHERE run_id = ?)",
                [dead["dag_run_id"]],
            )
        logs = airflow.home / "logs" / "executor_callbacks" / "covers" / dead["dag_run_id"]
        until(
            "the alert",
            60,
            lambda: any(f"covers of {FOURTH} is late" in log.read_text() for log in logs.rglob("*") if log.is_file()),
        )

    with part("who hears of it"):  # the DAG processor calls after the run has ended
        title = f"covers of {FOURTH} is red: 3 steps failed\n"
        until("an alert", 180, lambda: world.heard.exists() and title in world.heard.read_text())
        alerts = world.heard.read_text().split(title)[1:]
        told = ["thefork.extract of thefork/group-main: extract ended with 77 (not authorised)" in alert for alert in alerts]
        check("alerts, and whether they have the step's words", told, [True])

    with part("mended, and cleared from there on"):
        set_credential(airflow, "thefork", CREDENTIALS["thefork"][1])
        body = {
            "dag_run_id": dead["dag_run_id"],
            "task_ids": ["thefork.extract"],
            "include_downstream": True,
            "only_failed": False,
        }
        airflow.call("POST", "dags/covers/clearTaskInstances", body | {"dry_run": False})
        mended = airflow.finished("covers", {dead["dag_run_id"]}, 300)[dead["dag_run_id"]]
        check("the run", mended["state"], "success")
        check("tasks", states(airflow, mended), expected())
        check("loaded", world.loaded(FOURTH), SOURCES)

    with part("a day on which no source is read"):
        idle = airflow.trigger("covers", 300, partition_key="2026-04-15")
        check("tasks", states(airflow, idle), expected(extract="skipped", validate="skipped"))

    with part("covers_care, a week"):
        care = airflow.trigger("covers_care", 300, partition_key="2026-03-23")
        want = {f"{s.partition('/')[0]}.{t} {s}": "success" for s in SOURCES for t in ("reconcile", "validate")}
        check("tasks", states(airflow, care), want | dict.fromkeys(("transform", "load", "report", "tidy"), "success"))
        receipts = {
            str(r.relative_to(world.lake / "processed/receipts/reconcile").parent)
            for r in world.lake.glob("processed/receipts/reconcile/**/*.json")
        }
        check("receipts", receipts, {f"{s}/2026-03-23..2026-03-29" for s in SOURCES})

    with part("what other DAGs hear of"):
        events = airflow.call("GET", "assets/events?source_dag_id=covers&source_task_id=load&limit=100")["asset_events"]
        check("partitions", {e["partition_key"] for e in events} >= {*DAYS, FOURTH}, True)
        check("service dates", any(DAYS[-1] in e["extra"].get("service_dates", []) for e in events), True)
        events = airflow.call("GET", "assets/events?source_dag_id=covers_care&source_task_id=load&limit=100")["asset_events"]
        check("partition of a week", {e["partition_key"] for e in events} >= {DAYS[-1]}, True)

    with part("all of it counted again"):
        verified = world.step("care", "verify", "--days", f"{DAYS[0]}..{FOURTH}", "--processed", world.zone("processed"))
        check("care verify", (verified["status"], verified.get("error")), ("unchanged", None))


def set_credential(airflow: Airflow, name: str, secret: str) -> None:
    airflow.call(
        "PATCH",
        f"connections/covers_{name}",
        {"connection_id": f"covers_{name}", "conn_type": "http", "login": CREDENTIALS[name][0], "password": secret},
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()))
