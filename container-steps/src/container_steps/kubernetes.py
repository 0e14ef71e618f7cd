"""Runs a step as a pod of a Kubernetes cluster.

Kubernetes has no limit of processes for a pod: the kubelet's podPidsLimit is the cluster's to set.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.cncf.kubernetes.pod_generator import PodGenerator, make_safe_label_value
from airflow.providers.cncf.kubernetes.utils.pod_manager import PodLaunchTimeoutException
from airflow.providers.cncf.kubernetes.utils.xcom_sidecar import PodDefaults
from airflow.providers.common.compat.sdk import AirflowException
from kubernetes.client import ApiException
from kubernetes.client import models as k8s
from urllib3.exceptions import HTTPError

from container_steps import pod_status, pod_template
from container_steps.cluster_errors import words
from container_steps.contract import ConfigMap
from container_steps.credentials import Credential
from container_steps.exits import StepFailedError, StepRefusedError
from container_steps.outcome import conclude
from container_steps.pod_log import Known
from container_steps.pod_manager import StepPodManager
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

    A try whose worker died left its pod running; the next one takes it over where it does the same, unless it ended long ago.
    """

    def __init__(self, *, step_run: StepRun, **kwargs: Any):
        step, settings, contract = step_run.step, step_run.settings, step_run.contract
        self.step_run = step_run
        self._known = Known(step, step_run.logger, step_run.log_volume())
        self._xcom: Any = None
        self._digest_key = contract.label("digest")
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
            on_kill_action="delete_pod",
            termination_grace_period=GRACE,
            active_deadline_seconds=DEADLINE,
            startup_timeout_seconds=int(settings.get("kubernetes_startup_timeout")),  # also to find a node
            startup_check_interval_seconds=1,
            log_pod_spec_on_failure=False,
            deferrable=False,
            pod_template_dict=_template(settings.get("kubernetes_pod_template", step)),
            **kwargs,
        )

    @cached_property
    def pod_manager(self) -> StepPodManager:
        """Override the provider's, which guesses levels, knows no fields, and takes silence for an end."""
        return StepPodManager(self._known, kube_client=self.client, callbacks=self.callbacks)

    def execute(self, context: Context) -> Result:
        """Run the pod to its end and return its result. A step succeeded where it ended with 0 and its result is there."""
        step, failed = self.step_run.step, None
        try:
            super().execute(context)
        except (StepFailedError, StepRefusedError):
            raise
        except (AirflowException, ApiException, HTTPError) as e:
            failed = e
        if self._killed:
            raise StepFailedError(f"{step}: it was stopped") from failed
        if self.pod is None:
            raise StepFailedError(f"{step}: its pod could not be created: {self._words(failed)}") from failed
        code, cause = pod_status.exit_of(self._known.pod, self.base_container_name)
        if failed is not None:
            self.log.warning("the pod %s is watched no longer: %s", self.pod.metadata.name, self._words(failed))
            cause = self._words(failed) if code is None else cause
        try:
            self._result = conclude(
                self.step_run,
                context,
                self.outlets,
                code,
                self._line(),
                cause or (self._known.missing if code == 0 else ""),
                out_of_memory=pod_status.out_of_memory(self._known.pod, self.base_container_name),
            )
        except AirflowException as e:
            raise e from failed
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
        does = {self._digest_key: pod_status.digest(pod, self.base_container_name)}
        pod.metadata.annotations = {**(pod.metadata.annotations or {}), **does}
        return pod

    def get_or_create_pod(self, pod_request_obj: k8s.V1Pod, context: Context) -> k8s.V1Pod:
        """Replace the provider's, which takes over whatever has the labels.

        Where the signal comes while a pod is being created, the provider's on_kill finds none.
        """
        self.pod = self._take_over(pod_request_obj, context) or self.pod_manager.create_pod(pod_request_obj)
        if self._killed:
            self.on_kill()
            raise StepFailedError(f"{self.step_run.step} was stopped before its pod started")
        return self.pod

    def find_pod(self, namespace: str, context: Context, *, exclude_checked: bool = True) -> k8s.V1Pod | None:
        """Replace the provider's, which looks for labels: the pod of this try is known by its name."""
        return self.pod_manager.read_pod(self.pod) if self.pod else None

    def await_pod_start(self, pod: k8s.V1Pod) -> None:
        """Extend the provider's: the cluster's own words say why a pod does not start."""
        try:
            super().await_pod_start(pod)
        except StepFailedError:
            raise
        except AirflowException as e:
            why = pod_status.why_not_running(self._known.pod) or str(e)
            why = "; ".join([why, *(said for said in self._warning(pod) if said not in why)])
            late = isinstance(e, PodLaunchTimeoutException)
            within, more = (
                (f" within {self.startup_timeout_seconds} s", ", or raise kubernetes_startup_timeout") if late else ("", "")
            )
            raise StepFailedError(
                f"{self.step_run.step}: its pod did not start{within}: {why}; next: see to what it says{more}"
            ) from e

    def extract_xcom(self, pod: k8s.V1Pod, **kwargs: Any) -> Any:
        """Extend the provider's: the log has the result, too."""
        try:
            self._xcom = super().extract_xcom(pod, **kwargs)
        except Exception as e:  # where exec is forbidden, the client's own error handling fails with an AttributeError
            self.log.warning("the sidecar did not hand over the result: %s", e)
        return self._xcom

    def on_kill(self) -> None:
        """Extend the provider's: nothing is waited for any more."""
        self._known.hurried = True
        super().on_kill()

    def cleanup(self, pod: k8s.V1Pod, remote_pod: k8s.V1Pod, xcom_result: Any = None, context: Context | None = None) -> None:
        """Replace the provider's, which also judges: `execute` does. Remove the pod, unless nobody knows what became of it."""
        if self._killed or self.pod is None:
            return  # on_kill removed it, or there is none
        if self._known.unanswered:
            self.log.warning("the pod %s is left for the next try to take over", self.pod.metadata.name)
            return
        self._known.hurried = True
        end = pod_status.terminated(self._known.pod, self.base_container_name)
        if end is not None and end.exit_code == 0 and self._known.missing and not self._line():
            self.log.warning(
                "the step ended with 0, and its pod %s is left for the next try to read its result", self.pod.metadata.name
            )
            return
        if end is None or end.exit_code != 0:
            if not self._known.gone:
                self._read_pod_container_states(self.pod, reraise=False)
            self._read_pod_events(self.pod, reraise=False)
        try:
            self.pod_manager.delete_pod(self.pod)
        except (ApiException, HTTPError) as e:
            name, namespace = self.pod.metadata.name, self.pod.metadata.namespace
            self.log.warning("the pod cannot be removed (%s): kubectl delete pod --namespace %s %s", words(e), namespace, name)

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """Return what OpenLineage asks an operator for."""
        return lineage(self.step_run, self._result)

    def _take_over(self, wanted: k8s.V1Pod, context: Context) -> k8s.V1Pod | None:
        """Return the pod of an earlier try that this one goes on with; None where there is none. Remove what else was left."""
        taken: k8s.V1Pod | None = None
        selector = self._build_find_pod_label_selector(context, exclude_checked=False)
        for left in self.pod_manager.list_pods(wanted.metadata.namespace, selector):
            same = (left.metadata.annotations or {}).get(self._digest_key) == wanted.metadata.annotations[self._digest_key]
            why_not = pod_status.why_not_taken_over(left, self.base_container_name, same)
            if taken is not None:
                why_not = f"another one is taken over, {taken.metadata.name}"
            name, number = left.metadata.name, left.metadata.labels.get("try_number")
            if not why_not:
                self.log.warning("try %s left its pod %s: taking it over", number, name)
                taken = left
                continue
            self.log.warning("try %s left its pod %s, and %s: removing it", number, name, why_not)
            self.pod_manager.remove_pod(left)
        return taken

    def _line(self) -> bytes | str:
        """Return the result's line as the sidecar handed it over, else as the log has it."""
        return json.dumps(self._xcom) if self._xcom is not None else self._known.result

    def _words(self, error: Exception | None) -> str:
        if not isinstance(error, ApiException | HTTPError):
            return str(error)
        if getattr(error, "status", None) == HTTPStatus.NOT_FOUND and self.pod is not None:
            return GONE  # without a pod it is the namespace that is missing
        return f"the cluster answered {words(error)}"

    def _warning(self, pod: k8s.V1Pod) -> list[str]:
        """Return the newest warning that the cluster has about a pod, if any."""
        try:
            events = self.pod_manager.read_pod_events(pod).items
        except (AirflowException, ApiException, HTTPError):
            return []
        return [e.message for e in events if e.type == "Warning" and e.message][-1:]


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
