"""Days that Airflow ran on the cluster: results, logs, pods, and what does not show."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import cluster as k8s
from airflow_api import until
from conftest import DAYS, SOURCES, label, xcom
from own_airflow import Airflow
from test_base import findings

# What checkov holds against a step's pod, and why it stays.
EXPLAINED = {
    "CKV_K8S_8": "a liveness probe: a step ends by itself, and Airflow knows how long it may take",
    "CKV_K8S_9": "a readiness probe: nobody calls a step",
    "CKV_K8S_15": "imagePullPolicy Always: a tag is one build, and a day should not depend on a registry; a setting",
    "CKV_K8S_35": "secrets as files: the steps read either; a variable ends with the process, and no other runs in the container",
    "CKV_K8S_43": "an image's digest: [covers] image may name one, the test builds its own images",
}


def tasks(airflow: Airflow, run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {label(task): task for task in airflow.tasks(run)}


def test_each_task_of_the_days_succeeded_at_once(airflow: Airflow, days: list[dict[str, Any]]) -> None:
    for run in days:
        mapped = {f"{s.partition('/')[0]}.{task} {s}" for s in SOURCES for task in ("extract", "validate")}
        found = {name: (t["state"], t["try_number"]) for name, t in tasks(airflow, run).items()}
        assert found == dict.fromkeys(mapped | {"transform", "load", "report"}, ("success", 1))


def test_the_results_are_the_xcoms(airflow: Airflow, days: list[dict[str, Any]]) -> None:
    for run in days:
        found = tasks(airflow, run)
        for name in (name for name in found if ".extract" in name):
            result = xcom(airflow, found[name])
            assert (result["step"], result["source"], result["day"], result["status"]) == (
                "extract",
                name.split()[1],
                run["partition_key"],
                "done",
            )
            assert all(counts["received"] > 0 for counts in result["counts"].values()) and result["counts"]
        report = xcom(airflow, found["report"])
        assert (report["step"], report["day"]) == ("report", run["partition_key"])


def test_a_log_has_levels_times_and_fields(airflow: Airflow, days: list[dict[str, Any]]) -> None:
    for name, task in tasks(airflow, days[0]).items():
        step = task["task_id"].rpartition(".")[2]
        lines = [x for x in airflow.log(task) if x.get("logger") == f"covers.{step}"]
        assert lines, name
        assert all(x["timestamp"] and x["step"] == step for x in lines if "step" in x)
        assert any(x.get("step") == step and x["level"] == "info" for x in lines), name
        # JSON that was not understood would stand in the message.
        assert not any(x["event"].startswith("{") for x in lines)


def test_the_warehouse_holds_what_was_read(airflow: Airflow, days: list[dict[str, Any]], verified: dict[str, Any]) -> None:
    assert (verified["status"], verified.get("error")) == ("unchanged", None)


@pytest.fixture(scope="module")
def verified(airflow: Airflow, days: list[dict[str, Any]], cluster: k8s.Watcher) -> dict[str, Any]:
    """Return what care says when it counts the days again, from raw to the warehouse."""
    report = next(p for name, p in last(cluster).items() if name.startswith("covers-report"))
    return run_step("verify", copy.deepcopy(report["spec"]), "care", ["verify", "--days", f"{DAYS[0]}..{DAYS[-1]}"])


def run_step(name: str, spec: dict[str, Any], step: str, args: list[str]) -> dict[str, Any]:
    """Run a step by hand in a pod like the operator's, and return its result."""
    base = next(c for c in spec["containers"] if c["name"] == "base")
    base |= {
        "image": f"covers/{step}:e2e",
        "args": args,
        "volumeMounts": [m for m in base["volumeMounts"] if m["name"] != "xcom"],
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app.kubernetes.io/name": "covers"}},
        "spec": {key: spec[key] for key in ("automountServiceAccountToken", "securityContext", "serviceAccountName")}
        | {"restartPolicy": "Never", "containers": [base], "volumes": [v for v in spec["volumes"] if v["name"] != "xcom"]},
    }
    k8s.apply(pod)
    # One of the lines is the result: Kubernetes keeps both streams as one.
    [result] = [r for r in map(json.loads, k8s.ended(name).splitlines()) if "status" in r]
    return result


def last(cluster: k8s.Watcher) -> dict[str, dict[str, Any]]:
    """Return the steps' pods that Airflow made, as they were last seen."""
    return {
        name: seen[-1][2]
        for name, seen in cluster.pods(**{"app.kubernetes.io/name": "covers"}).items()
        if "task_id" in seen[-1][2]["metadata"]["labels"]
    }


