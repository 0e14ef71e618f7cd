"""Whether the cluster answers, and lets Airflow do what it has to in the steps' namespace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from covers_airflow import CONTRACT, credentials
from covers_airflow.checks import Finding, right, unseen, wrong
from covers_airflow.contract import STEPS
from covers_sources import Platform

RIGHTS = {
    "pods": ("create", "get", "list", "watch", "patch", "delete"),
    "pods/log": ("get",),
    "pods/exec": ("create", "get"),
    "events": ("get", "list", "watch"),
}
"""What Airflow does in the namespace: the role covers-airflow of kubernetes/base/airflow.yaml."""

_FORBIDDEN, _NOT_FOUND = 403, 404


def rights() -> Iterator[Finding]:
    """Ask the cluster what it allows to whom Airflow's tasks run as."""
    from airflow.providers.cncf.kubernetes.hooks.kubernetes import KubernetesHook
    from kubernetes.client import ApiException, AuthorizationV1Api, CoreV1Api
    from urllib3.exceptions import HTTPError

    namespace = CONTRACT.settings.get("kubernetes_namespace")
    try:
        client = KubernetesHook(conn_id=CONTRACT.settings.get("kubernetes_connection") or None).get_conn()
        refused = _refused(AuthorizationV1Api(client), namespace)
    except (ApiException, HTTPError) as e:
        yield wrong("cluster", f"does not answer ({_short(e)}): look at [covers] kubernetes_connection")
        return
    except Exception as e:  # what an unusable configuration of a cluster raises is the client library's own
        yield wrong(
            "cluster", f"is not known ({type(e).__name__}: {_short(e)}): set [covers] kubernetes_connection, or KUBECONFIG"
        )
        return
    yield right("cluster", "answers")
    for says in refused:
        yield wrong(
            "rights",
            f"{says} in the namespace {namespace}: kubernetes/base/airflow.yaml has the role; bind it to whom "
            "Airflow's tasks run as",
        )
    if not refused:
        yield right("rights", f"{', '.join(RIGHTS)} in the namespace {namespace}")
    core = CoreV1Api(client)
    for kind, name in _objects():
        yield _object(core, kind, name, namespace)


def _refused(api: Any, namespace: str) -> list[str]:
    from kubernetes.client import V1ResourceAttributes, V1SelfSubjectAccessReview, V1SelfSubjectAccessReviewSpec

    found = []
    for resource, verbs in RIGHTS.items():
        name, _, sub = resource.partition("/")
        bad = []
        for verb in verbs:
            asked = V1ResourceAttributes(namespace=namespace, verb=verb, resource=name, subresource=sub or None)
            spec = V1SelfSubjectAccessReviewSpec(resource_attributes=asked)
            answer = api.create_self_subject_access_review(V1SelfSubjectAccessReview(spec=spec))
            if not answer.status.allowed:
                bad.append(verb)
        if bad:
            found.append(f"cannot {', '.join(bad)} {resource}")
    return found


def _objects() -> list[tuple[str, str]]:
    """Return the objects that the steps' pods name: accounts, and the config map of restaurants.yaml."""
    settings = CONTRACT.settings
    accounts = dict.fromkeys(settings.get("kubernetes_service_account", step).format(step=step) for step in STEPS)
    maps = [settings.get(config.setting) for config in CONTRACT.config_maps]
    return [("service account", name) for name in accounts] + [("config map", name) for name in maps if name]


def _object(core: Any, kind: str, name: str, namespace: str) -> Finding:
    from kubernetes.client import ApiException

    read = {"service account": core.read_namespaced_service_account, "config map": core.read_namespaced_config_map}[kind]
    what = f"{kind} {name}"
    command = f"kubectl get {kind.replace(' ', '')} {name} --namespace {namespace}"
    try:
        read(name, namespace)
    except ApiException as e:
        if e.status == _NOT_FOUND:
            return wrong(what, "is not there: kubectl apply -k kubernetes/base, and docs/kubernetes.md, Setting up")
        if e.status == _FORBIDDEN:
            return unseen(what, f"may not be read from here, which is well: {command}")
        return wrong(what, f"the cluster answered {e.status} ({e.reason})")
    return right(what, "is there")


def secrets(platforms: Iterable[Platform]) -> Iterator[Finding]:
    """Name the secrets that take the place of connections. Airflow has no right to read any."""
    pattern, namespace = CONTRACT.settings.get("kubernetes_secret"), CONTRACT.settings.get("kubernetes_namespace")
    wanted = [credentials.platform(p.credential).connection for p in platforms]
    wanted += [c.connection for step in STEPS for c in CONTRACT.credentials(step, CONTRACT.settings)]
    names = dict.fromkeys(pattern.format(connection=connection).replace("_", "-") for connection in wanted)
    yield unseen("secrets", f"are not Airflow's to read: kubectl get secret {' '.join(names)} --namespace {namespace}")


def _short(e: Exception) -> str:
    text = str(getattr(e, "reason", None) or e)
    return text if len(text) < 200 else f"{text[:200]}…"
