"""python -m covers_airflow.check: the example settings of each runtime pass it, and each thing that is wrong is named."""

from __future__ import annotations

import configparser
import json
import sys
import threading
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from airflow.cli.cli_parser import get_parser
from airflow.models import Connection, Pool
from airflow.settings import engine as database
from airflow.utils.db import initdb
from sqlalchemy import delete

from covers_airflow import check
from covers_airflow.checks import cluster as cluster_check
from dag_files import DAGS
from fake_engine import FakeEngine

EXAMPLES = DAGS.parent / "docs" / "examples"
STEPS = ("generate", "extract", "validate", "transform", "load", "report", "care")
SECRETS = ("CLIENT-SECRET", "SECRET-ACCESS-KEY", "TOKEN-KEY", "YOUR KEY", "T000/B000/XXXX", "not-a-secret", "PASSWORD")

# A step as far as the check runs one: it knows restaurants.yaml by its variable, and of 1970 there is nothing.
STAND_IN = """
import json, os, sys
step, args = os.path.basename(sys.argv[0]), sys.argv[1:]
result = {"step": step, "version": "1", "status": "unchanged", "durations": {"total": 0}}
def fail(code, kind, message):
    print(json.dumps(result | {"status": "refused" if code == 65 else "failed",
          "error": {"code": code, "kind": kind, "message": message, "next": "mend it"}}))
    sys.exit(code)
if step == "extract" and not os.environ.get("COVERS_RESTAURANTS"):
    fail(64, "usage", "restaurants.yaml is not there")
if step == "validate":
    fail(65, "data", "no reading of opentable/101 for 1970-01-01")
if step == "transform" and "forbidden" in os.environ["COVERS_STAGING"]:
    fail(77, "denied", "the zone may not be read")
print(json.dumps(result))
"""


class Engine(FakeEngine):
    """An engine whose images are all stand-ins for steps."""

    def create(self, config: dict[str, Any]) -> Any:
        argv = [config["Image"].rpartition("/")[2].partition(":")[0], *config["Cmd"]]
        env = dict(entry.split("=", 1) for entry in config["Env"])
        config["Cmd"] = [f"import os, sys\nsys.argv = {argv!r}\nos.environ.update({env!r})\n{STAND_IN}"]
        return super().create(config)


