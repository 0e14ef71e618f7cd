"""kubernetes/ as the cluster understands it: what it lets in, what Airflow may do, and what it refuses."""

import json
import os
import pathlib
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

import cluster as k8s
from conftest import STEPS, address

PRIVILEGED = [
    ("root", {"securityContext": {**k8s.RESTRICTED, "runAsUser": 0, "runAsNonRoot": False}}),
    ("capabilities", {"securityContext": {**k8s.RESTRICTED, "capabilities": {"add": ["NET_ADMIN"]}}}),
    ("escalation", {"securityContext": {**k8s.RESTRICTED, "allowPrivilegeEscalation": True}}),
]


@pytest.mark.parametrize(("name", "container"), PRIVILEGED, ids=[name for name, _ in PRIVILEGED])
def test_a_pod_that_is_not_restricted_is_refused(cluster: k8s.Watcher, name: str, container: dict[str, Any]) -> None:
    with pytest.raises(k8s.KubectlError, match='violates PodSecurity "restricted'):
        k8s.apply(k8s.pod(f"bad-{name}", **container))


def test_a_pod_beyond_the_limits_is_refused(cluster: k8s.Watcher) -> None:
    with pytest.raises(k8s.KubectlError, match="maximum memory usage per Container is 8Gi"):
        k8s.apply(k8s.pod("bad-memory", resources={"limits": {"memory": "9Gi"}}))


def test_a_container_without_limits_gets_some(cluster: k8s.Watcher) -> None:
    k8s.apply(k8s.pod("modest", command=["true"]))
    [container] = k8s.get("pod", "modest")["spec"]["containers"]
    assert container["resources"]["limits"] == {"cpu": "100m", "memory": "64Mi"}
    k8s.kubectl("delete", "pod", "modest", "--wait=false")


def test_each_step_has_an_account_without_a_token(cluster: k8s.Watcher) -> None:
    accounts = {a["metadata"]["name"]: a for a in k8s.get("serviceaccounts")["items"]}
    assert {f"covers-{step}" for step in STEPS} <= set(accounts)
    for step in STEPS:
        assert accounts[f"covers-{step}"]["automountServiceAccountToken"] is False
        assert allowed(f"system:serviceaccount:{k8s.NAMESPACE}:covers-{step}", "get", "pods") is False


AIRFLOW_MAY = [
    "create pods",
    "get pods",
    "list pods",
    "watch pods",
    "patch pods",
    "delete pods",
    "get pods/log",
    "create pods/exec",
    "get pods/exec",
    "get events",
    "list events",
    "watch events",
]
AIRFLOW_MAY_NOT = [
    "get secrets",
    "list secrets",
    "create secrets",
    "get configmaps",
    "update pods",
    "deletecollection pods",
    "create pods/attach",
    "create pods/portforward",
    "create pods/ephemeralcontainers",
    "create serviceaccounts/token",
    "create rolebindings",
    "create deployments",
    "create jobs",
    "delete networkpolicies",
    "update resourcequotas",
    "patch namespaces",
]


@pytest.mark.parametrize("what", AIRFLOW_MAY + AIRFLOW_MAY_NOT)
def test_what_airflow_may_do(cluster: k8s.Watcher, what: str) -> None:
    user = f"system:serviceaccount:{k8s.NAMESPACE}:airflow"
    assert allowed(user, *what.split()) is (what in AIRFLOW_MAY)
    assert allowed(user, *what.split(), "--namespace=default") is False


def allowed(user: str, verb: str, what: str, *more: str) -> bool:
    resource, _, sub = what.partition("/")
    args = ["auth", "can-i", verb, resource, f"--as={user}", *([f"--subresource={sub}"] if sub else []), *more]
    done = subprocess.run(["kubectl", "--namespace", k8s.NAMESPACE, *args], capture_output=True, text=True, check=False)
    answer = done.stdout.split()[0]  # "no" may have a reason behind it
    assert answer in ("yes", "no"), done
    return answer == "yes"


def test_nothing_goes_in_or_out_that_no_policy_names(cluster: k8s.Watcher) -> None:
    policies = {p["metadata"]["name"]: p["spec"] for p in k8s.get("networkpolicies")["items"]}
    assert policies["nothing-by-default"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    base = list(yaml.safe_load_all((k8s.REPO / "kubernetes/base/network.yaml").read_text()))
    assert all(peer for p in base for rule in p["spec"].get("egress", []) for peer in (rule["to"], rule["ports"]))
    assert not any("ingress" in p["spec"] for p in base)


def test_steps_reach_the_lake_and_strangers_do_not(cluster: k8s.Watcher) -> None:
    """A pod that is no step's is told apart by the policies alone: NETWORK_POLICIES=enforced says that the cluster heeds them."""
    script = f"timeout 4 bash -c '</dev/tcp/{address()}/7070' 2>/dev/null && echo reached || echo not reached"
    for name, labels in {"a-step": {"app.kubernetes.io/name": "covers"}, "a-stranger": {}}.items():
        probe = k8s.pod(name, command=["bash", "-c", script])
        probe["metadata"]["labels"] = labels
        k8s.apply(probe)
    assert k8s.ended("a-step") == "reached\n"
    assert k8s.ended("a-stranger") == "not reached\n" or os.environ.get("NETWORK_POLICIES") != "enforced"


def test_secrets_are_named_and_not_kept_in_the_repository() -> None:
    folder = k8s.REPO / "kubernetes/secrets"
    kept = subprocess.run(["git", "ls-files", folder], cwd=k8s.REPO, check=True, capture_output=True, text=True).stdout.split()
    assert {p.rpartition("/")[2] for p in kept} == {
        "kustomization.yaml",
        ".gitignore",
        "covers-opentable.env.example",
        "covers-thefork.env.example",
        "covers-token-key.env.example",
    }
    for example in folder.glob("*.example"):
        assert all(line.startswith("#") or re.fullmatch(r"[A-Z_]+=", line) for line in example.read_text().splitlines())
    ignored = ["covers-opentable.env", "covers-load.p8"]
    done = subprocess.run(["git", "check-ignore", *ignored], cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ignored


def test_the_folder_that_the_documentation_shows_is_one(tmp_path: Path) -> None:
    text = (k8s.REPO / "docs/kubernetes.md").read_text()
    [kustomization] = re.findall(r"```\n(apiVersion: kustomize.*?)```", text, re.DOTALL)
    shutil.copytree(k8s.REPO / "kubernetes", tmp_path / "kubernetes")
    (tmp_path / "covers").mkdir()
    (tmp_path / "covers/kustomization.yaml").write_text(kustomization)
    shutil.copy(k8s.REPO / "restaurants.yaml", tmp_path / "covers")
    objects = {(o["kind"], o["metadata"]["name"]): o for o in k8s.kustomize(tmp_path / "covers")}
    assert list(objects["ConfigMap", "covers-restaurants"]["data"]) == ["restaurants.yaml"]
    assert [s["name"] for s in objects["RoleBinding", "covers-airflow"]["subjects"]] == ["airflow-worker"]


def test_the_settings_that_the_documentation_shows_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (k8s.REPO / "docs/kubernetes.md").read_text()
    [shown] = re.findall(r"```\n\[covers\]\n(.*?)```", text, re.DOTALL)
    named = {line.partition(" = ")[0] for line in shown.splitlines()} | set(re.findall(r"`\[covers\] (\w+)", text)) - {
        "memory_STEP"
    }
    monkeypatch.syspath_prepend(k8s.REPO / "container-steps/src")
    monkeypatch.syspath_prepend(k8s.REPO / "dags")
    from covers_airflow import CONTRACT

    assert named - {s.name for s in CONTRACT.settings.table} == set()


def test_a_migration_ends_with_the_codes_that_end_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(k8s.REPO / "container-steps/src")
    monkeypatch.syspath_prepend(k8s.REPO / "dags")
    from covers_airflow import CONTRACT

    [job] = k8s.kustomize(k8s.REPO / "kubernetes/migrate")
    [container] = job["spec"]["template"]["spec"]["containers"]
    [rule] = job["spec"]["podFailurePolicy"]["rules"]
    assert rule == {
        "action": "FailJob",
        "onExitCodes": {"containerName": container["name"], "operator": "In", "values": sorted(CONTRACT.final)},
    }


def test_a_migration_that_is_refused_is_not_tried_again(cluster: k8s.Watcher) -> None:
    [job] = k8s.kustomize(k8s.REPO / "kubernetes/migrate")
    job["metadata"] |= {"name": "refused-migration", "namespace": k8s.NAMESPACE}
    [container] = job["spec"]["template"]["spec"]["containers"]
    container["image"], container["env"][0]["value"] = "covers/load:e2e", "nowhere://"
    k8s.apply(job)
    k8s.kubectl("wait", "--for=condition=Failed", "job/refused-migration", "--timeout=60s")
    [failed] = [c for c in k8s.get("job", "refused-migration")["status"]["conditions"] if c["type"] == "Failed"]
    assert failed["reason"] == "PodFailurePolicy"
    k8s.kubectl("delete", "job", "refused-migration", "--wait=false")


def test_checkov_finds_nothing_in_the_base(tmp_path: Path) -> None:
    for part in ("base", "migrate"):
        (tmp_path / f"{part}.yaml").write_text(yaml.safe_dump_all(k8s.kustomize(k8s.REPO / "kubernetes" / part)))
    # The reasons stand in test_days.EXPLAINED.
    meant = {(check, "Job.covers.covers-migrate") for check in ("CKV_K8S_15", "CKV_K8S_35", "CKV_K8S_43")}
    assert {(check, resource) for check, _, resource in findings(tmp_path)} == meant


def findings(folder: pathlib.Path) -> set[Any]:
    done = subprocess.run(
        [
            os.environ["COVERS_CHECKOV"],
            "--directory",
            str(folder),
            "--framework",
            "kubernetes",
            "--skip-download",
            "--compact",
            "--output",
            "json",
        ],
        text=True,
        capture_output=True,
        check=False,
    )
    found = json.loads(done.stdout)
    assert found["summary"]["parsing_errors"] == 0 and found["summary"]["passed"] > 20
    return {(c["check_id"], c["check_name"], c["resource"]) for c in found["results"]["failed_checks"]}
