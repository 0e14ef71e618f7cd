"""Runs a step as a pod of a Kubernetes cluster.

Kubernetes has no limit of processes for a pod: the kubelet's podPidsLimit is the cluster's to set.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.cncf.kubernetes.pod_generator import PodGenerator, make_safe_label_value
from airflow.providers.cncf.kubernetes.utils.container import get_container_status
from airflow.providers.cncf.kubernetes.utils.xcom_sidecar import PodDefaults
from airflow.sdk.exceptions import AirflowException
from kubernetes.client import ApiException
from kubernetes.client import models as k8s

from container_steps import pod_template
from container_steps.contract import ConfigMap
from container_steps.credentials import Credential
from container_steps.exits import StepFailedError, StepRefusedError
from container_steps.outcome import RECENT, conclude
from container_steps.pod_log import PodLogs, StepPodManager
from container_steps.result import Result, lineage
from container_steps.settings import Settings, number_of_bytes
from container_steps.step_run import GRACE, StepRun

if TYPE_CHECKING:
    from airflow.sdk import Context


DEADLINE = 86400
"""Seconds after which the cluster ends a pod that everybody forgot. An attempt older than a day may not publish anyway."""

GONE = "its pod is gone: evicted, deleted, or lost with its node"
"""All that can be said of a pod that the cluster knows no more."""


class PodStepOperator(KubernetesPodOperator):
    """Runs a step's image: hardened, its log lines as records, its result as XCom, its exit code as retry or failure.

    A try whose worker died left its pod running; the next one takes it over (the provider's `durable`), unless it ended long ago.
    """

    def __init__(self, *, step_run: StepRun, **kwargs: Any):
        step, settings, contract = step_run.step, step_run.settings, step_run.contract
        self.step_run = step_run
        self._logs = PodLogs(step_run.logger)
        self._result: Result | None = None
        config_maps = [(name, c) for c in contract.config_maps if (name := settings.get(c.setting))]
        variables = {variable: value for _, c in config_maps for variable, value in c.variables.items()}
        limits = {"memory": str(number_of_bytes(settings.get("memory", step))), "cpu": settings.get("cpus", step)}
        requests = {**limits, "cpu": settings.get("kubernetes_cpu_request", step) or limits["cpu"]}
        super().__init__(
            kubernetes_conn_id=settings.get("kubernetes_connection") or None,
            namespace=settings.get("kubernetes_namespace"),
            name=f"{contract.name}-{step}".replace("_", "-"),
            labels={
                "app.kubernetes.io/name": contract.name,
                "app.kubernetes.io/component": step,
                contract.label("deployment"): make_safe_label_value(settings.get("deployment")),
            },
            image=settings.image(step),
            image_pull_policy=settings.get("kubernetes_pull_policy"),
            service_account_name=settings.get("kubernetes_service_account", step).format(step=step),
            automount_service_account_token=False,  # no step speaks to the cluster
            arguments=list(step_run.arguments),
            env_vars={**variables, **step_run.environment},
            env_from=[_secret(settings, c) for c in step_run.credentials],
            volumes=_volumes(config_maps, number_of_bytes(settings.get("scratch", step))),
            volume_mounts=_volume_mounts(config_maps),
            container_resources=k8s.V1ResourceRequirements(limits=limits, requests=requests),
            security_context=_pod_security(settings.user()),
            container_security_context=_container_security(),
            xcom_sidecar_container_security_context=_container_security(),
            do_xcom_push=True,
            durable=True,
            on_finish_action="delete_pod",
            on_kill_action="delete_pod",
            termination_grace_period=GRACE,
            active_deadline_seconds=DEADLINE,
            startup_timeout_seconds=int(settings.get("kubernetes_startup_timeout")),  # also to find a node
            startup_check_interval_seconds=1,
            log_events_on_failure=True,
            log_pod_spec_on_failure=False,
            deferrable=False,
            pod_template_dict=_template(settings.get("kubernetes_pod_template", step)),
            **kwargs,
        )

    @cached_property
    def pod_manager(self) -> StepPodManager:
        """Override the provider's, which guesses levels and knows no fields."""
        return StepPodManager(self._logs, kube_client=self.client, callbacks=self.callbacks)

    def execute(self, context: Context) -> Result:
        """Run the pod to its end and return its result."""
        try:
            found = super().execute(context)
        except ApiException as e:
            what = f"the cluster answered {e.status} ({e.reason})"
            if e.status == HTTPStatus.NOT_FOUND and self.pod is not None:  # without a pod it is the namespace that is missing
                what = GONE
            raise StepFailedError(f"{self.step_run.step}: {'it was stopped' if self._killed else what}") from e
        self._result = conclude(self.step_run, context, self.outlets, 0, self._line(found))
        return self._result

    def build_pod_request_obj(self, context: Context | None = None, *, dry_run: bool = False) -> k8s.V1Pod:
        """Extend the provider's, which takes the image of the sidecar from a connection only."""
        pod = super().build_pod_request_obj(context, dry_run=dry_run)
        for container in pod.spec.containers:
            if container.name == PodDefaults.SIDECAR_CONTAINER_NAME:
                container.image = self.step_run.settings.get("kubernetes_sidecar_image")
                limits = {"memory": "32Mi", "cpu": "50m"}
                container.resources = k8s.V1ResourceRequirements(limits=limits, requests=limits)
        if soft := pod_template.softened(PodGenerator.serialize_pod(pod)):
            raise StepRefusedError(
                f"{self.step_run.step}: its pod would not be hardened, by a cluster policy of this Airflow (pod_mutation_hook): "
                f"{'; '.join(soft)}"
            )
        return pod

    def get_or_create_pod(self, pod_request_obj: k8s.V1Pod, context: Context) -> k8s.V1Pod:
        """Extend the provider's, which takes over a pod however long ago its step ended.

        Where the signal comes while a pod is being created, the provider's on_kill finds none.
        """
        left = self.find_pod(pod_request_obj.metadata.namespace, context)
        if left is not None and _ended_long_ago(left, self.base_container_name):
            name, number = left.metadata.name, left.metadata.labels["try_number"]
            self.log.warning("try %s left its pod %s, whose step ended long ago: removing it", number, name)
            self.patch_already_checked(left)  # it is not to be taken over while its sidecar ends
            self.pod_manager.delete_pod(left)
        self.pod = super().get_or_create_pod(pod_request_obj, context)
        if self._killed:
            self.on_kill()
            raise StepFailedError(f"{self.step_run.step} was stopped before its pod started")
        return self.pod

    def extract_xcom(self, pod: k8s.V1Pod, **kwargs: Any) -> Any:
        """Extend the provider's: the log has the result, too."""
        try:
            return super().extract_xcom(pod, **kwargs)
        except Exception as e:  # where exec is forbidden, the client's own error handling fails with an AttributeError
            self.log.warning("the sidecar did not hand over the result: %s", e)
            return None

    def cleanup(self, pod: k8s.V1Pod, remote_pod: k8s.V1Pod, xcom_result: Any = None, context: Context | None = None) -> None:
        """Extend the provider's: the exit code decides between retry and failure, and the step's own words are the reason."""
        now = self._current(remote_pod)
        try:
            super().cleanup(pod, now, None, context)
        except AirflowException as e:
            code, cause = _exit(now, self.base_container_name)
            if code is None and e.__context__ is not None:
                cause = cause or str(e.__context__)
            conclude(self.step_run, context or {}, self.outlets, code, self._line(xcom_result), cause)

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """Return what OpenLineage asks an operator for."""
        return lineage(self.step_run, self._result)

    def _line(self, xcom: Any) -> bytes | str:
        return json.dumps(xcom) if xcom is not None else self._logs.result

    def _current(self, pod: k8s.V1Pod | None) -> k8s.V1Pod | None:
        """Return the pod as it is now, as it was known where the cluster does not answer, or as failed where it is gone."""
        if pod is None or self._killed:
            return pod
        try:
            return self.pod_manager.read_pod(pod)
        except ApiException as e:
            if e.status != HTTPStatus.NOT_FOUND:
                return pod
            return k8s.V1Pod(metadata=pod.metadata, spec=pod.spec, status=k8s.V1PodStatus(phase="Failed", message=GONE))


def _ended_long_ago(pod: k8s.V1Pod, container: str) -> bool:
    status = get_container_status(pod, container)
    ended = status.state.terminated.finished_at if status and status.state and status.state.terminated else None
    return ended is not None and datetime.now(UTC) - ended > RECENT


def _exit(pod: k8s.V1Pod, container: str) -> tuple[int | None, str]:
    """Return the exit code, None where there is none, and what the cluster knows beside it."""
    status = get_container_status(pod, container)
    state = status.state if status else None
    if state and state.terminated:
        known = state.terminated.reason if state.terminated.reason not in ("Error", "Completed") else None
        return state.terminated.exit_code, ": ".join(filter(None, [known, state.terminated.message]))
    waiting = state.waiting if state else None
    words = [pod.status.reason, pod.status.message, waiting and waiting.reason, waiting and waiting.message]
    return None, ": ".join(w for w in words if w)


def _template(path: str) -> dict[str, Any] | None:
    template = pod_template.read(path)
    if template is not None:
        known = PodGenerator.serialize_pod(PodGenerator.deserialize_model_dict(template))
        if unknown := list(pod_template.lost(template, known)):
            raise StepRefusedError(f"kubernetes_pod_template: {path}: no pod has {', '.join(unknown)}")
    return template


def _secret(settings: Settings, credential: Credential) -> k8s.V1EnvFromSource:
    name = settings.get("kubernetes_secret").format(connection=credential.connection).replace("_", "-")
    return k8s.V1EnvFromSource(secret_ref=k8s.V1SecretEnvSource(name=name, optional=credential.optional or None))


def _volumes(config_maps: Sequence[tuple[str, ConfigMap]], scratch: int) -> list[k8s.V1Volume]:
    return [
        k8s.V1Volume(name="scratch", empty_dir=k8s.V1EmptyDirVolumeSource(medium="Memory", size_limit=str(scratch))),
        *(k8s.V1Volume(name=c.volume, config_map=k8s.V1ConfigMapVolumeSource(name=name)) for name, c in config_maps),
    ]


def _volume_mounts(config_maps: Sequence[tuple[str, ConfigMap]]) -> list[k8s.V1VolumeMount]:
    return [
        k8s.V1VolumeMount(name="scratch", mount_path="/tmp"),
        *(k8s.V1VolumeMount(name=c.volume, mount_path=c.folder, read_only=True) for _, c in config_maps),
    ]


def _pod_security(user: str) -> k8s.V1PodSecurityContext:
    uid, _, gid = user.partition(":")
    return k8s.V1PodSecurityContext(
        run_as_non_root=True,
        run_as_user=int(uid),
        run_as_group=int(gid or uid),
        fs_group=int(gid or uid),
        seccomp_profile=k8s.V1SeccompProfile(type="RuntimeDefault"),
    )


def _container_security() -> k8s.V1SecurityContext:
    return k8s.V1SecurityContext(
        read_only_root_filesystem=True,
        allow_privilege_escalation=False,
        privileged=False,
        capabilities=k8s.V1Capabilities(drop=["ALL"]),
    )