class Kubernetes(BaseHTTPRequestHandler):
    """What the check asks of a cluster."""

    def do_POST(self) -> None:
        server: Any = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = body["spec"]["resourceAttributes"]
        resource = asked["resource"] + (f"/{asked['subresource']}" if asked.get("subresource") else "")
        allowed = (asked["verb"], resource) not in server.refused and asked["namespace"] == "covers"
        assert self.path == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        self.answer(201, body | {"status": {"allowed": allowed}})

    def do_GET(self) -> None:
        server: Any = self.server
        name = self.path.rpartition("/")[2]
        code = server.objects.get(name, 200)
        self.answer(code, {"metadata": {"name": name}} if code == 200 else {"kind": "Status", "code": code})

    def answer(self, code: int, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Airflow's own
        initdb()


@pytest.fixture(autouse=True)
def airflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make an Airflow whose database has no connections and no pools."""
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "server")
    tables: Any = [Connection.__table__, Pool.__table__]
    yield
    assert database is not None
    with database.begin() as session:
        for table in tables:
            session.execute(delete(table))


def airflow_cli(*args: str) -> None:
    parsed = get_parser().parse_args(args)
    parsed.func(parsed)


def example(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, runtime: str, **changed: str) -> None:
    """Load an example as its page says: settings, connections and pools."""
    file = configparser.ConfigParser(interpolation=None)
    file.read(EXAMPLES / f"airflow-{runtime}.cfg")
    for name, value in (dict(file["covers"]) | changed).items():
        monkeypatch.setenv(f"AIRFLOW__COVERS__{name.upper()}", value)
    connections = json.loads((EXAMPLES / f"airflow-{runtime}.connections.json").read_text())
    if "covers_cluster" in connections:
        connections["covers_cluster"]["extra"]["kube_config_path"] = str(tmp_path / "kubeconfig")
    own = tmp_path / "connections.json"
    own.write_text(json.dumps(connections))
    airflow_cli("connections", "import", str(own))
    airflow_cli("pools", "import", str(DAGS / "pools.json"))


def checked(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, dict[str, list[str]]]:
    """Run the check and return its exit code and its lines by verdict; no secret is in any."""
    capsys.readouterr()
    code = check.main(list(args))
    out = capsys.readouterr()
    assert not [secret for secret in SECRETS if secret in out.out + out.err]
    lines: dict[str, list[str]] = {"right": [], "wrong": [], "open": []}
    for line in out.out.splitlines():
        verdict, _, says = line.partition(" ")
        if verdict in lines:
            lines[verdict].append(says.strip())
    assert code == (1 if lines["wrong"] else 0)
    return code, lines


def named(lines: list[str]) -> list[str]:
    return [line.partition(": ")[0] for line in lines]


# Docker


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Engine]:
    engine = Engine()
    example(monkeypatch, tmp_path, "docker", docker_url=engine.url)
    engine.images = {f"registry.example.com/covers/{step}:1.0.0" for step in STEPS}
    yield engine
    engine.close()


def test_the_example_for_docker_passes(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    _, lines = checked(capsys)
    assert lines["wrong"] == lines["open"] == []
    trials = ["restaurants.yaml in a step", "zone raw", "zone staging", "zone processed, from a load", "warehouse"]
    images = [f"image registry.example.com/covers/{step}:1.0.0" for step in STEPS]
    connections = [f"connection covers_{c}" for c in ("opentable", "thefork", "lake", "token_key", "snowflake", "slack", "mail")]
    assert {*trials, *images, *connections, "settings", "pools", "engine"} <= set(named(lines["right"]))
    assert engine.containers == {} and len(engine.removed) == len(trials)  # nothing stays


def test_a_zone_that_may_not_be_read(engine: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__COVERS__STAGING", "s3://forbidden/staging")
    _, lines = checked(capsys)
    (line,) = lines["wrong"]
    assert line.startswith("zone staging: transform --day 1970-01-01 --dry-run: transform ended with 77 (not authorised)")
    assert "next: mend it" in line


def test_images(engine: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    engine.images.clear()
    engine.registry = {f"registry.example.com/covers/{step}:1.0.0" for step in STEPS if step != "load"}
    monkeypatch.setenv("AIRFLOW__COVERS__IMAGE_REPORT", "covers/report:mine")
    _, lines = checked(capsys)
    assert named(lines["wrong"]) == ["image registry.example.com/covers/load:1.0.0", "image covers/report:mine"]
    assert "push it" in lines["wrong"][0] and "make images" in lines["wrong"][1]
    assert "image registry.example.com/covers/care:1.0.0: is in its registry, and will be pulled" in lines["right"]
    assert lines["open"] == ["zones, warehouse: no step is run before what is wrong above is mended"]


def test_no_engine(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    example(monkeypatch, tmp_path, "docker", docker_url="tcp://127.0.0.1:1")
    _, lines = checked(capsys)
    assert named(lines["wrong"]) == ["engine"] and "set [covers] docker_url" in lines["wrong"][0]


def test_connections(engine: Engine, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    connections = json.loads((EXAMPLES / "airflow-docker.connections.json").read_text())
    connections["covers_opentable"].pop("password")
    connections["covers_thefork"]["conn_type"] = "generic"
    connections["covers_lake"].pop("login")
    connections["covers_snowflake"]["extra"]["private_key_content"] = "no key"
    connections["covers_mail"]["extra"].pop("to")
    connections.pop("covers_token_key")
    broken.write_text(json.dumps(connections))
    airflow_cli("connections", "delete", "covers_opentable")  # an import that overwrites leaves what it does not name
    airflow_cli("connections", "delete", "covers_token_key")
    airflow_cli("connections", "import", "--overwrite", str(broken))
    _, lines = checked(capsys, "--no-steps")
    assert {line.partition(": ")[0]: line.partition(": ")[2] for line in lines["wrong"]} == {
        "connection covers_opentable": "connection covers_opentable has no password: edit it in the UI, or delete and add it",
        "connection covers_thefork": "is of type generic, and http is wanted: its fields mean something else",
        "connection covers_lake": "connection covers_lake: it has one of access key and secret, and needs both or none: "
        "edit it in the UI, or delete and add it",
        "connection covers_snowflake": "connection covers_snowflake: private_key_content is neither PEM nor base64 of it: "
        "edit it in the UI, or delete and add it",
        "connection covers_token_key": "is not there: airflow connections add covers_token_key --conn-type generic … "
        "(docs/airflow-setup.md says what it holds)",
        "connection covers_mail": "connection covers_mail: want from_email and to in its extra",
    }


def test_pools(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    airflow_cli("pools", "set", "covers_thefork", "8", "by hand")
    airflow_cli("pools", "delete", "covers_warehouse")
    _, lines = checked(capsys, "--no-steps")
    assert [line.partition(": airflow pools import ")[0] for line in lines["wrong"]] == [
        "pools: covers_thefork has 8 slots, and 2 in the file",
        "pools: covers_warehouse is not there",
    ]


def test_settings(engine: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "MEMORRY_LOAD": "2g",
        "CPUS_LOAD": "two",
        "RAW": "",
        "RETRY_DELAY": "soon",
        "ON_LATE": "nowhere.at_all",
        "WAREHOUSE_CONNECTION": "",
    }.items():
        monkeypatch.setenv(f"AIRFLOW__COVERS__{name}", value)
    monkeypatch.delenv("AIRFLOW__COVERS__ON_FAILURE")
    _, lines = checked(capsys, "--no-steps")
    wrong = "\n".join(lines["wrong"])
    assert "memorry_load is no setting; did you mean memory_load?" in wrong
    assert "settings: of the step load: " in wrong and "'two'" in wrong
    assert "[covers] raw is empty" in wrong and "warehouse and warehouse_connection are both empty" in wrong
    assert "retry_delay is 'soon'" in wrong
    assert "alerts, on_late: [covers] on_late is nowhere.at_all, which cannot be imported" in wrong
    assert "alerts, on_failure: nobody hears of a red run" in "\n".join(lines["open"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "is not there: put restaurants.yaml there, or set COVERS_RESTAURANTS"),
        ("restaurants: [", "cannot be read"),
        ("platforms: {}", "has no restaurant"),
    ],
)
def test_restaurants(
    engine: Engine,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    text: str | None,
    words: str,
) -> None:
    file = tmp_path / "restaurants.yaml"
    if text is not None:
        file.write_text(text)
    monkeypatch.setenv("COVERS_RESTAURANTS", str(file))
    _, lines = checked(capsys, "--no-steps")
    assert named(lines["wrong"]) == ["restaurants"] and words in lines["wrong"][0]


# Processes


def test_the_example_for_processes_passes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    example(monkeypatch, tmp_path, "process", process_program=f"{tmp_path}/{{step}}")
    for step in STEPS:
        (tmp_path / step).write_text(f"#!{sys.executable} -S\n{STAND_IN}")
        (tmp_path / step).chmod(0o755)
    _, lines = checked(capsys)
    assert lines["wrong"] == []
    assert named(lines["open"]) == ["alerts, on_failure", "alerts, on_late"]
    (tmp_path / "load").unlink()
    _, lines = checked(capsys)
    assert named(lines["wrong"]) == [f"program {tmp_path}/load"]


# Kubernetes


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Kubernetes)
    server.refused, server.objects = set(), {}
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "users": [{"name": "u", "user": {}}],
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }
    (tmp_path / "kubeconfig").write_text(json.dumps(config))
    example(monkeypatch, tmp_path, "kubernetes")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_example_for_kubernetes_passes(cluster: Any, capsys: pytest.CaptureFixture[str]) -> None:
    _, lines = checked(capsys)
    assert lines["wrong"] == []
    accounts = [f"service account covers-{step}" for step in STEPS]
    assert {"cluster", "rights", "config map covers-restaurants", "connection covers_slack", *accounts} <= set(
        named(lines["right"])
    )
    assert named(lines["open"]) == ["secrets", "zones", "warehouse", "images"]
    assert "covers-opentable covers-thefork covers-token-key covers-snowflake" in " ".join(lines["open"])


def test_rights_and_objects(cluster: Any, capsys: pytest.CaptureFixture[str]) -> None:
    cluster.refused = {("delete", "pods"), ("patch", "pods"), ("get", "pods/log")}
    cluster.objects = {"covers-load": 404, "covers-restaurants": 403}
    _, lines = checked(capsys)
    assert [line.partition(" in the namespace covers")[0] for line in lines["wrong"]][:2] == [
        "rights: cannot patch, delete pods",
        "rights: cannot get pods/log",
    ]
    assert named(lines["wrong"])[2:] == ["service account covers-load"]
    assert "config map covers-restaurants" in named(lines["open"])


def test_no_cluster(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    example(monkeypatch, tmp_path, "kubernetes")  # whose kubeconfig is not there
    _, lines = checked(capsys)
    assert named(lines["wrong"]) == ["cluster"] and "set [covers] kubernetes_connection" in lines["wrong"][0]


def test_the_rights_are_those_of_the_role() -> None:
    documents = yaml.safe_load_all((DAGS.parent / "kubernetes/base/airflow.yaml").read_text())
    (role,) = (d for d in documents if d["kind"] == "Role")
    granted = {resource: set(rule["verbs"]) for rule in role["rules"] for resource in rule["resources"]}
    assert {resource: set(verbs) for resource, verbs in cluster_check.RIGHTS.items()} == granted


def test_help_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        check.main(["--help"])
    assert "It ends with 1 where something" in capsys.readouterr().out
