"""What the tests on a cluster share: the base with the stand-ins beside it, an Airflow with its rights, and the days it has run.

KUBECONFIG names the cluster, on which a namespace covers-e2e is made and removed. LOAD_IMAGES is the shell command that hands
images ("$@") to its nodes. Airflow itself runs on this machine, with the rights of the base's role: it needs nothing of the
cluster but its API.
"""

import json
import os
import pathlib
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

import cluster as k8s
from airflow_api import until
from own_airflow import Airflow, stop

BIN = pathlib.Path(os.environ.get("COVERS_AIRFLOW_BIN", ""))
# demo runs the others on one machine, and people ask lake: both without a cluster.
STEPS = sorted({main.parent.name for main in k8s.REPO.glob("tasks/*/main.go")} - {"demo", "lake"})
IMAGES = [f"covers/{name}:e2e" for name in [*STEPS, "s3", "fakesnow"]] + ["debian:bookworm-slim"]
DAYS = ["2026-03-27", "2026-03-28"]
TROUBLED = "2026-03-29"
SOURCES = ["opentable/101", "thefork/101", "thefork/group-main"]
RECORDS = "60"  # a restaurant, platform and day
# TheFork is asked slowly, so that an extract lasts long enough to be disturbed: two runs share this many requests a second.
RESTAURANTS = """\
version: 1
platforms:
  opentable:
    {api_url: "http://in-settings", auth_url: "http://in-settings", credential: opentable, overlap: 1h, page_size: 1000,
     requests_per_second: 1000}
  thefork:
    {api_url: "http://in-settings", auth_url: "http://in-settings", credential: thefork, overlap: 24h, page_size: 1000,
     requests_per_second: 20, money_unit: major}
restaurants:
  - {id: 101, name: London, timezone: Europe/London, currency: GBP, from: 2026-01-01, until: 2026-03-30, revision: 1,
     opentable: {rid: 1001}, thefork: {uuid: 5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0101}}
accounts:
  - {id: group-main, platform: thefork, group_uuid: 7a1d3c90-44be-4f0e-9d52-6b8e4c2a0001, from: 2026-01-01, until: 2026-03-30,
     revision: 1}
"""

# The DAGs' tasks wait minutes before another try; here seconds. A cluster policy, as an Airflow of anybody's may have one.
LOCAL_SETTINGS = """\
import datetime

def task_policy(task):
    task.retry_delay = datetime.timedelta(seconds=1)
    task.retry_exponential_backoff = False
"""


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[k8s.Watcher]:
    """Make the namespace with the base, secrets and the stand-ins, and remove it afterwards unless COVERS_KEEP is set."""
    assert os.environ.get("KUBECONFIG"), "KUBECONFIG is not set: name the cluster to test on"
    k8s.load_images(IMAGES)
    k8s.remove_namespace()
    k8s.apply(*k8s.kustomize(k8s.REPO / "tests/kubernetes/cluster"))
    watcher = k8s.Watcher()
    try:
        k8s.apply(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "covers-restaurants"},
                "data": {"restaurants.yaml": RESTAURANTS},
            }
        )
        make_secrets(tmp_path_factory.mktemp("secrets"))
        k8s.kubectl("wait", "--for=condition=Ready", "pod/standins", "--timeout=120s")
        migrate()
        yield watcher
    finally:
        watcher.stop()
        if not os.environ.get("COVERS_KEEP"):
            k8s.remove_namespace()


def make_secrets(folder: pathlib.Path) -> None:
    """Fill in the examples of kubernetes/secrets with values that nobody else has, and apply them."""
    source = k8s.REPO / "kubernetes/secrets"
    (folder / "kustomization.yaml").write_text((source / "kustomization.yaml").read_text())
    for example in source.glob("*.env.example"):
        keys = [line.removesuffix("=") for line in example.read_text().splitlines() if line.endswith("=")]
        (folder / example.stem).write_text("".join(f"{key}={secrets.token_hex(24)}\n" for key in keys))
    for user in ("load", "migrate"):
        key = ["-pkeyopt", "rsa_keygen_bits:2048", "-out", str(folder / f"covers-{user}.p8")]
        subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", *key], check=True, capture_output=True)
    k8s.apply(*k8s.kustomize(folder))
    access, private = secrets.token_hex(10), secrets.token_hex(20)
    # The lake has no roles here: its keys come from the connection covers_lake.
    k8s.apply(
        k8s.secret("covers-lake", {"AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": private}),
        k8s.secret("standins", {"credentials": f"[default]\naws_access_key_id = {access}\naws_secret_access_key = {private}\n"}),
    )


def address() -> str:
    """Return the stand-ins' address, which they keep as long as their pod is there."""
    return k8s.get("pod", "standins")["status"]["podIP"]


def warehouse(user: str) -> str:
    query = f"warehouse=COVERS_LOAD_WH&storage_integration=COVERS_LAKE&protocol=http&host={address()}&port=8084"
    return f"snowflake://{user}@standin/COVERS/MAIN?{query}"


def migrate() -> None:
    """Run kubernetes/migrate, with the stand-in in place of Snowflake."""
    [job] = k8s.kustomize(k8s.REPO / "kubernetes/migrate")
    job["metadata"]["namespace"] = k8s.NAMESPACE
    container = job["spec"]["template"]["spec"]["containers"][0]
    container["image"] = "covers/load:e2e"
    container["env"][0]["value"] = warehouse("COVERS_MIGRATE")
    k8s.apply(job)
    try:
        k8s.kubectl("wait", "--for=condition=Complete", "job/covers-migrate", "--timeout=60s")
    except k8s.KubectlError as e:
        raise AssertionError(f"{e}\n{k8s.kubectl('logs', 'job/covers-migrate')}") from None


