"""Runs a step as a plain process of the worker, for work on DAGs without containers. Nothing isolates or limits it."""

from __future__ import annotations

import ctypes
import os
import selectors
import shutil
import signal
import subprocess
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseOperator

from covers_airflow import credentials, settings
from covers_airflow.exits import StepRefusedError
from covers_airflow.logs import LogLines
from covers_airflow.outcome import conclude
from covers_airflow.result import LastLine, Result, lineage

if TYPE_CHECKING:
    from airflow.sdk import Context

GRACE = 3.0
"""Seconds from SIGTERM to SIGKILL; Airflow kills a task 5 s after it asked it to end."""

# What a program may need of the worker's environment. The rest stays here: it holds Airflow's own secrets.
_INHERITED = (
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "TZ",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


class CoversProcessOperator(BaseOperator):
    """Runs PROGRAM ARGUMENTS in a process group of its own.

    :param program: the step's name; [covers] process_program says where its program is
    :param arguments: flags and their values
    :param environment: variables, none of them secret
    :param credential_list: connections that become variables when the task executes
    """

    def __init__(
        self,
        *,
        program: str,
        arguments: list[str],
        environment: dict[str, str],
        credential_list: Sequence[credentials.Credential],
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.credential_list = credential_list
        self._process: subprocess.Popen[bytes] | None = None
        self._result: Result | None = None

    def execute(self, context: Context) -> Result:
        """Implements BaseOperator."""
        path = settings.get("process_program", self.program).format(program=self.program)
        if shutil.which(path) is None:
            raise StepRefusedError(f"there is no program {path}: build it, or set [covers] process_program")
        lines, last = LogLines(self.program), LastLine(LogLines(self.program).feed)
        command = [path, *self.arguments]
        self.log.info("starting %s", path)
        self._process = _start(command, self._variables())
        try:
            _forward(self._process, lines, last)
            code = self._process.wait()
        except BaseException:
            self.on_kill()
            raise
        lines.close()
        self._result = conclude(self.program, context, self.outlets, code if code >= 0 else 128 - code, last.close())
        return self._result

    def _variables(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        return {**inherited, **credentials.read(self.credential_list), **self.environment}

    def on_kill(self) -> None:
        """Implements BaseOperator: end the whole process group, at the latest after GRACE."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        self.log.info("stopping %s", self.program)
        _signal(process, signal.SIGTERM)
        try:
            process.wait(timeout=GRACE)
        except subprocess.TimeoutExpired:
            self.log.warning("%s did not stop within %s s: killing it", self.program, GRACE)
        _signal(process, signal.SIGKILL)

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """What OpenLineage asks an operator for."""
        return lineage(self.program, self.arguments, self.environment, self._result)


def _start(command: list[str], variables: dict[str, str]) -> subprocess.Popen[bytes]:
    parent = os.getpid()

    def die_with_the_worker() -> None:
        # A worker that is killed outright cannot stop its step, and the retry would start a second one beside it.
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(143)

    return subprocess.Popen(
        command,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=die_with_the_worker,
    )


def _forward(process: subprocess.Popen[bytes], lines: LogLines, last: LastLine) -> None:
    """Read both streams until they end; while a line is being logged nothing is read, and the program waits."""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stderr, selectors.EVENT_READ, lines.feed)
        selector.register(process.stdout, selectors.EVENT_READ, last.feed)
        while selector.get_map():
            for key, _ in selector.select():
                chunk = os.read(key.fd, 1 << 16)
                if chunk:
                    key.data(chunk)
                else:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass
