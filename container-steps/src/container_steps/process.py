"""Runs a step as a plain process of the worker, for work on DAGs without containers. Nothing isolates or limits it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import selectors
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseOperator

from container_steps.exits import StepRefusedError
from container_steps.logs import LogLines
from container_steps.outcome import conclude
from container_steps.result import LastLine, Result, lineage
from container_steps.step_run import GRACE, StepRun

if TYPE_CHECKING:
    from airflow.sdk import Context


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

# Where the worker's machine has a role of AWS: on EC2 it needs no variable, on EKS and ECS it does.
_ROLE = (
    "AWS_REGION",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
)

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


class ProcessStepOperator(BaseOperator):
    """Runs a step's program, which the setting process_program finds, in a process group of its own."""

    def __init__(self, *, step_run: StepRun, **kwargs: Any):
        super().__init__(**kwargs)
        self.step_run = step_run
        self._process: subprocess.Popen[bytes] | None = None
        self._result: Result | None = None

    def execute(self, context: Context) -> Result:
        """Run the program to its end and return its result."""
        step = self.step_run.step
        path = self.step_run.settings.get("process_program", step).format(step=step)
        if shutil.which(path) is None:
            section = self.step_run.settings.section
            raise StepRefusedError(f"there is no program {path}: build it, or set [{section}] process_program")
        logger, volume = self.step_run.logger, self.step_run.log_volume()
        lines, last = LogLines(logger, volume), LastLine(LogLines(logger, volume).feed)
        command = [path, *self.step_run.arguments]
        self.log.info("starting %s", path)
        self._process = _start(command, self._variables(context))
        try:
            _forward(self._process, lines, last)
            code = self._process.wait()
            lines.close()
            line = last.close()
        except BaseException:
            self.on_kill()
            raise
        finally:
            volume.close()
        self._result = conclude(self.step_run, context, self.outlets, code if code >= 0 else 128 - code, line)
        return self._result

    def _variables(self, context: Context) -> dict[str, str]:
        given = self.step_run.variables(context)
        # What has a key of its own is not to fall back to the machine's role.
        names = _INHERITED if "AWS_ACCESS_KEY_ID" in given else (*_INHERITED, *_ROLE)
        return {**{name: os.environ[name] for name in names if name in os.environ}, **given}

    def on_kill(self) -> None:
        """End the whole process group, at the latest after GRACE."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        self.log.info("stopping %s", self.step_run.step)
        _signal(process, signal.SIGTERM)
        try:
            process.wait(timeout=GRACE)
        except subprocess.TimeoutExpired:
            self.log.warning("%s did not stop within %s s: killing it", self.step_run.step, GRACE)
        _signal(process, signal.SIGKILL)

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """Return what OpenLineage asks an operator for."""
        return lineage(self.step_run, self._result)


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
        preexec_fn=die_with_the_worker,  # noqa: PLW1509 - it takes no lock that another thread may hold
    )


def _forward(process: subprocess.Popen[bytes], lines: LogLines, last: LastLine) -> None:
    """Read both streams until they end. While a line is being logged nothing is read, and the program waits."""
    with selectors.DefaultSelector() as selector:
        for stream, take in ((process.stderr, lines.feed), (process.stdout, last.feed)):
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ, (stream, take))
        while selector.get_map():
            for key, _ in selector.select():
                stream, take = key.data
                if chunk := os.read(key.fd, 1 << 16):
                    take(chunk)
                else:
                    selector.unregister(stream)
                    stream.close()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