@pytest.fixture(scope="session")
def airflow(cluster: k8s.Watcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    """Run an API server, a scheduler and a DAG processor, which may do on the cluster what the base's role allows."""
    home = tmp_path_factory.mktemp("airflow")
    (home / "config").mkdir()
    (home / "config/airflow_local_settings.py").write_text(LOCAL_SETTINGS)
    (home / "restaurants.yaml").write_text(RESTAURANTS)
    shutil.copytree(
        k8s.REPO / "dags", home / "dags", ignore=shutil.ignore_patterns("tests", "__pycache__")
    )  # whoever edits goes on
    base = f"http://{address()}"
    lake = {zone: f"s3://lake/{zone}?use_path_style=true" for zone in ("simulator", "raw", "staging", "processed")}
    platforms = {
        "COVERS_ALLOW_HTTP": "true",
        "COVERS_OPENTABLE_URL": f"{base}:8080",
        "COVERS_OPENTABLE_AUTH_URL": f"{base}:8080",
        "COVERS_THEFORK_URL": f"{base}:8080/manager",
        "COVERS_THEFORK_AUTH_URL": f"{base}:8080",
    }
    settings = {
        "runtime": "kubernetes",
        "image": "covers/{step}:{tag}",
        "tag": "e2e",
        "kubernetes_namespace": k8s.NAMESPACE,
        "kubernetes_sidecar_image": "debian:bookworm-slim",
        **lake,
        "warehouse": warehouse("COVERS_LOAD"),
        "lake_connection": "covers_lake",
        "warehouse_connection": "covers_snowflake",
        "restaurants": "/etc/covers/restaurants.yaml",
        "environment": json.dumps({"AWS_ENDPOINT_URL": f"{base}:7070", "AWS_REGION": "us-east-1"}),
        "environment_generate": json.dumps({"COVERS_RECORDS": RECORDS}),
        "environment_extract": json.dumps(platforms),
        "memory": "256m",
        "scratch": "64m",
        "cpus": "0.2",
    }
    found = Airflow(
        BIN,
        home,
        home / "dags",
        {f"AIRFLOW__COVERS__{name.upper()}": value for name, value in settings.items()}
        | {
            "KUBECONFIG": str(k8s.account_kubeconfig("airflow", home / "kubeconfig")),
            "COVERS_RESTAURANTS": str(home / "restaurants.yaml"),
            # A worker that dies is missed soon.
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "3",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
        },
    )
    try:
        found.cli("db", "migrate")
        found.cli("pools", "import", str(k8s.REPO / "dags/pools.json"))
        found.start()
        until("the DAGs", 60, lambda: {"covers", "covers_simulate"} <= {d["dag_id"] for d in found.call("GET", "dags")["dags"]})
        assert found.call("GET", "importErrors")["import_errors"] == []
        for dag in ("covers", "covers_simulate"):
            found.call("PATCH", f"dags/{dag}", {"is_paused": False})
        yield found
    finally:
        stop(found.groups)


@pytest.fixture(scope="session")
def days(airflow: Airflow) -> list[dict[str, Any]]:
    """Backfill the simulator's days and then covers for DAYS by REST, and return covers' runs in the order of the days."""
    made = airflow.backfill("covers_simulate", DAYS[0], TROUBLED, 180)
    assert [(r["partition_key"], r["state"]) for r in made] == [(d, "success") for d in [*DAYS, TROUBLED]], problems(
        airflow, made
    )
    runs = airflow.backfill("covers", DAYS[0], DAYS[-1], 300, dag_run_conf={"by": "updated"})
    assert [(r["partition_key"], r["state"]) for r in runs] == [(d, "success") for d in DAYS], problems(airflow, runs)
    # Unpaused, a DAG runs its latest day too.
    until(
        "all runs",
        120,
        lambda: all(r["state"] in ("success", "failed") for dag in ("covers", "covers_simulate") for r in airflow.runs(dag)),
    )
    return runs


def problems(airflow: Airflow, runs: list[dict[str, Any]]) -> str:
    """Return the errors of the tasks that failed."""
    text = []
    for run in runs:
        for task in airflow.tasks(run):
            if task["state"] not in ("success", "skipped") and task["try_number"]:
                lines = [x for x in airflow.log(task) if x.get("level") in ("error", "critical")] or airflow.log(task)[-5:]
                text.append(f"{run['partition_key']} {label(task)} {task['state']}: {json.dumps(lines)[:2000]}")
    return "\n".join(text)


def label(task: dict[str, Any]) -> str:
    """Return a task's id, and what it is mapped to, as "opentable.extract opentable/101"."""
    return " ".join(filter(None, (task["task_id"], task["rendered_map_index"])))


def xcom(airflow: Airflow, task: dict[str, Any], key: str = "return_value") -> Any:
    run = quote(task["dag_run_id"], safe="")
    return airflow.call(
        "GET",
        f"dags/{task['dag_id']}/dagRuns/{run}/taskInstances/{task['task_id']}/xcomEntries/{key}?map_index={task['map_index']}",
    )["value"]
