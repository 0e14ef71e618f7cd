"""Runs a program as a process of its own and says what the operating system counted of it."""

import dataclasses
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence

CORES = sorted(os.sched_getaffinity(0))
ONE = CORES[-1:]  # the last: the first serves most interrupts


class RunError(Exception):
    """A program that ended otherwise than it should; the text has the end of what it said."""


@dataclasses.dataclass(frozen=True)
class Usage:
    cpu: float  # seconds, user and system, of the process and of those that it waited for
    wall: float  # seconds
    peak: float  # MiB of resident memory, of the largest process


def run(command: Sequence[object], env: Mapping[str, str] | None = None, cores: Sequence[int] = CORES) -> tuple[Usage, str]:
    """Run a command on some cores, and return what it used and its standard output. It must end with 0.

    Linux counts as a child's peak also what this process has (getrusage(2), from before execve), which therefore imports little.
    """
    pinned = ["taskset", "-c", ",".join(map(str, cores)), *map(str, command)]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as log:
        began = time.perf_counter()
        process = subprocess.Popen(pinned, stdout=out, stderr=log, env={**os.environ, **(env or {})})
        _, status, used = os.wait4(process.pid, 0)
        took = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        log.seek(0)
        if process.returncode:
            end = log.read().decode(errors="replace")[-2000:]
            raise RunError(f"{' '.join(map(str, command))[:300]}: ended with {process.returncode}\n{end}")
        return Usage(used.ru_utime + used.ru_stime, took, used.ru_maxrss / 1024), out.read().decode()


def cpu_of(pid: int) -> float:
    """Return the seconds that a running process has worked, user and system, by its clock (clock_getcpuclockid(3))."""
    return time.clock_gettime(~pid << 3 | 2)


def say(text: str) -> None:
    """Say how far the run is, beside the tables on standard output."""
    print(text, file=sys.stderr, flush=True)
