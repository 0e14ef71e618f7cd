"""The user's template of a pod, and the rules that every pod keeps, whatever the template says.

A template says where a pod runs and what runs beside its step. What the hardening and the settings say is not the template's: one
that would soften or replace it is refused when the DAG is read, with the place. What it leaves open is filled in. The same rules
are held against the whole pod before it is created.

Nothing here imports Kubernetes' libraries, which take seconds: a DAG file is read every half-minute.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

BASE = "base"
"""The name of the step's own container, as the provider calls it."""

HARDENED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "privileged": False,
    "readOnlyRootFilesystem": True,
}
"""The security context of every container."""

_POD_HARDENED = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}

_OURS = {
    "securityContext": "the setting `user` and the hardening say that",
    "serviceAccountName": "the setting `kubernetes_service_account` says that",
    "serviceAccount": "the setting `kubernetes_service_account` says that",
    "automountServiceAccountToken": "no step speaks to the cluster",
    "restartPolicy": "a step is run once",
    "activeDeadlineSeconds": "a pod ends after a day",
    "terminationGracePeriodSeconds": "Airflow gives a task that long",
    "hostNetwork": "a step has a network of its own",
    "hostPID": "a step sees its own processes only",
    "hostIPC": "a step sees its own processes only",
    "shareProcessNamespace": "a step sees its own processes only",
}

_MAY = frozenset(
    {
        "affinity",
        "containers",
        "dnsConfig",
        "dnsPolicy",
        "enableServiceLinks",
        "hostAliases",
        "imagePullSecrets",
        "initContainers",
        "nodeName",
        "nodeSelector",
        "overhead",
        "preemptionPolicy",
        "priorityClassName",
        "runtimeClassName",
        "schedulerName",
        "tolerations",
        "topologySpreadConstraints",
        "volumes",
    }
)

_BASE_MAY = frozenset({"name", "env", "envFrom", "volumeMounts"})

_NOT_LABELS = frozenset({"airflow-worker", "already_checked", "dag_id", "task_id", "run_id", "map_index", "try_number"})
"""By these an earlier try's pod is found again."""

# What the Pod Security Standard "restricted" lets in.
_VOLUMES = frozenset(
    {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret", "name"}
)

_OWN_SECURITY = frozenset({"runAsUser", "runAsGroup", "runAsNonRoot", "seLinuxOptions", "seccompProfile", "appArmorProfile"})
"""What a container may say itself of its security, unless _is_soft."""

_NAMES = frozenset({"airflow-xcom-sidecar", "scratch", "xcom"})
"""Containers and volumes that every pod has."""


def read(path: str) -> dict[str, Any] | None:
    """Return the template in a file, filled in, or None where none is named; ValueError says what it may not say."""
    if not path:
        return None
    try:
        template = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as e:
        raise ValueError(
            f"kubernetes_pod_template: {e.strerror}: {path}; it must be there wherever a DAG is read or run"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as e:
        raise ValueError(f"kubernetes_pod_template: {path} is no YAML: {e}") from None
    if wrong := list(_refused(template)):
        raise ValueError(f"kubernetes_pod_template: {path}: {'; '.join(wrong)}")
    return _filled_in(template)


def softened(pod: Mapping[str, Any]) -> list[str]:
    """Return where a whole pod is softer than it must be."""
    spec = pod["spec"]
    security = spec.get("securityContext") or {}
    found = [f"spec.{key}" for key in ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace") if spec.get(key)]
    if spec.get("automountServiceAccountToken") is not False:
        found.append("spec.automountServiceAccountToken")
    found += [f"spec.securityContext.{key}" for key, value in _POD_HARDENED.items() if security.get(key) != value]
    if not security.get("runAsUser"):
        found.append("spec.securityContext.runAsUser")
    found += _soft_volumes(spec)
    for place, container in _containers(spec):
        found += _soft_container(place, container)
        own = container.get("securityContext") or {}
        found += [f"{place}.securityContext.{key}" for key, value in HARDENED.items() if own.get(key) != value]
    return sorted(set(found))


def lost(template: Any, known: Any, place: str = "") -> Iterator[str]:
    """Yield the fields of a template that Kubernetes' library does not know: it would drop them without a word."""
    if isinstance(template, dict) and isinstance(known, dict):
        for key, value in template.items():
            if key in known:
                yield from lost(value, known[key], f"{place}.{key}".lstrip("."))
            elif value is not None:
                yield f"{place}.{key}".lstrip(".")
    elif isinstance(template, list) and isinstance(known, list):
        for i, (mine, theirs) in enumerate(zip(template, known, strict=False)):
            yield from lost(mine, theirs, f"{place}[{i}]")


def _refused(template: Any) -> Iterator[str]:
    """Yield what a template may not say, each with its place."""
    if not isinstance(template, dict) or template.get("kind") != "Pod" or template.get("apiVersion") != "v1":
        yield "it is no template of a pod: begin it with apiVersion: v1 and kind: Pod"
        return
    yield from (f"{key} is not the template's" for key in template.keys() - {"apiVersion", "kind", "metadata", "spec"})
    metadata, spec = template.get("metadata") or {}, template.get("spec") or {}
    lists = [spec.get(key) or [] for key in ("containers", "initContainers", "volumes")] if isinstance(spec, dict) else []
    if not isinstance(metadata, dict) or not isinstance(spec, dict) or not all(_is_list_of_mappings(x) for x in lists):
        yield "metadata and spec must be mappings; containers, initContainers and volumes lists of mappings"
        return
    named = [x.get("name") for entries in lists for x in entries]
    yield from (f"{name}: every pod has a container or volume of this name" for name in named if name in _NAMES)
    yield from (
        f"metadata.{key}: a template has labels and annotations only" for key in metadata.keys() - {"labels", "annotations"}
    )
    yield from (
        f"metadata.labels.{key}: by it pods are found again" for key in (metadata.get("labels") or {}).keys() & _NOT_LABELS
    )
    unknown = f"no field of a template; it has {', '.join(sorted(_MAY))}"
    yield from (f"spec.{key}: {_OURS.get(key, unknown)}" for key in spec.keys() - _MAY)
    yield from _soft_volumes(spec)
    for place, container in _containers(spec):
        if place == f"spec.containers[{BASE}]":
            yield from (f"{place}.{key}: the settings say that" for key in container.keys() - _BASE_MAY)
            continue
        yield from (f"{place}: name its {key}" for key in ("name", "image") if not container.get(key))
        yield from _soft_container(place, container)


def _is_list_of_mappings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, dict) for entry in value)


def _soft_volumes(spec: Mapping[str, Any]) -> list[str]:
    found = []
    for volume in spec.get("volumes") or []:
        place = f"spec.volumes[{volume.get('name')}]"
        found += [f"{place}.{key}: no volume of a step is of this type" for key in volume.keys() - _VOLUMES]
        for source in (volume.get("projected") or {}).get("sources") or []:
            token = source.get("serviceAccountToken")
            if token is not None and not token.get("audience"):
                found.append(f"{place}: a token without an audience is one for the cluster, and no step speaks to it")
    return found


def _soft_container(place: str, container: Mapping[str, Any]) -> list[str]:
    """Return what a container says that would soften it."""
    security = container.get("securityContext") or {}
    found = [
        f"{place}.securityContext.{k}: {v!r} is softer than a step's pod may be" for k, v in security.items() if _is_soft(k, v)
    ]
    limits = (container.get("resources") or {}).get("limits") or {}
    found += [f"{place}.resources.limits: name its {key}" for key in ("cpu", "memory") if not limits.get(key)]
    found += [f"{place}.ports: a port of the node's ({p['hostPort']})" for p in container.get("ports") or [] if p.get("hostPort")]
    return found


def _is_soft(key: str, value: Any) -> bool:
    match key, value:
        case _ if key in HARDENED:
            return bool(value != HARDENED[key])
        case ("runAsUser", 0) | ("runAsNonRoot", False) | ("seccompProfile" | "appArmorProfile", {"type": "Unconfined"}):
            return True
    return key not in _OWN_SECURITY


def _containers(spec: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for kind in ("initContainers", "containers"):
        for container in spec.get(kind) or []:
            yield f"spec.{kind}[{container.get('name')}]", container


def _filled_in(template: dict[str, Any]) -> dict[str, Any]:
    """Return the template with every container hardened and the step's own first, as the provider merges them by position."""
    spec = dict(template.get("spec") or {})
    for kind in ("initContainers", "containers"):
        spec[kind] = [
            c if c["name"] == BASE else {**c, "securityContext": {**(c.get("securityContext") or {}), **HARDENED}}
            for c in spec.get(kind) or []
        ]
    own = [c for c in spec["containers"] if c["name"] == BASE] or [{"name": BASE}]
    spec["containers"] = [*own, *(c for c in spec["containers"] if c["name"] != BASE)]
    return {**template, "spec": spec}
