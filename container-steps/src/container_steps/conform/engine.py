"""Runs an image on a Docker engine, as restricted as the runtimes run it."""

from __future__ import annotations

import contextlib
import io
import math
import tarfile
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import docker
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.types import LogConfig, Mount
from requests.exceptions import ConnectionError as EngineConnectionError
from requests.exceptions import ReadTimeout, RequestException

from container_steps.conform.run import POLL, READY, Asked, Image, Restriction, Run, TargetError, lines_of
from container_steps.step_run import GRACE

USER = "65532:65532"
"""A user that no image knows. Its number is that of the runtimes' default."""

_NO_PROGRAM = (126, 127)  # it cannot be executed, or is not there

_HAND_OVER = "/airflow"  # a volume; the folder in it is made with the rights that a pod's has
_LOG = LogConfig(type=LogConfig.types.JSON, config={"max-size": "1g"})


class Engine:
    """An image on an engine.

    :param url: the engine's address; empty: DOCKER_HOST, else the local socket
    :param timeout: seconds after which a run that does not end is killed
    """

    def __init__(self, url: str, image: str, *, network: str, volumes: Sequence[str], memory: int, timeout: float):
        self.name = image
        self._mounts = [_mount(volume) for volume in volumes]
        with _answering():
            self._client = docker.APIClient(base_url=url, version="auto") if url else docker.from_env(version="auto").api
            self.image: Image | None = _image(self._client, image)
        self._network = network
        self._memory = memory
        self._timeout = timeout

    def run(self, asked: Asked) -> Run:
        """Run the image to its end."""
        with _answering(), self._container(asked) as container:
            began, words, sent = time.monotonic(), "", None
            try:
                self._client.start(container)
            except APIError as e:
                if self._client.inspect_container(container)["State"]["ExitCode"] not in _NO_PROGRAM:
                    raise
                words = str(e.explanation)
            else:
                sent = self._stop(container) if asked.stop else None
            ended = self._wait(container, began + self._timeout if sent is None else sent + 2 * GRACE)
            now = time.monotonic()
            state = self._client.inspect_container(container)["State"]
            if state.get("OOMKilled"):
                words = f"it took more memory than {self._memory} bytes"
            return Run(
                code=state["ExitCode"] if ended else None,
                stdout=self._client.logs(container, stdout=True, stderr=False),
                stderr=self._client.logs(container, stdout=False, stderr=True),
                seconds=now - began,
                stopped_after=None if sent is None else now - sent,
                logged_at=_times(self._client.logs(container, stdout=False, stderr=True, timestamps=True)),
                words=words,
                handed_over=self._handed_over(container) if asked.hand_over else None,
            )

    @contextlib.contextmanager
    def _container(self, asked: Asked) -> Iterator[str]:
        mounts = [*self._mounts, *([Mount(_HAND_OVER, None, type="volume")] if asked.hand_over else [])]
        config = self._client.create_host_config(
            mounts=mounts,
            network_mode=self._network,
            mem_limit=self._memory,
            memswap_limit=self._memory,
            pids_limit=256,
            log_config=_LOG,
            **host_options(asked.restrictions),
        )
        created = self._client.create_container(
            image=self.name,
            command=list(asked.arguments),
            environment=dict(asked.variables),
            user=USER if Restriction.USER in asked.restrictions else None,
            host_config=config,
        )["Id"]
        try:
            if asked.hand_over:
                self._client.put_archive(created, _HAND_OVER, _folder("xcom"))
            yield created
        finally:
            self._client.remove_container(created, v=True, force=True)

    def _stop(self, container: str) -> float | None:
        """Send SIGTERM once the container is at work, and return when; None where it had ended before."""
        until = time.monotonic() + READY
        while time.monotonic() < until and not self._client.logs(container, stdout=False, stderr=True, tail=1):
            time.sleep(POLL)
        try:
            self._client.kill(container, signal="SIGTERM")
        except APIError:  # it is not running
            return None
        return time.monotonic()

    def _wait(self, container: str, until: float) -> bool:
        """Wait until a container has ended, and return whether it did by itself; kill it where it did not."""
        while (left := until - time.monotonic()) > 0:
            try:
                self._client.wait(container, timeout=math.ceil(left))
                return True
            except (ReadTimeout, EngineConnectionError):  # it runs on, or something on the way does not like silence
                if not self._client.inspect_container(container)["State"]["Running"]:
                    return True
        with contextlib.suppress(APIError):  # it has ended just now
            self._client.kill(container)
        return False

    def _handed_over(self, container: str) -> bytes | None:
        try:
            stream, _ = self._client.get_archive(container, f"{_HAND_OVER}/xcom/return.json")
        except NotFound:
            return None
        with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
            file = archive.extractfile("return.json")
            return file.read() if file else None


@contextlib.contextmanager
def _answering() -> Iterator[None]:
    """Say of an engine that fails what to do."""
    try:
        yield
    except (DockerException, RequestException) as e:
        raise TargetError(f"the container engine failed: {e}; start it, or name another with --engine") from e


def _image(client: docker.APIClient, name: str) -> Image:
    try:
        config: dict[str, Any] = client.inspect_image(name)["Config"]  # type: ignore[no-untyped-call]
    except ImageNotFound:
        raise TargetError(f"the engine has no image {name}: build it, or pull it with `docker pull {name}`") from None
    return Image(
        entrypoint=config.get("Entrypoint") or [],
        user=config.get("User") or "",
        stop_signal=config.get("StopSignal") or "",
        volumes=sorted(config.get("Volumes") or {}),
        variables=config.get("Env") or [],
        layers=[layer["CreatedBy"] for layer in client.history(name)],  # type: ignore[no-untyped-call]
    )


def host_options(restricted: frozenset[Restriction]) -> dict[str, Any]:
    """Return what makes a container as restricted as a runtime's."""
    execution = "noexec" if Restriction.NO_EXECUTION in restricted else "exec"
    return {
        "read_only": Restriction.READ_ONLY in restricted,
        "cap_drop": ["ALL"] if Restriction.UNPRIVILEGED in restricted else [],
        "security_opt": ["no-new-privileges"] if Restriction.UNPRIVILEGED in restricted else [],
        "tmpfs": {"/tmp": f"rw,{execution},nosuid,nodev,mode=1777,size={256 << 20}"},
    }


def _mount(text: str) -> Mount:
    source, _, target = text.partition(":")
    if not source or not target.startswith("/"):
        raise TargetError(
            f"--volume {text}: write SOURCE:/TARGET; the source is a volume's name or a path of the engine's machine"
        )
    return Mount(target, source, type="bind" if source.startswith("/") else "volume")


def _folder(name: str) -> bytes:
    """Return an archive of one folder in which everybody may write."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.type, entry.mode = tarfile.DIRTYPE, 0o1777
        tar.addfile(entry)
    return archive.getvalue()


def _times(log: bytes) -> list[datetime | None]:
    """Return the time before each line. The engine writes nine digits of a second, of which Python reads six."""
    found: list[datetime | None] = []
    for line in lines_of(log):
        try:
            found.append(datetime.fromisoformat(line.partition(b" ")[0].decode()))
        except ValueError:
            found.append(None)
    return found
