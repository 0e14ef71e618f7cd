"""A pod's log, as Kubernetes hands it out: both streams of a container as one, each line behind the time it was written.

The provider joins lines, buffers long ones whole, and after a lost connection repeats or loses a second's worth. Here each line
is logged once, whatever breaks in between, in bounded memory. What Kubernetes cannot do is make a container wait for its reader:
the node keeps the log, and drops the oldest lines where a container writes more than the node keeps.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from airflow.providers.cncf.kubernetes.utils.pod_manager import PodLoggingStatus, PodManager
from urllib3.exceptions import HTTPError

from container_steps.log_position import LogPosition
from container_steps.logs import LogLines

SILENCE = 300
"""Seconds without a line after which the connection is made anew."""

ATTEMPTS = 5
"""How often the log of a container that has ended is asked for, once a second, where it cannot be read to its end."""

SKEW = 30
"""Seconds by which the node's clock may be ahead of the worker's, or be set back just where a connection breaks."""

_TIME = 40  # bytes; a time with nine digits has 30

_NEVER = datetime.min.replace(tzinfo=UTC)


class PodLog:
    """Takes the log of one container in chunks, and passes on what is new in it."""

    def __init__(self, lines: LogLines):
        self._lines = lines
        self._head: bytearray | None = bytearray()  # the beginning of a line, up to the time; None within a line
        self._time = _NEVER  # that of the line that is being read
        self._position = LogPosition()
        self._passing = False  # whether the line that is being read is passed over

    def since(self) -> int | None:
        """Return how many seconds back to ask so that nothing is missed, or None for all there is."""
        oldest = self._position.oldest()
        if oldest is None:
            return None
        age = datetime.now(UTC) - oldest
        return max(0, math.ceil(age.total_seconds())) + SKEW

    def again(self) -> None:
        """Begin again: the log comes once more, from `since` or earlier."""
        self._head = bytearray()
        self._position.again()
        self._lines.drop_unfinished()

    def feed(self, chunk: bytes) -> None:
        """Log what is new in chunk."""
        for piece in _lines(chunk):
            text: bytes | bytearray = piece
            if self._head is not None:
                self._head += piece
                at = self._head.find(b" ")
                if at < 0 and len(self._head) < _TIME and not piece.endswith(b"\n"):
                    continue
                text, self._head = self._begin(self._head, at), None
            if not self._passing:
                self._lines.feed(bytes(text))
            if piece.endswith(b"\n"):
                self._end()

    def close(self) -> None:
        """Log what stands behind the last line feed."""
        self._lines.close()

    def _begin(self, head: bytearray, at: int) -> bytearray:
        """Decide about a line by its time, and return the text behind it. A line without a time has that of the line before."""
        time = _instant(head[:at]) if at > 0 else None
        self._time = time or self._time
        self._passing = self._position.is_known(self._time)
        return head[at + 1 :] if time else head

    def _end(self) -> None:
        self._head = bytearray()
        if not self._passing:
            self._position.add(self._time)


def _instant(text: bytearray) -> datetime | None:
    """Return the time of a line, to the microsecond; None where the text is none."""
    try:
        time = datetime.fromisoformat(text.decode())
    except ValueError:
        return None
    return time if time.tzinfo else None


def _lines(chunk: bytes) -> list[bytes]:
    *whole, rest = chunk.split(b"\n")
    return [line + b"\n" for line in whole] + ([rest] if rest else [])


class PodLogs:
    """The logs of a task's pods. `result` is the step's result line, which Kubernetes has in the log."""

    def __init__(self, logger: str):
        self._logger = logger
        self._logs: dict[str, PodLog] = {}
        self.result = b""

    def of(self, pod: Any) -> PodLog:
        """Return the log of a pod, as far as it was read."""
        return self._logs.setdefault(pod.metadata.uid or pod.metadata.name, PodLog(LogLines(self._logger, result=self._keep)))

    def _keep(self, line: bytes) -> None:
        self.result = line


class StepPodManager(PodManager):
    """Overrides how the provider reads a container's log.

    `logs` is what is known of the pods' logs: where a token expires, the next manager goes on with it.
    """

    def __init__(self, logs: PodLogs, **kwargs: Any):
        super().__init__(**kwargs)
        self._logs = logs

    def fetch_container_logs(self, pod: Any, container_name: str, *, follow: bool = False, **kwargs: Any) -> PodLoggingStatus:
        """Read the log of a container until the container ends."""
        log = self._logs.of(pod)
        left = ATTEMPTS
        while True:
            whole = self._read(pod, container_name, log, follow=follow)
            running = self.container_is_running(pod, container_name)
            if not follow or (whole and not running):
                break
            if not running:
                left -= 1
                if left == 0:
                    self.log.warning("the end of the container's log cannot be read")
                    break
            time.sleep(1)
        if not running:
            log.close()
        return PodLoggingStatus(running=running, last_log_time=None)

    def _read(self, pod: Any, container_name: str, log: PodLog, *, follow: bool) -> bool:
        """Read what the log has beyond what is known, and return whether it came to its end."""
        log.again()
        response = self.read_pod_logs(
            pod, container_name, timestamps=True, since_seconds=log.since(), follow=follow, _request_timeout=(60, SILENCE)
        ).response
        try:
            chunks: Iterable[bytes] = response.stream(1 << 16, decode_content=True)
            for chunk in chunks:
                log.feed(chunk)
        except (HTTPError, TimeoutError):
            return False
        finally:
            response.close()
        return True
