"""A Docker engine as far as the operator uses one: the real HTTP protocol on loopback, and real processes for containers.

A container runs its first argument as a Python program. Its streams go through an attached connection in frames, as the engine
does it, and into a log; while nobody reads the connection, the process waits for it.
"""

from __future__ import annotations

import contextlib
import json
import signal
import socket
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

STDOUT, STDERR = 1, 2


@dataclass
class Container:
    id: str
    config: dict[str, Any]
    status: str = "created"
    code: int = 0
    oom: bool = False
    log: list[tuple[int, bytes]] = field(default_factory=list)
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


class FakeEngine:
    """Serves on a free port of loopback; `url` is its address.

    frame: the most bytes of a frame. cut_after: an attached connection breaks after so many bytes, while its container runs on.
    cut_log: the next connection that reads this stream's log breaks after so many bytes, and the engine is away for 2 s.
    away_code: what a proxy before it then answers; None where there is none.
    rotated: how many lines of stderr are gone, by then, from the log that is read.
    """

    def __init__(self) -> None:
        self.containers: dict[str, Container] = {}
        self.removed: list[Container] = []
        self.images = {"parcels/extract:latest"}
        self.requests: list[str] = []
        self.frame = 32768
        self.cut_after: int | None = None
        self.cut_log: tuple[int, int] | None = None  # stream and bytes
        self.away_until = 0.0
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
                container.log.append((kind, chunk))
                container.changed.notify_all()
                for start in range(0, len(chunk), self.frame):
                    piece = chunk[start : start + self.frame]
                    if self.cut_after is not None and sent + len(piece) > self.cut_after:
                        _hang_up(container)
                    sent += len(piece)
                    if container.attached is not None:
                        with contextlib.suppress(OSError):
                            container.attached.sendall(struct.pack(">BxxxL", kind, len(piece)) + piece)
        stream.close()

    def _wait(self, container: Container, pumps: list[threading.Thread]) -> None:
        assert container.process is not None
        code = container.process.wait()
        for pump in pumps:
            pump.join()
        with container.changed:
            container.code, container.oom = (code if code >= 0 else 128 - code), self.oom
            container.finished = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.123456789Z"
            _hang_up(container)
            container.status = "exited"
            container.changed.notify_all()

    def frames(self, container: Container, kinds: set[int], *, follow: bool) -> Iterator[bytes]:
        at, gone = 0, self.rotated

        def more_or_over() -> bool:
            return at < len(container.log) or container.status != "running" or not follow

        while True:
            with container.changed:
                container.changed.wait_for(more_or_over)
                found, ended = container.log[at:], container.status != "running" or not follow
                at += len(found)
            for kind, written in found:
                if kind in kinds:
                    chunk = written
                    while kind == STDERR and gone and chunk:
                        _, feed, chunk = chunk.partition(b"\n")
                        gone -= len(feed)
                    for start in range(0, len(chunk), self.frame):
                        piece = chunk[start : start + self.frame]
                        yield struct.pack(">BxxxL", kind, len(piece)) + piece
            if ended:
                return


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

    def _answer(self, code: int, value: Any = None) -> None:
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
        self.engine.requests.append(f"{self.command} {path}")
        match [self.command, *path.strip("/").split("/")]:
            case ["GET" | "HEAD", "_ping"]:
                self._answer(200)
            case ["GET", "version"]:
                self._answer(200, {"ApiVersion": "1.41", "Version": "20.10.24"})
            case ["GET", "images", "json"]:
                wanted = json.loads(query.get("filters", "{}")).get("reference", [query.get("filter")])[0]
                self._answer(200, [{"Id": name} for name in self.engine.images if name == wanted])
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
        kinds = {kind for kind, name in ((STDOUT, "stdout"), (STDERR, "stderr")) if query.get(name) == "1"}
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.docker.raw-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        sent = 0
        for frame in self.engine.frames(container, kinds, follow=query.get("follow") == "1"):
            if self.engine.cut_log is not None and self.engine.cut_log[0] in kinds:
                left = self.engine.cut_log[1] - sent
                if left < len(frame):
                    self.wfile.write(b"%x\r\n%b" % (len(frame), frame[:left]))
                    self.engine.cut_log, self.engine.away_until = None, time.monotonic() + 2
                    self.close_connection = True
                    return
            sent += len(frame)
            self.wfile.write(b"%x\r\n%b\r\n" % (len(frame), frame))
        self.wfile.write(b"0\r\n\r\n")


def until(condition: Any, seconds: float = 30) -> None:
    """Wait until something is the case."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)
