"""A Docker engine as far as the operator uses one: the real HTTP protocol on loopback, and real processes for containers.

A container runs its first argument as a Python program. Its streams go through an attached connection in frames, as the engine
does it, and into a log, each line or 16 KiB of it with a time; while nobody reads the connection, the process waits for it.
"""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

STDOUT, STDERR, WORDS = 1, 2, 3  # the last are the engine's own
ENTRY = 16384
"""Bytes; a longer line stands in the log in pieces."""

Entry = tuple[str, int, bytes]
"""Time, stream and text."""


@dataclass
class Container:
    id: str
    config: dict[str, Any]
    status: str = "created"
    code: int = 0
    oom: bool = False
    log: list[Entry] = field(default_factory=list)
    unfinished: dict[int, bytes] = field(default_factory=lambda: {STDOUT: b"", STDERR: b""})
    process: subprocess.Popen[bytes] | None = None
    attached: socket.socket | None = None
    changed: threading.Condition = field(default_factory=threading.Condition)
    stop_sent: list[int] = field(default_factory=list)
    finished: str = "0001-01-01T00:00:00Z"

    @property
    def state(self) -> dict[str, Any]:
        return {
            "Status": self.status,
            "Running": self.status == "running",
            "ExitCode": self.code,
            "OOMKilled": self.oom,
            "Error": "",
            "FinishedAt": self.finished,
        }

    def keep(self, kind: int, chunk: bytes) -> None:
        """Put what was written into the log: whole lines, or as much of one as an entry holds."""
        rest = self.unfinished[kind] + chunk
        while rest:
            end = rest.find(b"\n", 0, ENTRY) + 1
            if not end and len(rest) < ENTRY and chunk:
                break
            self.log.append((now(), kind, rest[: end or ENTRY]))
            rest = rest[end or ENTRY :]
        self.unfinished[kind] = rest


