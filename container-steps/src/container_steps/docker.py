"""Runs a step as a container of a Docker engine."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from airflow.providers.common.compat.sdk import AirflowException
from airflow.providers.docker.hooks.docker import DockerHook
from airflow.providers.docker.operators.docker import DockerOperator
from docker.errors import APIError, DockerException, NotFound
from docker.types import LogConfig, Mount
from requests.exceptions import ChunkedEncodingError, HTTPError, InvalidJSONError, RequestException, Timeout
from requests.exceptions import ConnectionError as LostConnectionError
from urllib3.exceptions import ProtocolError

from container_steps.docker_connection import CERTIFICATES, Certificates, adapt
from container_steps.docker_place import Note
from container_steps.docker_reader import PAUSE, ContainerReader, EngineAwayError, words
from container_steps.docker_stream import Attached
from container_steps.exits import StepFailedError, StepRefusedError
from container_steps.outcome import RECENT, conclude
from container_steps.result import Result, lineage
from container_steps.settings import number_of_bytes
from container_steps.step_run import GRACE, StepRun

if TYPE_CHECKING:
    from airflow.sdk import Context
    from docker import APIClient

REACH = 30
"""Seconds for which an engine that cannot be reached is asked again, before and after its container runs."""

ASK = 15
"""Seconds after which a try that waits for a container on another engine asks again: somebody may know that it is gone."""

T = TypeVar("T")

_NO_ENGINE = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})


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
        self.cert_path = settings.get("docker_cert_path")
        self.pull_policy = settings.pull_policy(step)
        self.pids = int(settings.get("pids", step))
        self.scratch = number_of_bytes(settings.get("scratch", step))
        self.log_size = settings.get("docker_log_size")
        self.deployment = settings.get("deployment")
        self._context: Any = None
        self._killed = False
        self._note: Any = None
        self._image_id = ""
        self._state: dict[str, Any] | None = None  # the container's, once it has ended
        self._result: Result | None = None

    @cached_property
    def hook(self) -> DockerHook:
        """Override the provider's, whose TLS follows the machine's own list of authorities."""
        return self._hook(self.docker_conn_id, self.timeout)

    def _hook(self, connection: str | None, timeout: int) -> DockerHook:
        if self.cert_path and (missing := [n for n in CERTIFICATES if not Path(self.cert_path, n).is_file()]):
            section = self.step_run.settings.section
            raise StepRefusedError(f"[{section}] docker_cert_path: {self.cert_path} has no {', '.join(missing)} on this worker")
        tls = Certificates(self.cert_path) if self.cert_path else None
        return DockerHook(docker_conn_id=connection, base_url=self.docker_url, version=self.api_version, tls=tls, timeout=timeout)

    def execute(self, context: Context) -> Any:
        """Run the container to its end and return its result; the provider's would return lines of text."""
        self._context = context
        try:
            self._patiently(self._connect)
            self._patiently(self._fetch)
            return self._run()
        except (DockerException, RequestException) as e:
            raise StepFailedError(f"{self.step_run.step}: the container engine failed: {words(e)}") from e

    def _run(self) -> Result:
        """Run the container; DockerOperator would log one stream of text lines, and knows no limits."""
        self._note = Note(self._context)
        self._wait_for_other_engine()
        try:
            attached = self._patiently(self._begin)
            reader = ContainerReader(self.cli, self.container["Id"], self.step_run, self.log_size)
            # on_kill may have stopped and removed the container, and knows how it ended.
            state = reader.read(attached) or self._state or {}
        except EngineAwayError:
            raise
        except BaseException as e:
            self._stop(self.cli)
            if self._is_gone(e):
                self._note.remove()
            raise
        self._state = state
        code, cause = _exit(state, self.memory)
        if reader.unread:
            cause = "; ".join(filter(None, (cause, f"its log cannot be read to its end: {reader.unread}")))
        if code == 0 and reader.unread and not reader.has_result():
            cause += "; its container stays as it is, and the next try reads on"
        else:
            self._discard()
        no_memory = bool(state.get("OOMKilled"))
        self._result = conclude(self.step_run, self._context, self.outlets, code, reader.line, cause, out_of_memory=no_memory)
        return self._result

    def on_kill(self) -> None:
        """Override DockerOperator's, whose stop may take longer than Airflow lets a task live."""
        self._killed = True
        if self.container is None:
            return
        self.log.info("stopping the container")
        # A signal's handler calls this in the middle of anything: the task's own client may be locked.
        try:
            self._stop(self._hook(None, GRACE).api_client)
        except AirflowException:
            self.log.exception("the container could not be stopped: the engine does not answer")

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """Return what OpenLineage asks an operator for."""
        return lineage(self.step_run, self._result)

    # The container of this try

    def _connect(self) -> None:
        try:
            adapt(self.cli)
        except AirflowException as e:
            if type(e) is not AirflowException:  # as where there is no such connection
                raise
            raise LostConnectionError(str(e)) from e  # as the hook says that there is no engine

    def _fetch(self) -> None:
        """Let the engine have the image, pulled where the settings and its name allow it."""
        found = self.cli.images(name=self.image)
        # An engine that is asked for a name without a registry looks in a public one, where the name may be anybody's.
        pullable = self.pull_policy != "Never" and _has_registry(self.image)
        if found and (self.pull_policy != "Always" or not pullable):
            self._image_id = found[0]["Id"]
            return
        if not pullable:
            section = self.step_run.settings.section
            how = "image to your registry's" if self.pull_policy != "Never" else "docker_pull_policy to IfNotPresent"
            raise StepRefusedError(f"the engine has no image {self.image}: build it there, or set [{section}] {how}")
        self.log.info("pulling %s", self.image)
        try:
            for told in self.cli.pull(self.image, stream=True, decode=True):
                if "error" in told:
                    raise StepFailedError(f"{self.step_run.step}: the image {self.image} cannot be pulled: {told['error']}")
        except ProtocolError as e:
            raise LostConnectionError(e) from e
        if not (found := self.cli.images(name=self.image)):
            raise StepFailedError(f"{self.step_run.step}: the image {self.image} was pulled, and the engine does not have it")
        self._image_id = found[0]["Id"]

    def _wait_for_other_engine(self) -> None:
        """Wait until no container of an earlier try can run on an engine that this worker does not reach."""
        engine = self._patiently(lambda: _unless_refused(self.cli.info))
        if engine is None:
            self.log.info(
                "a proxy before the engine does not let its name be asked for: other workers' engines are not thought of"
            )
            return
        place = self._note.elsewhere(engine["ID"])
        if place is not None:
            self.log.warning(
                "try %s started a container on %s, whose engine is not this worker's (%s), and may have left it there: "
                "waiting until %s, when it has run for as long as its task may. On that machine it would be taken over",
                place.number,
                place.machine,
                engine["Name"],
                f"{place.until:%Y-%m-%d %H:%M:%S} UTC",
            )
        while place is not None:
            asked = time.monotonic()
            while time.monotonic() - asked < ASK and datetime.now(UTC) < place.until:
                if self._killed:
                    raise StepFailedError(f"{self.step_run.step} was stopped while it waited for a container on {place.machine}")
                time.sleep(PAUSE)
            place = self._note.elsewhere(engine["ID"])
        self._note.write(engine["ID"], engine["Name"])

    def _begin(self) -> Attached | None:
        """Take over the container of an earlier try, or start one and return its streams.

        Where the connection was lost in between, whatever the engine had done is found: what runs is taken over, and what does
        not is removed.
        """
        self.container = None  # type: ignore[assignment]  # the provider's own beginning
        kept = self._adopt()
        if self._killed:
            raise StepFailedError(f"{self.step_run.step} was stopped before its container was started or taken over")
        return None if kept else self._start()

    def _start(self) -> Attached:
        """Start a container and return its streams."""
        self.container = self._create()
        # It is attached to before it starts, since it may have ended before another request is made.
        attached = Attached(self.cli, self.container["Id"])
        if self._killed:
            raise StepFailedError(f"{self.step_run.step} was stopped before its container started")
        self.cli.start(self.container["Id"])
        return attached

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
            environment=self.step_run.variables(self._context),
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
        """Return a digest of what a container does and may do, without its secrets."""
        run = self.step_run
        what = [self.image, self._image_id, list(run.arguments), dict(run.environment), self.user, self.network_mode, self.mounts]
        text = json.dumps([*what, self.memory, self.cpus, self.pids, self.scratch], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    # A container that an earlier try left

    def _adopt(self) -> bool:
        """Take over what an earlier try left running, or done within the hour, where it does the same; remove all else."""
        filters = {"label": [f"{name}={value}" for name, value in self._labels().items()]}
        for found in self.cli.containers(all=True, filters=filters):
            inspected = _unless_refused(self.cli.inspect_container, found["Id"])
            if inspected is None:  # it is gone meanwhile
                continue
            state = inspected["State"]
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
                _unless_refused(self.cli.stop, found["Id"], timeout=GRACE)
            _unless_refused(self.cli.remove_container, found["Id"], v=True, force=True)
        return self.container is not None

    # Any container

    def _stop(self, client: APIClient) -> None:
        """Stop and remove the container, within little more than GRACE."""
        if self.container is None or self._state is not None:
            return
        container = self.container["Id"]
        _quietly(client.stop, container, timeout=GRACE)
        found = _quietly(client.inspect_container, container)
        self._state = found["State"] if found else {}
        _quietly(client.remove_container, container, v=True, force=True)

    def _discard(self) -> None:
        """Remove the container, of which all is known."""
        container = self.container["Id"]
        try:
            self._note.remove()  # what has ended is nobody's rival
            self._patiently(lambda: _unless_refused(self.cli.remove_container, container, v=True, force=True))
        except RequestException as e:
            self.log.warning("the container %s has ended and could not be removed: remove it", container[:12], reason=words(e))

    def _is_gone(self, why: BaseException) -> bool:
        """Return whether it is certain that no container of this try is left."""
        if self.container is None:  # an answer that was lost may have been that to a start
            return not isinstance(why, RequestException)
        try:
            self.cli.inspect_container(self.container["Id"])
        except NotFound:
            return True
        except RequestException:
            pass  # it may be anything
        return False

    def _patiently(self, call: Callable[[], T]) -> T:
        """Call, and again while the connection to the engine is lost on the way."""
        until = time.monotonic() + REACH
        while True:
            try:
                return call()
            except RequestException as e:
                if not _is_lost(e) or self._killed or time.monotonic() > until:
                    raise
                self.log.warning("the connection to the container engine was lost: trying again", reason=words(e))
                time.sleep(PAUSE)


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


def _is_lost(e: RequestException) -> bool:
    """Return whether a request got no answer of the engine: lost on its way, or a proxy answered that it found none."""
    if isinstance(e, HTTPError):  # an APIError is one
        return e.response is not None and e.response.status_code in _NO_ENGINE
    return isinstance(e, (LostConnectionError, Timeout, ChunkedEncodingError, InvalidJSONError))


def _unless_refused(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call, and take the engine's own refusal for done: the container is gone, or about to go."""
    try:
        return call(*args, **kwargs)
    except APIError as e:
        if _is_lost(e):
            raise
        return None


def _quietly(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call, and take an error for done: the container is gone, or the engine is, and then nothing can be done now."""
    try:
        return call(*args, **kwargs)
    except (APIError, RequestException):
        return None
