"""A template of the user's: what it adds to a pod, and that it softens none."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import airflow.providers.cncf.kubernetes.operators.pod as provider
import pytest
import yaml

from fake_cluster import FakeCluster
from parcels import step
from python_step import DONE, extract
from running import run_task

LIMITS = {"limits": {"cpu": "100m", "memory": "64Mi"}}
TEMPLATE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "annotations": {"karpenter.sh/do-not-disrupt": "true", "cluster-autoscaler.kubernetes.io/safe-to-evict": "false"},
        "labels": {"team": "vans", "app.kubernetes.io/name": "theirs"},
    },
    "spec": {
        "nodeSelector": {"pool": "batch"},
        "tolerations": [{"key": "batch", "operator": "Exists", "effect": "NoSchedule"}],
        "affinity": {
            "nodeAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 1, "preference": {"matchExpressions": [{"key": "spot", "operator": "DoesNotExist"}]}}
                ]
            }
        },
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}],
        "priorityClassName": "batch",
        "imagePullSecrets": [{"name": "registry"}],
        "runtimeClassName": "gvisor",
        "schedulerName": "theirs",
        "dnsConfig": {"options": [{"name": "ndots", "value": "1"}]},
        "initContainers": [{"name": "wait", "image": "wait:1", "resources": LIMITS, "restartPolicy": "Always"}],
        "containers": [
            {"name": "proxy", "image": "proxy:1", "resources": LIMITS, "securityContext": {"runAsUser": 1000}},
            {
                "name": "base",
                "env": [{"name": "HTTPS_PROXY", "value": "http://127.0.0.1:3128"}],
                "volumeMounts": [{"name": "ca", "mountPath": "/etc/ca"}],
            },
        ],
        "volumes": [{"name": "ca", "configMap": {"name": "ca"}}],
    },
}
HARDENED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "privileged": False,
    "readOnlyRootFilesystem": True,
}


@pytest.fixture
def use(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Any], None]:
    """Write a template to a file, which the settings name."""

    def write(template: Any) -> None:
        path = tmp_path / "pod.yaml"
        path.write_text(template if isinstance(template, str) else yaml.safe_dump(template))
        monkeypatch.setenv("AIRFLOW__PARCELS__KUBERNETES_POD_TEMPLATE", str(path))

    return write


def changed(change: Callable[[dict[str, Any], dict[str, Any]], Any]) -> dict[str, Any]:
    """Return the template after change was called with it and its proxy."""
    template = copy.deepcopy(TEMPLATE)
    change(template["spec"], template["spec"]["containers"][0])
    return template


def test_a_template_is_merged_under_the_hardening(cluster: FakeCluster, use: Callable[[Any], None]) -> None:
    use(TEMPLATE)
    ran = run_task(extract(DONE))
    assert ran.state == "success", ran.error
    (pod,) = cluster.all
    spec, theirs = pod.body["spec"], TEMPLATE["spec"]
    for key in theirs.keys() - {"containers", "initContainers", "volumes"}:
        assert spec[key] == theirs[key], key
    assert pod.body["metadata"]["annotations"].items() >= TEMPLATE["metadata"]["annotations"].items()
    assert pod.body["metadata"]["labels"]["team"] == "vans"
    assert pod.body["metadata"]["labels"]["app.kubernetes.io/name"] == "parcels"
    assert [c["name"] for c in spec["containers"]] == ["base", "proxy", "airflow-xcom-sidecar"]
    base, proxy, _ = spec["containers"]
    assert (base["image"], proxy["image"]) == ("parcels/extract:latest", "proxy:1")
    assert {"name": "HTTPS_PROXY", "value": "http://127.0.0.1:3128"} in base["env"]
    assert {m["mountPath"] for m in base["volumeMounts"]} == {"/airflow/xcom", "/etc/ca", "/tmp"}
    assert {v["name"] for v in spec["volumes"]} == {"xcom", "ca", "scratch"}
    assert spec["securityContext"]["runAsNonRoot"] is True and spec["automountServiceAccountToken"] is False
    for container in [*spec["containers"], *spec["initContainers"]]:
        assert container["securityContext"].items() >= HARDENED.items(), container["name"]
        assert container["resources"]["limits"].keys() >= {"cpu", "memory"}
    assert proxy["securityContext"]["runAsUser"] == 1000
    assert spec["initContainers"][0]["restartPolicy"] == "Always"


def test_a_template_without_containers_is_enough(cluster: FakeCluster, use: Callable[[Any], None]) -> None:
    use("apiVersion: v1\nkind: Pod\nspec: {nodeSelector: {pool: batch}}\n")
    assert run_task(extract(DONE)).state == "success"
    (pod,) = cluster.all
    assert pod.body["spec"]["nodeSelector"] == {"pool": "batch"}


def test_a_step_may_have_a_template_of_its_own(
    cluster: FakeCluster, use: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use("apiVersion: v1\nkind: Pod\nspec: {nodeSelector: {pool: batch}}\n")
    (tmp_path / "own.yaml").write_text("apiVersion: v1\nkind: Pod\nspec: {nodeSelector: {pool: large}}\n")
    monkeypatch.setenv("AIRFLOW__PARCELS__KUBERNETES_POD_TEMPLATE_EXTRACT", str(tmp_path / "own.yaml"))
    assert run_task(extract(DONE)).state == "success"
    (pod,) = cluster.all
    assert pod.body["spec"]["nodeSelector"] == {"pool": "large"}


def secured(key: str, value: Any) -> Callable[[dict[str, Any], dict[str, Any]], Any]:
    return lambda _, proxy: proxy.update(securityContext={key: value})


SOFT: dict[str, Callable[[dict[str, Any], dict[str, Any]], Any]] = {
    "spec.securityContext": lambda spec, _: spec.update(securityContext={"runAsNonRoot": False}),
    "spec.serviceAccountName": lambda spec, _: spec.update(serviceAccountName="admin"),
    "spec.automountServiceAccountToken": lambda spec, _: spec.update(automountServiceAccountToken=True),
    "spec.hostNetwork": lambda spec, _: spec.update(hostNetwork=True),
    "spec.hostPID": lambda spec, _: spec.update(hostPID=True),
    "spec.hostIPC": lambda spec, _: spec.update(hostIPC=True),
    "spec.hostUsers": lambda spec, _: spec.update(hostUsers=True),
    "spec.shareProcessNamespace": lambda spec, _: spec.update(shareProcessNamespace=True),
    "spec.restartPolicy": lambda spec, _: spec.update(restartPolicy="Always"),
    "spec.activeDeadlineSeconds": lambda spec, _: spec.update(activeDeadlineSeconds=10**9),
    "spec.tolerationz": lambda spec, _: spec.update(tolerationz=[]),
    "metadata.labels.airflow-worker": lambda spec, _: None,
    "spec.volumes[host].hostPath": lambda spec, _: spec["volumes"].append({"name": "host", "hostPath": {"path": "/"}}),
    "spec.volumes[token]": lambda spec, _: spec["volumes"].append(
        {"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}
    ),
    "scratch": lambda spec, _: spec["volumes"].append({"name": "scratch", "emptyDir": {}}),
    "spec.containers[base].image": lambda spec, _: spec["containers"][1].update(image="other"),
    "spec.containers[base].command": lambda spec, _: spec["containers"][1].update(command=["sh"]),
    "spec.containers[base].resources": lambda spec, _: spec["containers"][1].update(resources={}),
    "spec.containers[base].securityContext": lambda spec, _: spec["containers"][1].update(securityContext={"privileged": True}),
    "spec.containers[proxy].resources.limits: name its memory": lambda _, proxy: proxy.update(
        resources={"limits": {"cpu": "100m"}}
    ),
    "spec.containers[proxy].ports": lambda _, proxy: proxy.update(ports=[{"containerPort": 80, "hostPort": 80}]),
    "spec.initContainers[wait].securityContext.privileged": lambda spec, _: spec["initContainers"][0].update(
        securityContext={"privileged": True}
    ),
    **{
        f"spec.containers[proxy].securityContext.{key}": secured(key, value)
        for key, value in {
            "privileged": True,
            "allowPrivilegeEscalation": True,
            "readOnlyRootFilesystem": False,
            "runAsNonRoot": False,
            "runAsUser": 0,
            "capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]},
            "seccompProfile": {"type": "Unconfined"},
            "appArmorProfile": {"type": "Unconfined"},
            "procMount": "Unmasked",
            "windowsOptions": {"hostProcess": True},
        }.items()
    },
}


@pytest.mark.parametrize("place", SOFT)
def test_a_template_that_softens_is_refused_when_the_dag_is_read(use: Callable[[Any], None], place: str) -> None:
    template = changed(SOFT[place])
    if place.startswith("metadata"):
        template["metadata"]["labels"]["airflow-worker"] = "1"
    use(template)
    with pytest.raises(ValueError, match=r"\[parcels\] kubernetes_pod_template: .*pod\.yaml: ") as raised:
        step("extract", "extract")
    assert place in str(raised.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "is no YAML"),
        ("[]", "begin it with apiVersion: v1 and kind: Pod"),
        ("apiVersion: v1\nkind: Deployment\n", "begin it with"),
        ("apiVersion: v1\nkind: Pod\nspec: {containers: [proxy]}", "lists of mappings"),
        ("apiVersion: v1\nkind: Pod\nspec: [containers]", "must be mappings"),
        ("apiVersion: v1\nkind: Pod\nspec: {containers: [{image: a}]}", "name its name"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: a}", "metadata.name"),
        ("apiVersion: v1\nkind: Pod\nstatus: {}", "status is not the template's"),
    ],
)
def test_what_is_no_template(use: Callable[[Any], None], text: str, said: str) -> None:
    use(text)
    with pytest.raises(ValueError, match="kubernetes_pod_template") as raised:
        step("extract", "extract")
    assert said in str(raised.value)


def test_a_template_that_is_not_there(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__KUBERNETES_POD_TEMPLATE", "/nowhere/pod.yaml")
    with pytest.raises(ValueError, match=r"No such file or directory: /nowhere/pod\.yaml"):
        step("extract", "extract")


def test_another_runtime_needs_no_template(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__KUBERNETES_POD_TEMPLATE", "/nowhere/pod.yaml")
    step("extract", "extract")


def test_a_field_that_no_pod_has_is_refused(use: Callable[[Any], None]) -> None:
    """The client's library would leave it out without a word."""
    use(changed(lambda spec, _: spec["affinity"]["nodeAffinity"].update(required=[])))
    ran = run_task(extract(DONE))
    assert ran.state == "failed"
    assert "no pod has spec.affinity.nodeAffinity.required" in str(ran.error)