def test_each_pod_is_hardened(cluster: k8s.Watcher, days: list[dict[str, Any]]) -> None:
    pods = last(cluster)
    steps = {p["metadata"]["labels"]["app.kubernetes.io/component"] for p in pods.values()}
    assert steps == {"generate", "extract", "validate", "transform", "load", "report"}
    for name, pod in pods.items():
        spec, step = pod["spec"], pod["metadata"]["labels"]["app.kubernetes.io/component"]
        assert spec["serviceAccountName"] == f"covers-{step}" and spec["automountServiceAccountToken"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] and spec["securityContext"]["runAsUser"] == 65532, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not any(spec.get(k) for k in ("hostNetwork", "hostPID", "hostIPC", "initContainers")), name
        assert {frozenset(v) - {"name"} for v in spec["volumes"]} <= {frozenset({"emptyDir"}), frozenset({"configMap"})}, name
        for container in spec["containers"]:
            assert container["securityContext"].items() >= k8s.RESTRICTED.items(), name
            assert not container["securityContext"].get("privileged"), name
            assert container["resources"]["limits"].keys() >= {"cpu", "memory"}, name
            assert container["resources"]["requests"]["memory"] == container["resources"]["limits"]["memory"], name


def test_checkov_finds_nothing_in_the_pods_that_is_not_explained(
    cluster: k8s.Watcher, days: list[dict[str, Any]], tmp_path: Path
) -> None:
    by_step = {p["metadata"]["labels"]["app.kubernetes.io/component"]: p for p in last(cluster).values()}
    for step, pod in by_step.items():
        kept = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {k: pod["metadata"][k] for k in ("name", "namespace", "labels")},
            "spec": pod["spec"],
        }
        (tmp_path / f"{step}.yaml").write_text(yaml.safe_dump(kept))
    (tmp_path / "policies.yaml").write_text(yaml.safe_dump_all(k8s.get("networkpolicies")["items"]))
    found = {(check, name) for check, name, resource in findings(tmp_path)}
    assert {(c, n) for c, n in found if c not in EXPLAINED} == set()
    assert {c for c, _ in found} == set(EXPLAINED)


def test_a_step_that_refuses_fails_at_its_first_try_and_says_why(airflow: Airflow, days: list[dict[str, Any]]) -> None:
    """Unpaused, covers_simulate ran its latest day, on which restaurants.yaml reads nobody: 64."""
    [run] = [r for r in airflow.runs("covers_simulate") if r["run_type"] == "scheduled"]
    [task] = airflow.tasks(run)
    assert (run["state"], task["state"], task["try_number"]) == ("failed", "failed", 1)
    [said] = [x for x in airflow.log(task) if x.get("logger") == "covers.generate" and x["level"] == "error"]
    assert said["code"] == 64 and "is read on" in said["error"]


def test_no_pod_outlives_its_task(cluster: k8s.Watcher, days: list[dict[str, Any]]) -> None:
    until("the last pods to be gone", 30, lambda: not k8s.get("pods", "--selector", "task_id")["items"])


def test_no_secret_shows(airflow: Airflow, cluster: k8s.Watcher, days: list[dict[str, Any]]) -> None:
    values = k8s.secret_values()
    assert len(values) >= 9
    places = {f"pod {name}": json.dumps([p for _, _, p in seen]) for name, seen in cluster.pods().items()}
    places |= {"events": k8s.kubectl("get", "events", "--output", "json")}
    places |= {str(log): log.read_text(errors="replace") for log in Path(airflow.home).rglob("*.log")}
    for run in days:
        for task in airflow.tasks(run):
            places[f"rendered fields of {label(task)}"] = json.dumps(task)
    assert len(places) > 30
    shown = {
        (key, place)
        for key, value in values.items()
        for place, text in places.items()
        if value.strip().replace("\n", "\\n") in text or value in text
    }
    assert shown == set()


def test_derived_again_without_the_platforms(airflow: Airflow, days: list[dict[str, Any]]) -> None:
    again = airflow.backfill("covers", DAYS[0], DAYS[0], 240, reprocess_behavior="completed", dag_run_conf={"from": "validate"})
    assert [(r["partition_key"], r["state"]) for r in again] == [(DAYS[0], "success")]
    states = {name: t["state"] for name, t in tasks(airflow, again[0]).items()}
    assert {s for name, s in states.items() if "extract" in name} == {"skipped"}
    assert {s for name, s in states.items() if "extract" not in name} == {"success"}
