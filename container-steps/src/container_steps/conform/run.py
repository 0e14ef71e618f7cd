"""One run of what is tried: what it is asked, and what was seen of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Restriction(StrEnum):
    """What a runtime takes from every container."""

    USER = "runs as 65532:65532"
    READ_ONLY = "the root file system is read-only"
    UNPRIVILEGED = "no capability, no new privileges"
    NO_EXECUTION = "nothing in /tmp can be executed"


ALL = frozenset(Restriction)


@dataclass(frozen=True)
class Image:
    """What an engine says of an image.

    :param layers: how each layer was made, as `docker history` shows it
    """

    entrypoint: Sequence[str]
    user: str
    stop_signal: str
    volumes: Sequence[str]
    variables: Sequence[str]
    layers: Sequence[str]


@dataclass(frozen=True)
class Asked:
    """What a run is asked.

    :param stop: whether it is sent SIGTERM once it logs, or is at work for READY
    :param hand_over: whether there is a folder /airflow/xcom, as in a pod
    """

    arguments: Sequence[str]
    variables: Mapping[str, str]
    restrictions: frozenset[Restriction] = ALL
    stop: bool = False
    hand_over: bool = False


@dataclass(frozen=True)
class Run:
    """What was seen of a run.

    :param code: the exit code; None where it had to be killed, since it did not end
    :param seconds: from its start to its end
    :param stopped_after: seconds from SIGTERM to its end; None where it was sent none, or had ended before
    :param logged_at: when each line of stderr was written, by the clock of whoever keeps the log
    :param words: what the engine says beside the code, as that memory ran out
    :param handed_over: what it left in /airflow/xcom/return.json
    """

    code: int | None
    stdout: bytes = b""
    stderr: bytes = b""
    seconds: float = 0
    stopped_after: float | None = None
    logged_at: Sequence[datetime | None] = field(default_factory=list)
    words: str = ""
    handed_over: bytes | None = None

    @property
    def lines(self) -> list[bytes]:
        """The lines of stderr, without line feeds."""
        return lines_of(self.stderr)

    @property
    def printed(self) -> list[bytes]:
        """The lines of stdout, without line feeds."""
        return lines_of(self.stdout)

    @property
    def result(self) -> bytes:
        """The line that a runtime takes for the result: the last one of stdout that is not blank."""
        return next((line for line in reversed(self.printed) if line.strip()), b"")

    @property
    def outcome(self) -> str:
        """How it ended, in words."""
        ended = "did not end, and was killed" if self.code is None else f"ended with {self.code}"
        return f"{ended} ({self.words})" if self.words else ended


class TargetError(Exception):
    """Says why something cannot be tried at all, and what to do."""


class Target(Protocol):
    """What is tried: an image, or a plain program."""

    name: str
    image: Image | None

    def run(self, asked: Asked) -> Run:
        """Run it to its end."""


READY = 1.0
"""Seconds after which a run that logs nothing is taken to be at work, and is sent SIGTERM."""

POLL = 0.05
"""Seconds between two looks at a run."""


def lines_of(text: bytes) -> list[bytes]:
    """Return the lines of a text, without line feeds; the last may lack its own."""
    *whole, rest = text.split(b"\n")
    return [*whole, rest] if rest else whole