def soften_network(pod: Any) -> None:
    pod.spec.host_network = True


def soften_sidecar(pod: Any) -> None:
    pod.spec.containers[-1].security_context = None


def soften_user(pod: Any) -> None:
    pod.spec.security_context.run_as_user = 0


def soften_token(pod: Any) -> None:
    pod.spec.automount_service_account_token = True


@pytest.mark.parametrize(
    ("policy", "place"),
    [
        (soften_network, "spec.hostNetwork"),
        (soften_sidecar, "spec.containers[airflow-xcom-sidecar].securityContext.privileged"),
        (soften_user, "spec.securityContext.runAsUser"),
        (soften_token, "spec.automountServiceAccountToken"),
    ],
)
def test_nothing_else_softens_a_pod(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch, policy: Callable[[Any], None], place: str
) -> None:
    """The rules are held against the pod as it is to be created."""
    monkeypatch.setattr(provider, "pod_mutation_hook", policy)
    ran = run_task(extract(DONE))
    assert (ran.state, cluster.all) == ("failed", [])
    assert place in str(ran.error) and "pod_mutation_hook" in str(ran.error)


def test_a_step_asks_for_less_of_a_cpu_than_it_may_take(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__KUBERNETES_CPU_REQUEST", "0.1")
    assert run_task(extract(DONE)).state == "success"
    (pod,) = cluster.all
    resources = pod.body["spec"]["containers"][0]["resources"]
    assert (resources["requests"]["cpu"], resources["limits"]["cpu"]) == ("0.1", "1.0")
    assert resources["requests"]["memory"] == resources["limits"]["memory"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KUBERNETES_CPU_REQUEST", "2"),
        ("KUBERNETES_CPU_REQUEST", "0"),
        ("KUBERNETES_CPU_REQUEST", "100m"),
        ("KUBERNETES_STARTUP_TIMEOUT", "0"),
        ("KUBERNETES_STARTUP_TIMEOUT", "ten"),
    ],
)
def test_settings_are_checked_when_the_dag_is_read(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"AIRFLOW__PARCELS__{name}", value)
    with pytest.raises(ValueError, match=rf"\[parcels\] {name.lower()} is '{value}'"):
        step("extract", "extract")
