"""A pod's log, as Kubernetes hands it out: both streams of a container as one, each line behind the time it was written.

The provider joins lines, buffers long ones whole, and after a lost connection repeats or loses a second's worth. Here each line
is logged once, whatever breaks in between, in bounded memory. What Kubernetes cannot do is make a container wait for its reader:
the node keeps the log, and drops the oldest lines where a container writes more than the node keeps.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from container_steps.log_position import LogPosition
from container_steps.log_volume import LogVolume
from container_steps.logs import LogLines

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
        self._position = LogPosition(self._miss)
        self._passing = False  # whether the line that is being read is passed over
        self._missing = ""

    @property
    def reached(self) -> tuple[datetime, int]:
        """How far the log was read: it differs after each line that is new."""
        return self._position.reached

    @property
    def newest(self) -> str:
        """The newest time of a line, for people; "the beginning" where there was none."""
        time = self._position.newest()
        return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if time else "the beginning"

    def missing(self) -> str:
        """Return, once, after which time lines may be missing since the node no longer had them; "" for none."""
        found, self._missing = self._missing, ""
        return found

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

    def _miss(self) -> None:
        self._missing = self.newest

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


class Known:
    """What is known of a task's pod: where a token expires, the next manager goes on with it.

    :ivar pod: the pod as it was last seen
    :ivar gone: whether the cluster no longer has it
    :ivar result: the step's result line, which Kubernetes has in the log
    :ivar missing: what the log may lack; "" where it lacks nothing
    :ivar hurried: whether the task is about to end, and waits for nothing any more
    :ivar volume: what bounds the log
    :ivar answered: whether the cluster has answered anything of this try
    :ivar unanswered: whether the cluster was silent for so long that nothing is known any more
    """

    def __init__(self, step: str, logger: str, volume: LogVolume):
        self.step = step
        self.volume = volume
        self.pod: Any = None
        self.gone = False
        self.result = b""
        self.missing = ""
        self.hurried = False
        self.answered = self.unanswered = False
        self._logger = logger
        self._logs: dict[str, PodLog] = {}

    def log_of(self, pod: Any) -> PodLog:
        """Return the log of a pod, as far as it was read."""
        return self._logs.setdefault(pod.metadata.name, PodLog(LogLines(self._logger, self.volume, result=self._keep)))

    def _keep(self, line: bytes) -> None:
        self.result = line
