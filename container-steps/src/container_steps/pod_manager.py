"""How a pod is watched: patiently. That its log or the whole cluster does not answer for minutes says nothing of the step.

Only what the cluster says of the pod ends the watch, or a silence of UNANSWERED seconds, which leaves the pod to the next try.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from airflow.providers.cncf.kubernetes.utils.pod_manager import PodLoggingStatus, PodManager
from airflow.providers.cncf.kubernetes.utils.xcom_sidecar import PodDefaults
from kubernetes.client import ApiException
from kubernetes.client import models as k8s
from urllib3.exceptions import HTTPError

from container_steps import pod_status
from container_steps.cluster_errors import Forbidden, is_passing, words
from container_steps.exits import StepFailedError
from container_steps.log_reader import LogReader
from container_steps.pod_log import Known

PAUSE = 2.0
"""Seconds between two questions where the first had no answer; the pause grows, since each leaves lines in the log."""

_LONGEST = 15.0  # seconds of such a pause

UNANSWERED = 600
"""Seconds for which the cluster is asked before a try gives up, since its last answer."""

ENDING = 120
"""Seconds that a pod may take to end beyond its grace: a node that takes longer is lost."""

_LOOK = 1.0  # seconds between two looks at a pod of which something is awaited

_T = TypeVar("_T")


class UnansweredError(StepFailedError):
    """The cluster did not answer for so long that nothing is known of the pod: it is left alone."""


class StepPodManager(PodManager):
    """Replaces how the provider asks after a pod, and how it reads a container's log."""

    def __init__(self, known: Known, **kwargs: Any):
        super().__init__(**kwargs)
        self._known = known
        self._forbidden = Forbidden()
        self._ending_since: float | None = None

    def ask(self, question: Callable[[], _T]) -> _T:
        """Return what the cluster answers, and ask again where it does not; UnansweredError where it goes on like that."""
        began, pause = None, PAUSE
        while True:
            try:
                answer = question()
            except (ApiException, HTTPError) as e:
                if not is_passing(e) and not (self._known.answered and self._forbidden.passes(e)):
                    raise
                if began is None:
                    began = time.monotonic()
                    self.log.warning("the cluster does not answer (%s): asking again for up to %s s", words(e), UNANSWERED)
                if self._known.hurried or time.monotonic() - began > UNANSWERED:
                    self._known.unanswered = True
                    raise UnansweredError(
                        f"{self._known.step}: the cluster has not answered for {time.monotonic() - began:.0f} s ({words(e)}); "
                        "next: see to its API server. The next try takes over what runs there"
                    ) from e
                time.sleep(pause)
                pause = min(pause * 1.5, _LONGEST)
            else:
                self._known.answered, self._known.unanswered = True, False
                self._forbidden.allowed()
                if began is not None:
                    self.log.info("the cluster answers again, after %.0f s", time.monotonic() - began)
                return answer

    def read_pod(self, pod: k8s.V1Pod) -> k8s.V1Pod:
        """Return the pod as it is now."""
        try:
            found: k8s.V1Pod = self.ask(lambda: self._client.read_namespaced_pod(pod.metadata.name, pod.metadata.namespace))
        except ApiException as e:
            self._known.gone = e.status == HTTPStatus.NOT_FOUND
            raise
        self._known.pod = found
        return found

    def list_pods(self, namespace: str, selector: str) -> list[k8s.V1Pod]:
        """Return the pods with these labels."""
        found: list[k8s.V1Pod] = self.ask(lambda: self._client.list_namespaced_pod(namespace, label_selector=selector)).items
        return found

    def create_pod(self, pod: k8s.V1Pod) -> k8s.V1Pod:
        """Create a pod."""
        return self.ask(lambda: self._created(pod))

    def remove_pod(self, pod: k8s.V1Pod) -> None:
        """Remove a pod and wait until it is gone, so that no two do the same; StepFailedError where it does not go."""
        self.ask(lambda: self._deleted(pod))
        until = time.monotonic() + (pod.spec.termination_grace_period_seconds or 0) + ENDING
        while self.ask(lambda: self._is_there(pod)):
            if time.monotonic() > until:
                raise StepFailedError(self._stuck(pod))
            time.sleep(min(_LOOK, PAUSE))

    def fetch_container_logs(
        self, pod: k8s.V1Pod, container_name: str, *, follow: bool = False, **kwargs: Any
    ) -> PodLoggingStatus:
        """Pass on the log of a container until the container has ended, and then what is left of it."""
        try:
            return self._pass_on_logs(pod, container_name, follow=follow)
        finally:
            self._known.volume.close()

    def _pass_on_logs(self, pod: k8s.V1Pod, container_name: str, *, follow: bool) -> PodLoggingStatus:
        reader = LogReader(self._client, self.log, self._known, pod, container_name)
        ended = False
        while True:
            # A log that is followed seems to end where a connection behind the API server breaks. What is asked for when the
            # container has ended, ends where the log does.
            whole = reader.read(follow=follow and not ended)
            if not follow or (ended and whole):
                break
            now = self.read_pod(pod)
            reader.tell()
            if not ended and pod_status.has_ended(now, container_name):
                ended = True
                if not pod_status.has_run(now, container_name):
                    break
                continue
            if ended and reader.gives_up():
                break
            if not ended:
                self._refuse_lost(now)
            time.sleep(PAUSE if reader.refused else min(_LOOK, PAUSE))
        if ended:
            self._known.log_of(pod).close()
        return PodLoggingStatus(running=not ended, last_log_time=None)

    def await_xcom_sidecar_container_start(self, pod: k8s.V1Pod, timeout: int = 900, log_interval: int = 30) -> None:
        """Wait until the sidecar runs, or never will. Nothing fails here: the log may have the result, too."""
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            now = self.read_pod(pod)
            sidecar = PodDefaults.SIDECAR_CONTAINER_NAME
            if pod_status.has_run(now, sidecar) or pod_status.has_ended(now, sidecar):
                return
            time.sleep(min(_LOOK, PAUSE))

    def _refuse_lost(self, pod: k8s.V1Pod) -> None:
        """Raise StepFailedError for a pod that was to end long ago, and whose step is still said to run."""
        if pod.metadata.deletion_timestamp is None:
            return
        self._ending_since = self._ending_since or time.monotonic()
        if time.monotonic() - self._ending_since > (pod.metadata.deletion_grace_period_seconds or 0) + ENDING:
            raise StepFailedError(self._stuck(pod))

    def _stuck(self, pod: k8s.V1Pod) -> str:
        name, namespace = pod.metadata.name, pod.metadata.namespace
        return (
            f"{self._known.step}: the pod {name} is to end and does not, and its step may still run; next: look at its node "
            f"{pod.spec.node_name}. Where that is lost: kubectl delete pod --force --namespace {namespace} {name}"
        )

    def _created(self, pod: k8s.V1Pod) -> k8s.V1Pod:
        body = self._client.api_client.sanitize_for_serialization(pod)
        try:
            return self._client.create_namespaced_pod(pod.metadata.namespace, body)
        except ApiException as e:
            if e.status != HTTPStatus.CONFLICT or "AlreadyExists" not in str(e.body):
                raise
            # The answer to an earlier question was lost: nobody else has this name.
            return self._client.read_namespaced_pod(pod.metadata.name, pod.metadata.namespace)

    def _deleted(self, pod: k8s.V1Pod) -> None:
        try:
            self._client.delete_namespaced_pod(pod.metadata.name, pod.metadata.namespace)
        except ApiException as e:
            if e.status != HTTPStatus.NOT_FOUND:
                raise

    def _is_there(self, pod: k8s.V1Pod) -> bool:
        try:
            self._client.read_namespaced_pod(pod.metadata.name, pod.metadata.namespace)
        except ApiException as e:
            if e.status != HTTPStatus.NOT_FOUND:
                raise
            return False
        return True
