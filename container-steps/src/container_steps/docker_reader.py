"""Reads both streams of a container to their end, whatever happens to the connections in between.

First as one that is attached to it; where that connection breaks, from the log that the engine keeps, by its times. Whether all
was read is never told by the end of a stream alone: an engine or a proxy that restarts ends streams, too.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from docker.errors import NotFound
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from container_steps.docker_log import AgainLog
from container_steps.docker_stream import STDERR, STDOUT, Attached, Frames, frames, kept
from container_steps.exits import StepFailedError
from container_steps.log_position import LogPosition
from container_steps.logs import LogLines
from container_steps.result import BadResultError, LastLine, parse

if TYPE_CHECKING:
    from docker import APIClient

    from container_steps.step_run import StepRun

SETTLE = 2
"""Seconds in which an engine that ended a container's streams knows that it has ended."""

LOOK = 60
"""Seconds of silence after which the reader looks whether the container still runs, and whether all it wrote has come."""

PATIENCE = 300
"""Seconds without an answer of the engine, or without anything new of a log that can be read no further, before the reader gives
up. A container that runs is never given up while the engine answers."""

PAUSE = 1
"""Seconds between two attempts of which the first brought nothing."""

MARGIN = timedelta(seconds=1)
"""How far before the newest known entry a log is read again: the machine's clock may just have been set back."""

_TAIL = 10  # entries, in which the last of each stream is looked for

State = dict[str, Any]
"""A container's, as the engine tells it; empty where the container is gone."""

_BROKEN = (HTTPError, OSError)  # a RequestException is an OSError, as is what an engine or a proxy before it answers


class EngineAwayError(StepFailedError):
    """The engine does not answer. The container may run on: it is left to the next try."""