class FakeEngine:
    """Serves on a free port of loopback; `url` is its address.

    Attached connections: frame, the most bytes of a frame. cut_after: each breaks after so many bytes, while its container runs
    on. mute_after: it goes silent.
    Connections that read a log: cut_logs, the next ones break, each after so many bytes, -1: within its header. mute_logs: so
    many say nothing. end_logs: so many end well, though the container runs on. idle: one breaks after so many seconds without a
    line. followed: how many there were.
    away: for so many seconds after a log broke the engine is away. away_code: what a proxy before it answers then.
    refused: requests, method and path, that a proxy before it does not let through.
    cut_requests: the next requests whose method and path begin so are carried out, and their answer is lost.
    rotated: how many entries are gone, by the time that a log is read. rotations: how many then, connection by connection.
    registry: the images that can be pulled.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.containers: dict[str, Container] = {}
        self.removed: list[Container] = []
        self.name = "worker-1"
        self.image_id = "sha256:1"  # the beginning of all images' ids: another one where their tags have moved
        self.images = {"parcels/extract:latest"}
        self.registry: set[str] = set()
        self.requests: list[str] = []
        self.frame = 32768
        self.cut_after: int | None = None
        self.mute_after: int | None = None
        self.cut_logs: list[int] = []
        self.mute_logs = 0
        self.end_logs = 0
        self.idle: float | None = None
        self.rotations: list[int] = []
        self.followed = 0
        self.away = 0.0
        self.away_until = 0.0
        self.cut_requests: list[str] = []
        self.refused: set[str] = set()
        self.away_code: int | None = None
        self.rotated = 0
        self.oom = False
        self.most_running = 0
        self._number = 0
        engine = self

        class Handler(_Handler):
            pass

        Handler.engine = engine
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that goes away in mid-answer
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"tcp://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        for container in list(self.containers.values()):
            self.end(container)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def running(self) -> list[Container]:
        return [c for c in self.containers.values() if c.status == "running"]

    @property
    def all(self) -> list[Container]:
        """Every container there ever was."""
        return [*self.removed, *self.containers.values()]

    def create(self, config: dict[str, Any]) -> Container:
        self._number += 1
        container = Container(f"{self._number:064x}", config)
        self.containers[container.id] = container
        return container

    def start(self, container: Container) -> None:
        program = (container.config["Cmd"] or [""])[0]
        container.process = subprocess.Popen(
            [sys.executable, "-S", "-c", program],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={},
        )
        container.status = "running"
        self.most_running = max(self.most_running, len(self.running))
        pumps = [
            threading.Thread(target=self._pump, args=(container, kind, stream), daemon=True)
            for kind, stream in ((STDOUT, container.process.stdout), (STDERR, container.process.stderr))
        ]
        for pump in pumps:
            pump.start()
        threading.Thread(target=self._wait, args=(container, pumps), daemon=True).start()

    def end(self, container: Container, seconds: float = 0) -> None:
        process = container.process
        if process is None or process.poll() is not None:
            return
        if seconds:
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
        if process.poll() is None:
            process.kill()
        with container.changed:
            container.changed.wait_for(lambda: container.status == "exited", timeout=10)

    def _pump(self, container: Container, kind: int, stream: Any) -> None:
        sent = 0
        while chunk := stream.read1(32768):
            with container.changed:
                container.keep(kind, chunk)
                container.changed.notify_all()
                for start in range(0, len(chunk), self.frame):
                    piece = chunk[start : start + self.frame]
                    if self.cut_after is not None and sent + len(piece) > self.cut_after:
                        _hang_up(container)
                    sent += len(piece)
                    muted = self.mute_after is not None and sent > self.mute_after
                    if container.attached is not None and not muted:
                        with contextlib.suppress(OSError):
                            container.attached.sendall(struct.pack(">BxxxL", kind, len(piece)) + piece)
        with container.changed:
            container.keep(kind, b"")
        stream.close()

    def _wait(self, container: Container, pumps: list[threading.Thread]) -> None:
        assert container.process is not None
        code = container.process.wait()
        for pump in pumps:
            pump.join()
        with container.changed:
            container.code, container.oom = (code if code >= 0 else 128 - code), self.oom
            container.finished = now()
            if self.mute_after is None:
                _hang_up(container)
            container.status = "exited"
            container.changed.notify_all()

    def frames(self, container: Container, query: dict[str, str]) -> Iterator[bytes]:
        """Return the log as a client asks for it, each entry in a frame; b"" where nothing came for too long."""
        kinds = {kind for kind, name in ((STDOUT, "stdout"), (STDERR, "stderr")) if query.get(name) == "1"} | {WORDS}
        follow, since = query.get("follow") == "1", _time_of(query.get("since", "0"))
        if follow and self.end_logs and container.status == "running":
            self.end_logs, follow = self.end_logs - 1, False
        at = self.rotated
        if query.get("tail", "all") != "all":
            at = max(at, len(container.log) - int(query["tail"]))

        def more_or_over() -> bool:
            return at < len(container.log) or container.status != "running" or not follow

        while True:
            with container.changed:
                if not container.changed.wait_for(more_or_over, timeout=self.idle):
                    yield b""
                    return
                found, ended = container.log[at:], container.status != "running" or not follow
                at += len(found)
            for moment, kind, text in found:
                if kind in kinds and moment >= since:
                    entry = moment.encode() + b" " + text if query.get("timestamps") == "1" else text
                    yield struct.pack(">BxxxL", kind, len(entry)) + entry
            if ended:
                return


def now() -> str:
    """Return the time as the engine writes it."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}789Z"


def _time_of(since: str) -> str:
    seconds, _, fraction = since.partition(".")
    return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%dT%H:%M:%S}.{fraction:0<9}Z"


def _hang_up(container: Container) -> None:
    if container.attached is not None:
        with contextlib.suppress(OSError):
            container.attached.shutdown(socket.SHUT_RDWR)
        container.attached = None


