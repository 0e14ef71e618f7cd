"""Runs a plain program, as the process runtime does."""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import time
from datetime import UTC, datetime

from container_steps.conform.run import READY, Asked, Image, Run, TargetError
from container_steps.step_run import GRACE

_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")


class Program:
    """A program of this machine. There is no image, nothing restricts it, and it is handed no folder.

    :param timeout: seconds after which a run that does not end is killed
    """

    image: Image | None = None

    def __init__(self, path: str, *, timeout: float):
        found = shutil.which(path)
        if found is None:
            raise TargetError(f"there is no program {path}: build it, or give its path")
        self.name = path
        self._path = found
        self._timeout = timeout

    def run(self, asked: Asked) -> Run:
        """Run the program to its end."""
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        began = time.monotonic()
        process = subprocess.Popen(
            [self._path, *asked.arguments],
            env={**inherited, **asked.variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            streams = _Streams(process)
            sent = None
            if asked.stop:
                streams.read(began + READY, until_it_logs=True)
                if process.poll() is None:
                    sent = time.monotonic()
                    process.terminate()
            streams.read(began + self._timeout if sent is None else sent + 2 * GRACE)
            ended = process.poll() is not None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
        now = time.monotonic()
        return Run(
            code=(code if code >= 0 else 128 - code) if ended else None,
            stdout=bytes(streams.stdout),
            stderr=bytes(streams.stderr),
            seconds=now - began,
            stopped_after=None if sent is None else now - sent,
            logged_at=streams.logged_at,
        )


class _Streams:
    """What a process writes, and when each line of its stderr came."""

    def __init__(self, process: subprocess.Popen[bytes]):
        self.stdout, self.stderr = bytearray(), bytearray()
        self.logged_at: list[datetime | None] = []
        self._process = process

    def read(self, until: float, *, until_it_logs: bool = False) -> None:
        """Read until the process has ended and all that it wrote is read, at most until a moment."""
        with selectors.DefaultSelector() as selector:
            for stream, to in ((self._process.stdout, self.stdout), (self._process.stderr, self.stderr)):
                if stream is not None and not stream.closed:
                    selector.register(stream, selectors.EVENT_READ, (stream, to))
            while selector.get_map() and (left := until - time.monotonic()) > 0 and not (until_it_logs and self.stderr):
                for key, _ in selector.select(left):
                    stream, to = key.data
                    if chunk := os.read(key.fd, 1 << 16):
                        self._keep(chunk, to)
                    else:
                        selector.unregister(stream)
                        stream.close()
            closed = not selector.get_map()
        if closed:
            with contextlib.suppress(subprocess.TimeoutExpired):  # it may have closed its streams and run on
                self._process.wait(max(0, until - time.monotonic()))

    def _keep(self, chunk: bytes, to: bytearray) -> None:
        if to is self.stderr:
            unfinished = bool(to) and not to.endswith(b"\n")
            begun = chunk.count(b"\n") - unfinished + (not chunk.endswith(b"\n"))
            self.logged_at += [datetime.now(UTC)] * begun
        to += chunk
