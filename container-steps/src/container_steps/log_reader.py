"""Reads a container's log through the API, again and again, until its end: what breaks or is refused is asked for once more."""

from __future__ import annotations

import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from kubernetes.client import ApiException
from urllib3.exceptions import HTTPError

from container_steps.cluster_errors import Forbidden, is_passing, words
from container_steps.pod_log import Known

SILENCE = 60
"""Seconds without a line after which the log is asked for anew, and the pod looked at: a half-open connection tells nothing."""

LOG_AFTER_END = 120
"""Seconds for which the rest of the log of a step that has ended is asked for, since something new of it came."""

_NOT_YET = (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)
"""What a node answers that has just begun again, and does not know its pods yet: whether the pod is there, its status says."""


class LogReader:
    """Passes on what the log of a pod's container has beyond what is known of it."""

    def __init__(self, client: Any, logger: Any, known: Known, pod: Any, container: str):
        self._client, self._logger, self._known, self._pod, self._container = client, logger, known, pod, container
        self._log = known.log_of(pod)
        self.refused = ""  # why the log was refused the last time; "" where it was not
        self._told = False
        self._forbidden = Forbidden()
        self._stands: tuple[Any, float] | None = None  # how far the log was read, and since when it is no further

    def read(self, *, follow: bool) -> bool:
        """Read on, and return whether the log came to its end as far as the connection tells."""
        self._log.again()
        since = self._log.since()
        try:
            response = self._client.read_namespaced_pod_log(
                self._pod.metadata.name,
                self._pod.metadata.namespace,
                container=self._container,
                timestamps=True,
                follow=follow,
                _preload_content=False,
                _request_timeout=(60, SILENCE),
                **({} if since is None else {"since_seconds": since}),
            )
        except (ApiException, HTTPError) as e:
            if not is_passing(e) and getattr(e, "status", None) not in _NOT_YET and not self._forbidden.passes(e):
                raise
            self.refused = words(e)
            return False
        self._forbidden.allowed()
        self._tell_resumed()
        try:
            chunks: Iterable[bytes] = response.stream(1 << 16, decode_content=True)
            for chunk in chunks:
                self._log.feed(chunk)
                self._tell_missing()
        except (HTTPError, TimeoutError):
            return False
        finally:
            response.close()
        return True

    def gives_up(self) -> bool:
        """Return whether the rest of the log of a step that has ended was asked for in vain for long enough, and say so."""
        if self._stands is None or self._stands[0] != self._log.reached:
            self._stands = self._log.reached, time.monotonic()
        if time.monotonic() - self._stands[1] < LOG_AFTER_END:
            return False
        why = self.refused or "its connection breaks"
        self._known.missing = f"lines after {self._log.newest} may be missing, since the rest of the log cannot be read ({why})"
        self._logger.warning("pod %s: %s", self._pod.metadata.name, self._known.missing)
        return True

    def tell(self) -> None:
        """Say once that the log was refused, now that the pod is known to be there."""
        if self.refused and not self._told:
            self._logger.warning("pod %s: its log cannot be read for now (%s)", self._pod.metadata.name, self.refused)
            self._told = True

    def _tell_resumed(self) -> None:
        if self._told:
            self._logger.info("pod %s: its log can be read again", self._pod.metadata.name)
        self.refused, self._told = "", False

    def _tell_missing(self) -> None:
        if after := self._log.missing():
            self._logger.warning(
                "pod %s: lines after %s may be missing, since its node keeps no more of the log", self._pod.metadata.name, after
            )