class ContainerReader:
    """Passes on what a container writes: lines of stderr to the task's log, and of stdout all but the last line.

    `line` is that last line, the result. `unread` says why the log could not be read to its end; it is empty where it was.
    """

    def __init__(self, cli: APIClient, container: str, run: StepRun, log_size: str):
        self._cli = cli
        self._container = container
        self._run = run
        self._log_size = log_size
        self._log = structlog.get_logger(__name__)
        self._volume = run.log_volume()
        self._last = LastLine(LogLines(run.logger, self._volume).feed)
        self._streams = {
            STDERR: AgainLog(LogLines(run.logger, self._volume), self._missing),
            STDOUT: AgainLog(self._last, self._missing),
        }
        self._position = LogPosition(self._gap)
        self._time = datetime.min.replace(tzinfo=UTC)  # of the entry that was read last
        self._moved = True  # whether the last reading of the log brought anything new
        self._told = False  # whether it was said that the stream broke, since anything was read
        self._trouble = "it does not come to its end"
        self.unread = ""

    @property
    def line(self) -> bytes:
        """The last line of stdout."""
        return self._last.line

    def has_result(self) -> bool:
        """Return whether that line is a result."""
        try:
            parse(self._run.contract, self.line)
        except BadResultError:
            return False
        return True

    def read(self, attached: Attached | None) -> State:
        """Pass on what comes until the container has ended, and return its state."""
        try:
            return self._read(attached)
        finally:
            self._volume.close()

    def _read(self, attached: Attached | None) -> State:
        state: State | None = None
        if attached is not None:
            self._follow(attached)
            state = self._settled()
            if state == {} or (state and self.has_result() and self._has_all()):
                return self._end(state)
            if state is None:
                self._broke("it ended, and the container runs on")
            for stream in self._streams.values():
                stream.again()
        return self._end(self._read_to_its_end(state))

    def _read_to_its_end(self, state: State | None) -> State:
        """Read the log that the engine keeps, until it is certain that no more will come."""
        moved = time.monotonic()
        while state != {}:
            ended = state is not None
            try:
                whole = self._read_log()
            except NotFound:
                return {}
            if whole and state is not None:  # only what is read after the end is all there is
                return state
            if self._moved or not ended:
                moved = time.monotonic()
            elif time.monotonic() - moved > PATIENCE:
                self.unread = self._trouble
                return state or {}
            if not ended:
                state = self._settled() if whole else self._state()
            if not self._moved and not whole:
                time.sleep(PAUSE)
        return {}

    def _end(self, state: State) -> State:
        for stream in self._streams.values():
            stream.close()
        return state

    # The attached streams

    def _follow(self, attached: Attached) -> None:
        """Pass on what comes until the streams end, their connection breaks, or nothing more will come of it."""
        cut, doubt = Frames(), False
        try:
            while (chunk := attached.read(SETTLE if doubt else LOOK)) != b"":
                if chunk is None:
                    if doubt or self._state() is not None:
                        return
                    # It runs and says nothing, or it is not heard any more. What it just said may still be on its way.
                    doubt = not self._has_all()
                    continue
                doubt = False
                for kind, text in cut.feed(chunk):
                    self._pass_on(kind, text)
        except _BROKEN as e:
            self._broke(words(e))

    def _has_all(self) -> bool:
        """Return whether the last lines that the engine has kept are the last that were passed on; False where it cannot tell."""
        try:
            tail = list(frames(kept(self._cli, self._container, LOOK, tail=_TAIL)))
        except _BROKEN:
            return False
        last = {kind: _split(entry)[1] for kind, entry in tail}
        if STDERR not in last and len(tail) == _TAIL:
            return False
        return all(kind in self._streams and self._streams[kind].ends_with(text) for kind, text in last.items())

    # The log that the engine keeps

    def _read_log(self) -> bool:
        """Pass on what is new in the log, and return whether it came to its end."""
        since = self._since()
        self._position.again()
        self._moved = False
        try:
            for kind, entry in frames(kept(self._cli, self._container, LOOK, follow=1, **since)):
                self._entry(kind, entry)
        except NotFound:
            raise
        except ReadTimeoutError as e:  # silence, or a connection whose other end is gone: asked again, it is one or the other
            self._trouble = str(e)
            return False
        except _BROKEN as e:
            self._broke(words(e))
            return False
        return True

    def _since(self) -> dict[str, str]:
        oldest = self._position.oldest()
        if oldest is None:
            return {}
        if self._moved:
            oldest -= MARGIN
        return {"since": f"{int(oldest.timestamp())}.{oldest.microsecond:06d}"}

    def _entry(self, kind: int, entry: bytes) -> None:
        time, text = _split(entry)
        self._time = time or self._time
        if self._position.is_known(self._time):
            return
        self._pass_on(kind, text)
        self._position.add(self._time)
        self._moved, self._told = True, False

    def _pass_on(self, kind: int, text: bytes) -> None:
        if kind not in self._streams:  # the engine's own words about a log that it cannot read
            raise ProtocolError(text.decode(errors="backslashreplace").strip())
        self._streams[kind].feed(text)

    # The container

    def _settled(self) -> State | None:
        """Return the state after the streams ended: None where the container runs on."""
        until = time.monotonic() + SETTLE
        while (state := self._state()) is None and time.monotonic() < until:
            time.sleep(0.05)
        return state

    def _state(self) -> State | None:
        """Return the state of a container that has ended, None of one that runs; EngineAwayError where nobody answers."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                state: State = self._cli.inspect_container(self._container)["State"]
            except NotFound:
                return {}
            except RequestException as e:
                if time.monotonic() > until:
                    raise EngineAwayError(
                        f"{self._run.step}: the container engine has not answered for {PATIENCE} s ({words(e)}). The container "
                        "may run on, and the next try takes it over; next: see whether the engine, and what is between, is up"
                    ) from e
                self._broke(words(e))
                time.sleep(PAUSE)
            else:
                return None if state["Running"] else state

    def _broke(self, why: str) -> None:
        self._trouble = why
        if not self._told:
            self._log.warning("the stream of the container's log broke off: reading on", reason=why)
        self._told = True

    def _gap(self) -> None:
        """Go on behind entries that the engine no longer has."""
        self._missing()
        for stream in self._streams.values():
            stream.gap()

    def _missing(self) -> None:
        self._log.warning(
            "the engine no longer has the lines that follow: it keeps %s of a container's log. Lines may be missing here",
            self._log_size,
        )


def _split(entry: bytes) -> tuple[datetime | None, bytes]:
    """Return the time of an entry, to the microsecond, and its text."""
    head, _, text = entry.partition(b" ")
    try:
        time = datetime.fromisoformat(head.decode())
    except ValueError:
        return None, entry
    return (time, text) if time.tzinfo else (None, entry)


def words(e: Exception) -> str:
    """Return what an engine, or the way to it, said."""
    return str(getattr(e, "explanation", None) or e)
