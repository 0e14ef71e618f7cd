"""A namespace of the test's own on the cluster that KUBECONFIG names, and everything its pods were seen to be."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import yaml

REPO = Path(__file__).resolve().parents[2]
NAMESPACE = "covers-e2e"
RESTRICTED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}


class KubectlError(Exception):
    """Holds what kubectl said."""


def kubectl(*args: str, stdin: str | None = None, env: dict[str, str] | None = None, seconds: float = 180) -> str:
    """Run kubectl in the namespace and return what it printed."""
    done = subprocess.run(
        ["kubectl", "--namespace", NAMESPACE, *args],
        input=stdin,
        env=env,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if done.returncode:
        raise KubectlError(f"kubectl {' '.join(args)}: {done.stderr or done.stdout}")
    return done.stdout


def get(*args: str) -> dict[str, Any]:
    return json.loads(kubectl("get", *args, "--output", "json"))


def apply(*objects: dict[str, Any]) -> None:
    """Apply objects strictly: a field that the cluster does not know is an error."""
    kubectl(
        "apply",
        "--server-side",
        "--validate=strict",
        "--filename",
        "-",
        stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}),
    )


def kustomize(folder: Path) -> list[dict[str, Any]]:
    """Return the objects that a folder describes."""
    done = subprocess.run(["kubectl", "kustomize", folder], check=True, capture_output=True, text=True)
    return list(yaml.safe_load_all(done.stdout))


def secret(name: str, values: dict[str, str]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": values}


def pod(name: str, **container: object) -> dict[str, Any]:
    """Return a pod as the namespace lets it in; container's fields replace those of its only container."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 1,
            "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{"name": "base", "image": "debian:bookworm-slim", "securityContext": RESTRICTED, **container}],
        },
    }


def phase(name: str) -> str:
    """Return the pod's phase; "" where there is no such pod."""
    return kubectl("get", "pod", name, "--ignore-not-found", "--output", "jsonpath={.status.phase}")


def ended(name: str, seconds: float = 60) -> str:
    """Wait until a pod is over, and return its log."""
    end = time.monotonic() + seconds
    while phase(name) not in ("Succeeded", "Failed"):
        if time.monotonic() > end:
            raise TimeoutError(f"{name} runs on: {kubectl('describe', 'pod', name)}")
        time.sleep(0.3)
    return kubectl("logs", name)


def remove_namespace() -> None:
    """Remove what an earlier run left; a namespace of this name that is somebody else's is an error."""
    labels = kubectl("get", "namespace", NAMESPACE, "--ignore-not-found", "--output", "jsonpath={.metadata.labels}")
    if labels and json.loads(labels).get("covers.test") != "e2e":
        raise RuntimeError(f"the cluster has a namespace {NAMESPACE} that this test did not make: remove or rename it")
    if labels:
        kubectl("delete", "namespace", NAMESPACE, "--wait", "--timeout=120s")


def load_images(images: list[str]) -> None:
    """Hand the images to the cluster's runtime with the shell command in LOAD_IMAGES; without one they are pulled."""
    if command := os.environ.get("LOAD_IMAGES"):
        subprocess.run(["bash", "-euc", "set -o pipefail; " + command, "load-images", *images], check=True, timeout=300)


def account_kubeconfig(account: str, path: Path) -> Path:
    """Write a kubeconfig whose user is a service account, with that account's rights and no others."""
    view = json.loads(kubectl("config", "view", "--raw", "--minify", "--flatten", "--output", "json"))
    token = kubectl("create", "token", account, "--duration", "2h").strip()
    view["users"] = [{"name": account, "user": {"token": token}}]
    view["contexts"][0]["context"] = {"cluster": view["clusters"][0]["name"], "user": account, "namespace": NAMESPACE}
    path.touch(mode=0o600)
    path.write_text(json.dumps(view))
    return path


class Watcher:
    """Keeps every state that a pod of the namespace was ever seen in."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, str, dict[str, Any]]] = []  # time, ADDED, MODIFIED or DELETED, the pod
        self._stopped = False
        self.process = self._watch()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _watch(self) -> subprocess.Popen[str]:
        command = ["kubectl", "--namespace", NAMESPACE, "get", "pods", "--watch", "--output-watch-events", "--output", "json"]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def _read(self) -> None:
        """Keep what is seen, and watch anew where the API server went away."""
        while True:
            assert self.process.stdout is not None
            for line in self.process.stdout:
                with contextlib.suppress(json.JSONDecodeError):  # the last line of a watch that broke
                    event = json.loads(line)
                    if event["type"] != "ERROR":
                        self.seen.append((time.monotonic(), event["type"], event["object"]))
            if self._stopped:
                return
            time.sleep(0.5)
            self.process = self._watch()

    def pods(self, **labels: str) -> dict[str, list[tuple[float, str, dict[str, Any]]]]:
        """Return the pods with these labels, by name, each with all that was seen of it."""
        found: dict[str, list[Any]] = {}
        for at, kind, seen in list(self.seen):
            own = seen["metadata"].get("labels", {})
            if all(own.get(k) == v for k, v in labels.items()):
                found.setdefault(seen["metadata"]["name"], []).append((at, kind, seen))
        return found

    def stop(self) -> None:
        self._stopped = True
        self.process.terminate()
        self.process.wait(10)


def secret_values() -> dict[str, str]:
    """Return all values of all secrets of the namespace, by secret and key."""
    found = {}
    for item in get("secrets")["items"]:
        for key, value in item.get("data", {}).items():
            found[f"{item['metadata']['name']}/{key}"] = base64.b64decode(value).decode()
    return found
