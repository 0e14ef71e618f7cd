"""Bounds how much of a step's log a try of its task keeps, so that one container that never stops talking fills no worker's disk.

What is beyond is left out, but for the last lines: why a step failed stands at its end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from container_steps.settings import LOG_SIZE, number_of_bytes

LAST = 64 * 1024
"""Bytes of the last lines that are kept beyond the bound."""

FRAME = 128
"""Bytes that a line takes beside its own in the log: Airflow writes keys and quotes, and the names of the logger and the file."""

Write = Callable[..., Any]
"""Logs a record, given its message and its other fields."""


class LogVolume:
    """Logs records until they have taken as many bytes as they may; then it says so, and holds the last ones for the end."""

    def __init__(self, most: int = number_of_bytes(LOG_SIZE), setting: str = "log_size"):
        """Make one for a try. `most` is the bound in bytes, `setting` what people change to have another."""
        self._most = most
        self._setting = setting
        self._taken = 0
        self._told = False
        self._last: deque[tuple[int, Write, str, Mapping[str, Any]]] = deque()
        self._held = 0  # bytes of these
        self._left_out = 0  # records that came after the bound and are no longer among these
        self._logger = structlog.get_logger(__name__)

    def log(self, size: int, write: Write, message: str, fields: Mapping[str, Any]) -> None:
        """Log a record whose line had so many bytes, or hold it for `close`."""
        taken = self._taken + size + FRAME
        if taken <= self._most:
            self._taken = taken
            write(message, **fields)
            return
        self._taken = self._most  # no shorter line comes in behind one that does not
        self._tell()
        self._last.append((size + FRAME, write, message, fields))
        self._held += size + FRAME
        while self._held > LAST and len(self._last) > 1:
            self._held -= self._last.popleft()[0]
            self._left_out += 1

    def close(self) -> None:
        """Log the last records, and before them how many are left out."""
        if self._left_out:
            self._logger.warning("lines were left out here", lines=self._left_out)
        for _, write, message, fields in self._last:
            write(message, **fields)
        self._last.clear()
        self._held = self._left_out = 0

    def _tell(self) -> None:
        if not self._told:
            self._logger.warning(
                "the log has as many bytes as it may have: what follows is left out, but for the last lines",
                bytes=self._most,
                setting=self._setting,
            )
        self._told = True