class _Handler(BaseHTTPRequestHandler):
    engine: FakeEngine
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    _lose = False  # whether the answer to this request is lost

    def _answer(self, code: int, value: Any = None) -> None:
        if self._lose:
            self._lose, self.close_connection = False, True
            return
        body = b"OK" if value is None and code == 200 else b"" if value is None else json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        path = parts.path
        if path.startswith("/v1."):
            path = "/" + path.split("/", 2)[2]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if time.monotonic() < self.engine.away_until:
            self.close_connection = True
            if self.engine.away_code:
                self._answer(self.engine.away_code, {"message": "no engine"})
            return
        request = f"{self.command} {path}"
        self.engine.requests.append(request)
        if lost := next((r for r in self.engine.cut_requests if request.startswith(r)), None):
            self.engine.cut_requests.remove(lost)
            self._lose = True
        if request in self.engine.refused:
            self._answer(403, {"message": "not allowed"})
            return
        match [self.command, *path.strip("/").split("/")]:
            case ["GET" | "HEAD", "_ping"]:
                self._answer(200)
            case ["GET", "version"]:
                self._answer(200, {"ApiVersion": "1.41", "Version": "20.10.24"})
            case ["GET", "info"]:
                self._answer(200, {"ID": self.engine.url, "Name": self.engine.name})
            case ["GET", "images", "json"]:
                wanted = json.loads(query.get("filters", "{}")).get("reference", [query.get("filter")])[0]
                self._answer(200, [{"Id": self.engine.image_id + name} for name in self.engine.images if name == wanted])
            case ["GET", "distribution", *name, "json"]:
                known = "/".join(name) in self.engine.registry
                self._answer(200 if known else 404, {"Descriptor": {}} if known else {"message": "manifest unknown"})
            case ["POST", "images", "create"]:
                self.engine.images.add(f"{query['fromImage']}:{query['tag']}")
                self._answer(200, {"status": "pulled"})
            case ["GET", "containers", "json"]:
                self._answer(
                    200, self._list(json.loads(query.get("filters", "{}")).get("label", []), bool(int(query.get("all", "0"))))
                )
            case ["POST", "containers", "create"]:
                self._answer(201, {"Id": self.engine.create(json.loads(body)).id, "Warnings": []})
            case [method, "containers", name, *verb]:
                container = self.engine.containers.get(name)
                if container is None:
                    self._answer(404, {"message": f"No such container: {name}"})
                else:
                    self._container(method, container, verb[0] if verb else "", query)
            case _:
                self._answer(501, {"message": f"{self.command} {path}"})

    do_GET = do_POST = do_DELETE = do_HEAD = _handle

    def _list(self, labels: list[str], everything: bool) -> list[dict[str, Any]]:
        wanted = dict(label.split("=", 1) for label in labels)
        return [
            {"Id": c.id, "Labels": c.config["Labels"], "State": c.status}
            for c in self.engine.containers.values()
            if (everything or c.status == "running") and wanted.items() <= c.config["Labels"].items()
        ]

    def _container(self, method: str, container: Container, verb: str, query: dict[str, str]) -> None:
        match method, verb:
            case "GET", "json":
                self._answer(200, {"Id": container.id, "State": container.state, "Config": {"Tty": False}})
            case "POST", "attach":
                self._attach(container)
            case "POST", "start":
                self.engine.start(container)
                self._answer(204)
            case "POST", "stop":
                container.stop_sent.append(int(query["t"]))
                self.engine.end(container, int(query["t"]))
                self._answer(204)
            case "GET", "logs":
                self._logs(container, query)
            case "DELETE", "":
                self.engine.end(container)
                self.engine.removed.append(self.engine.containers.pop(container.id))
                self._answer(204)
            case _:
                self._answer(501, {"message": f"{method} {verb}"})

    def _attach(self, container: Container) -> None:
        self.wfile.write(
            b"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"
            b"Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
        )
        self.wfile.flush()
        # An engine hangs for ever where its container has ended already.
        with container.changed:
            container.attached = self.connection
            container.changed.notify_all()
            container.changed.wait_for(lambda: container.attached is None)
        self.close_connection = True

    def _logs(self, container: Container, query: dict[str, str]) -> None:
        engine = self.engine
        following = query.get("follow") == "1"
        engine.followed += following
        left = engine.cut_logs.pop(0) if following and engine.cut_logs else None
        if left is not None and left < 0:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nApi-Ver")
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.docker.raw-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if following and engine.rotations:
            engine.rotated = engine.rotations.pop(0)
        if following and engine.mute_logs:
            engine.mute_logs -= 1
            self.rfile.read(1)  # until the other side has enough of it
            self.close_connection = True
            return
        for frame in engine.frames(container, query):
            if not frame or (left is not None and left < len(frame)):
                self.wfile.write(b"%x\r\n%b" % (len(frame), frame[:left]))
                engine.away_until = time.monotonic() + engine.away
                self.close_connection = True
                return
            left = left - len(frame) if left is not None else None
            self.wfile.write(b"%x\r\n%b\r\n" % (len(frame), frame))
        self.wfile.write(b"0\r\n\r\n")


def until(condition: Any, seconds: float = 30) -> None:
    """Wait until something is the case."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)
