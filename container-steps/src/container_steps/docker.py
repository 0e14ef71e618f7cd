"""Runs a step as a container of a Docker engine."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.docker.hooks.docker import DockerHook
from airflow.providers.docker.operators.docker import DockerOperator
from airflow.sdk.exceptions import AirflowException
from docker.errors import APIError, DockerException, NotFound
from docker.types import LogConfig, Mount
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from container_steps import credentials
from container_steps.docker_log import AgainLog
from container_steps.exits import StepFailedError, StepRefusedError
from container_steps.logs import LogLines
from container_steps.outcome import RECENT, conclude
from container_steps.result import BadResultError, LastLine, Result, lineage, parse
from container_steps.settings import number_of_bytes
from container_steps.step_run import GRACE, StepRun

if TYPE_CHECKING:
    from airflow.sdk import Context
    from docker import APIClient

SETTLE = 2
"""Seconds in which an engine that ended a container's streams knows that it has ended."""

PATIENCE = 30
"""How often a silent engine is asked, once a second, and how often its log may break, before the try is given up."""

_Chunk = tuple[bytes | None, bytes | None]  # of stdout, or of stderr


class DockerStepOperator(DockerOperator):
    """Runs a step's image: hardened, its log lines as records, its result as XCom, its exit code as retry or failure.

    A container carries its task's labels. A try that finds the container of an earlier one, whose worker died, adopts it, so
    that there are never two.
    """

    def __init__(self, *, step_run: StepRun, **kwargs: Any):
        step, settings = step_run.step, step_run.settings
        super().__init__(
            image=settings.image(step),
            docker_url=settings.get("docker_url") or None,
            docker_conn_id=settings.get("docker_connection") or None,
            network_mode=settings.get("docker_network", step),
            cpus=float(settings.get("cpus", step)),
            user=settings.user(),
            mounts=[
                Mount(target, source, type="bind" if source.startswith("/") else "volume", read_only=read_only)
                for source, target, read_only in settings.mounts(step)
            ],
            mount_tmp_dir=False,
            **kwargs,
        )
        self.step_run = step_run
        self.memory = number_of_bytes(settings.get("memory", step))
        self.pids = int(settings.get("pids", step))
        self.scratch = number_of_bytes(settings.get("scratch", step))
        self.log_size = settings.get("docker_log_size")
        self.deployment = settings.get("deployment")
        self._context: Any = None
        self._killed = False
        self._broken = 0  # how many connections broke while something was read
        self._state: dict[str, Any] | None = None  # the container's, once it has ended
        self._result: Result | None = None

    def execute(self, context: Context) -> Any:
        """Run the container to its end and return its result; the provider's would return lines of text."""
        self._context = context
        try:
            if not _has_registry(self.image) and not self.cli.images(name=self.image):
                # Were it asked for it, the engine would look in a public registry, where the name may be anybody's.
                section = self.step_run.settings.section
                raise StepRefusedError(
                    f"the engine has no image {self.image}: build it, or set [{section}] image to your registry's"
                )
            return super().execute(context)  # pulls the image where it is missing, and calls _run_image
        except (DockerException, RequestException) as e:
            raise StepFailedError(f"{self.step_run.step}: the container engine failed: {_words(e)}") from e

    def _run_image(self) -> Any:
        """Override DockerOperator's, which logs one stream of text lines and knows no limits."""
        lines = AgainLog(LogLines(self.step_run.logger), self._missing)
        printed = AgainLog(LogLines(self.step_run.logger), self._missing)
        try:
            kept = self._adopt()
            if self._killed:
                raise StepFailedError(f"{self.step_run.step} was stopped before its container was started or taken over")
            stream = self._kept() if kept else self._start()
            while True:
                last = LastLine(printed.feed)
                whole = self._pass_on(stream, lines, last)
                state = self._settled()
                # An attached stream ends without a word where its connection breaks: only the result shows that it was whole.
                if whole and state is not None and (kept or self._is_result(last.close())):
                    break
                if not whole or state is None:
                    self.log.warning("the stream of the container's log broke off: reading on")
                kept, stream = True, self._kept()
                lines.again()
                printed.again()
        except BaseException:
            self._stop(self.cli)
            raise
        lines.close()
        self._state = state
        self._remove(self.cli, self.container["Id"])
        code, cause = _exit(state, self.memory)
        self._result = conclude(self.step_run, self._context, self.outlets, code, last.close(), cause)
        return self._result

    def on_kill(self) -> None:
        """Override DockerOperator's, whose stop may take longer than Airflow lets a task live."""
        self._killed = True
        if self.container is None:
            return
        self.log.info("stopping the container")
        # A signal's handler calls this in the middle of anything: the task's own client may be locked.
        tls = DockerHook.construct_tls_config(self.tls_ca_cert, self.tls_client_cert, self.tls_client_key, self.tls_verify)
        hook = DockerHook(docker_conn_id=None, base_url=self.docker_url, version=self.api_version, tls=tls, timeout=GRACE)
        try:
            self._stop(hook.api_client)
        except AirflowException:
            self.log.exception("the container could not be stopped: the engine does not answer")

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """Return what OpenLineage asks an operator for."""
        return lineage(self.step_run, self._result)

    # The container of this try

    def _start(self) -> Iterable[_Chunk]:
        """Start a container and return its streams."""
        self.container = self._create()
        # It is attached to before it starts, since it may have ended before another request is made.
        stream: Iterator[_Chunk] = self.cli.attach(self.container["Id"], stdout=True, stderr=True, stream=True, demux=True)
        if self._killed:
            raise StepFailedError(f"{self.step_run.step} was stopped before its container started")
        self.cli.start(self.container["Id"])
        return stream

    def _create(self) -> dict[str, Any]:
        config = self.cli.create_host_config(
            mounts=self.mounts,  # type: ignore[arg-type]  # the provider takes dicts, too; here all are of type Mount
            network_mode=self.network_mode,
            mem_limit=self.memory,
            memswap_limit=self.memory,  # no swap on top
            nano_cpus=round(self.cpus * 1e9),
            pids_limit=self.pids,
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            tmpfs={"/tmp": f"rw,noexec,nosuid,nodev,mode=1777,size={self.scratch}"},
            log_config=LogConfig(type=LogConfig.types.JSON, config={"max-size": self.log_size, "max-file": "2"}),
        )
        created: dict[str, Any] = self.cli.create_container(
            image=self.image,
            command=list(self.step_run.arguments),
            environment={**credentials.read(self.step_run.credentials), **self.step_run.environment},
            user=self.user,
            labels={
                **self._labels(),
                self.step_run.contract.label("try"): str(self._context["ti"].try_number),
                self.step_run.contract.label("digest"): self._digest(),
            },
            host_config=config,
            stop_timeout=GRACE,
        )
        return created

    def _labels(self) -> dict[str, str]:
        """Return what tells the containers of this task's instance from all others."""
        ti, label = self._context["ti"], self.step_run.contract.label
        return {
            label("deployment"): self.deployment,
            label("dag"): ti.dag_id,
            label("task"): ti.task_id,
            label("run"): ti.run_id,
            label("map_index"): str(ti.map_index),
        }

    def _digest(self) -> str:
        """Return a digest of what a container does, without its secrets."""
        text = json.dumps([self.image, list(self.step_run.arguments), dict(self.step_run.environment)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    # A container that an earlier try left

    def _adopt(self) -> bool:
        """Take over what an earlier try left running, or done within the hour, where it does the same; remove all else."""
        filters = {"label": [f"{name}={value}" for name, value in self._labels().items()]}
        for found in self.cli.containers(all=True, filters=filters):
            state = self.cli.inspect_container(found["Id"])["State"]
            same = found["Labels"].get(self.step_run.contract.label("digest")) == self._digest()
            done = state["Status"] == "exited" and state["ExitCode"] == 0 and _age(state["FinishedAt"]) < RECENT
            number = found["Labels"].get(self.step_run.contract.label("try"))
            left = f"try {number} left its container {found['Id'][:12]} ({state['Status']})"
            if same and (state["Running"] or done) and self.container is None:
                self.log.warning("%s: taking it over", left)
                self.container = {"Id": found["Id"]}
                continue
            self.log.warning("%s: removing it", left)
            if state["Running"]:
                _quietly(self.cli.stop, found["Id"], timeout=GRACE)
            self._remove(self.cli, found["Id"])
        return self.container is not None

    # Any container

    def _kept(self) -> Iterator[_Chunk]:
        """Return the streams as the engine keeps them in its log, from their beginning if it has it, stderr first."""
        try:
            for chunk in self.cli.logs(self.container["Id"], stdout=False, stderr=True, stream=True, follow=True):
                yield None, chunk
            for chunk in self.cli.logs(self.container["Id"], stdout=True, stderr=False, stream=True, follow=False):
                yield chunk, None
        except NotFound:
            pass  # on_kill removed it

    def _pass_on(self, stream: Iterable[_Chunk], lines: AgainLog, last: LastLine) -> bool:
        """Pass on what the streams have, and return whether they came to their end as far as the connection tells."""
        try:
            for out, err in stream:
                if err:
                    lines.feed(err)
                elif out:
                    last.feed(out)
        except (HTTPError, OSError) as e:  # a RequestException is an OSError, as is what an engine or a proxy before it answers
            self._broken += 1
            if self._broken > PATIENCE:
                raise StepFailedError(f"{self.step_run.step}: the container engine failed: {_words(e)}") from e
            return False
        return True

    def _is_result(self, line: bytes) -> bool:
        try:
            parse(self.step_run.contract, line)
        except BadResultError:
            return False
        return True

    def _missing(self) -> None:
        self.log.warning(
            "the engine no longer has the lines that follow: it keeps %s of a container's log. Lines may be missing here",
            self.log_size,
        )

    def _settled(self) -> dict[str, Any] | None:
        """Return the state of the container after its streams ended: None where it runs on, {} where it is gone."""
        until, unanswered = time.monotonic() + SETTLE, 0
        while True:
            try:
                state: dict[str, Any] = self.cli.inspect_container(self.container["Id"])["State"]
                if not state["Running"]:
                    return state
                if time.monotonic() > until:
                    return None
                time.sleep(0.05)
            except NotFound:
                return self._state or {}
            except RequestException:
                unanswered += 1
                if unanswered >= PATIENCE:
                    raise
                time.sleep(1)

    def _stop(self, client: APIClient) -> None:
        """Stop and remove the container, within little more than GRACE."""
        if self.container is None or self._state is not None:
            return
        container = self.container["Id"]
        _quietly(client.stop, container, timeout=GRACE)
        found = _quietly(client.inspect_container, container)
        self._state = found["State"] if found else {}
        self._remove(client, container)

    def _remove(self, client: APIClient, container: str) -> None:
        _quietly(client.remove_container, container, v=True, force=True)


def _has_registry(image: str) -> bool:
    """Return whether an image's name begins with a host, as ghcr.io/… and localhost:5000/… do."""
    host, slash, _ = image.partition("/")
    return bool(slash) and ("." in host or ":" in host or host == "localhost")


def _exit(state: Mapping[str, Any], memory: int) -> tuple[int | None, str]:
    """Return the exit code, None where nobody knows it, and what the engine knows beside it."""
    if not state:
        return None, "its container is gone"
    if state.get("OOMKilled"):
        return state["ExitCode"], f"it took more memory than its {memory} bytes"
    return state["ExitCode"], state.get("Error") or ""


def _age(moment: str) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(moment)


def _words(e: Exception) -> str:
    return str(getattr(e, "explanation", None) or e)


def _quietly(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call, and take an error for done: the container is gone, or the engine is, and then nothing can be done now."""
    try:
        return call(*args, **kwargs)
    except (APIError, RequestException):
        return None
