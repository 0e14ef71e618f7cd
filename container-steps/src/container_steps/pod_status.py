"""What a pod's status says of its step, in words and codes."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from airflow.providers.cncf.kubernetes.utils.container import get_container_status
from kubernetes.client import ApiClient, Configuration
from kubernetes.client import models as k8s

from container_steps.outcome import RECENT

_OVER = ("Succeeded", "Failed")
_OUT_OF_MEMORY = "OOMKilled"


def terminated(pod: k8s.V1Pod | None, container: str) -> k8s.V1ContainerStateTerminated | None:
    """Return how a container ended; None where it runs, never ran, or nobody knows."""
    status = get_container_status(pod, container) if pod else None
    return status.state.terminated if status and status.state else None


def has_run(pod: k8s.V1Pod, container: str) -> bool:
    """Return whether a container was started at all, and so may have a log."""
    status = get_container_status(pod, container)
    return bool(status and status.state and (status.state.running or status.state.terminated))


def has_ended(pod: k8s.V1Pod, container: str) -> bool:
    """Return whether a container has ended, or will never run."""
    return terminated(pod, container) is not None or pod.status.phase in _OVER


def out_of_memory(pod: k8s.V1Pod | None, container: str) -> bool:
    """Return whether the kernel ended a container because it took more memory than its limit."""
    end = terminated(pod, container)
    return end is not None and end.reason == _OUT_OF_MEMORY


def exit_of(pod: k8s.V1Pod | None, container: str) -> tuple[int | None, str]:
    """Return the exit code, None where there is none, and what the cluster knows beside it."""
    if pod is None:
        return None, ""
    end = terminated(pod, container)
    if end is None:
        return None, why_not_running(pod)
    known = [end.reason if end.reason not in ("Error", "Completed") else None, end.message]
    if end.reason == _OUT_OF_MEMORY:
        known = [f"{_OUT_OF_MEMORY}: it took more memory than its limit of {_memory(pod, container)} bytes"]
    return end.exit_code, "; ".join(filter(None, [_joined(*known), _joined(pod.status.reason, pod.status.message)]))


def why_not_running(pod: k8s.V1Pod) -> str:
    """Return why a pod's containers do not run, in the cluster's own words."""
    words = [_joined(pod.status.reason, pod.status.message)]
    for condition in pod.status.conditions or []:
        if condition.type == "PodScheduled" and condition.status != "True":
            words.append(_joined(condition.reason, condition.message))
    for status in [*(pod.status.init_container_statuses or []), *(pod.status.container_statuses or [])]:
        if status.state and (waiting := status.state.waiting):
            words.append(_joined(f"container {status.name}", waiting.reason, waiting.message))
        if status.state and (end := status.state.terminated) and end.exit_code:
            words.append(_joined(f"container {status.name} ended with {end.exit_code}", end.message))
    return "; ".join(filter(None, words))


def why_not_taken_over(pod: k8s.V1Pod, container: str, same: bool) -> str:
    """Return why a try may not take over what an earlier one left; "" where it may.

    It may where the step does the same, and still runs, or was done within the hour.
    """
    end = terminated(pod, container)
    if pod.metadata.deletion_timestamp is not None:
        return "it is being removed"
    if not same:
        return "its image, arguments or settings are not those of this try"
    if end is None:
        if pod.status.phase in _OVER:
            return f"it will not run: {why_not_running(pod)}"
        # It may wait for a node where none is, by settings that were mended since.
        return "" if has_run(pod, container) else "its step has not begun"
    if end.exit_code != 0:
        return f"its step ended with {end.exit_code}"
    if end.finished_at is None or datetime.now(UTC) - end.finished_at > RECENT:
        return "its step ended long ago"
    return ""


def digest(pod: k8s.V1Pod, container: str) -> str:
    """Return a digest of what a pod's step does: its image, arguments, variables, secrets by name, account and volumes.

    Where it runs and how much it may take is not in it.
    """
    spec = ApiClient(configuration=Configuration()).sanitize_for_serialization(pod.spec)
    base: dict[str, Any] = next(c for c in spec["containers"] if c["name"] == container)
    does = {key: base.get(key) for key in ("image", "command", "args", "env", "envFrom", "volumeMounts")}
    text = json.dumps([does, spec.get("serviceAccountName"), spec.get("volumes")], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _joined(*words: str | None) -> str:
    return ": ".join(filter(None, words))


def _memory(pod: k8s.V1Pod, container: str) -> str:
    spec = next((c for c in pod.spec.containers if c.name == container), None)
    limits = (spec.resources and spec.resources.limits) or {} if spec else {}
    return str(limits.get("memory", "an unknown number of"))
