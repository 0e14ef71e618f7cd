"""A Kubernetes API as far as the operator uses one: real HTTP and WebSockets on loopback, and real processes for containers.

A pod's base container runs its first argument as a Python program. Its log has both streams, each line with its time. The
sidecar's /airflow/xcom/return.json holds the result line that the program prints.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SIDECAR = "airflow-xcom-sidecar"


@dataclass
class Pod:
    body: dict[str, Any]
    phase: str = "Running"
    code: int | None = None
    reason: str = ""
    pod_reason: str | None = None
    sidecar: bool = True
    log: list[tuple[str, bytes]] = field(default_factory=list)
    result: bytes = b""
    process: subprocess.Popen[bytes] | None = None
    changed: threading.Condition = field(default_factory=threading.Condition)
    grace: int | None = None
    finished: str = ""
    lingers: float = 0  # seconds from a request to delete it until it is gone
    deleting: str | None = None  # since when it is to end
    waiting: dict[str, str] | None = None  # why its container does not start
    failed_first: int | None = None

    @property
    def name(self) -> str:
        return self.body["metadata"]["name"]

    def as_json(self) -> dict[str, Any]:
        base: dict[str, Any] = {"running": {"startedAt": _now()}}
        if self.code is not None:
            base = {
                "terminated": {
                    "exitCode": self.code,
                    "reason": self.reason or ("Error" if self.code else "Completed"),
                    "finishedAt": self.finished,
                }
            }
        sidecar: dict[str, Any] = {"running": {"startedAt": _now()}}
        if not self.sidecar:
            sidecar = {"terminated": {"exitCode": 0, "reason": "Completed"}}
        if self.process is None:  # it was not started
            base = sidecar = {"waiting": self.waiting}
        statuses = [
            {"name": name, "state": state, "ready": True, "restartCount": 0, "image": "", "imageID": ""}
            for name, state in (("base", base), (SIDECAR, sidecar))
        ]
        status: dict[str, Any] = {
            "phase": self.phase,
            "containerStatuses": statuses,
            "conditions": [{"type": "PodScheduled", "status": "True"}],
        }
        if self.process is None and self.waiting is None:
            no_node = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": self.reason}
            status |= {"containerStatuses": None, "conditions": [no_node]}
        if self.failed_first is not None:
            state = {"terminated": {"exitCode": self.failed_first, "reason": "Error", "message": "no proxy"}}
            status["initContainerStatuses"] = [{**statuses[0], "name": "first", "state": state}]
        if self.pod_reason:
            status |= {"reason": self.pod_reason, "message": "The node was low on resource: memory."}
        metadata = {**self.body["metadata"], **({"deletionTimestamp": self.deleting} if self.deleting else {})}
        return {"apiVersion": "v1", "kind": "Pod", **self.body, "metadata": metadata, "status": status}


class FakeCluster:
    """Serves on a free port of loopback; `url` is its address.

    chunk: the most bytes that the log is handed out in. cut_after: a log connection breaks after so many bytes, once.
    expire: where that breaks, the token expires: the next request is answered with 401.
    cuts: of each log connection in turn, after so many bytes it breaks; ends: after so many bytes it seems to end, as where the
    connection from the API server to the node breaks; silent: so many log connections never tell anything.
    log_status, status: what requests for a log, or all requests, are answered with.
    on: is called with the pod before a request for its "log", or to "exec" in it, is answered.
    unschedulable, waiting: why a pod that is created finds no node, or does not start there.
    failed_first: what an init container ends with, so that no other is started.
    lose_created: so many pods are created, and the answer is lost. events: what the cluster has to say.
    """

    def __init__(self) -> None:
        self.cuts: list[int] = []
        self.ends: list[int] = []
        self.silent = 0
        self.log_status: int | None = None
        self.status: int | None = None
        self.on: dict[str, Callable[[Pod], None]] = {}
        self.unschedulable = ""
        self.waiting: dict[str, str] | None = None
        self.failed_first: int | None = None
        self.lose_created = 0
        self.events: list[dict[str, Any]] = []
        self._connections: set[socket.socket] = set()
        self.pods: dict[str, Pod] = {}
        self.deleted: list[Pod] = []
        self.most_running = 0
        self.chunk = 65536
        self.cut_after: int | None = None
        self.expire = self.expired = False
        self.exec_works = True
        self.hold_create: Any = None
        cluster = self

        class Handler(_Handler):
            pass

        Handler.cluster = cluster
        self._handler, self._port = Handler, 0
        self.start()
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Listen, where it did before."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), self._handler)
        self._server.daemon_threads = True
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def stop(self) -> None:
        """Refuse connections, and break those that there are. What runs goes on."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        for pod in list(self.pods.values()):
            self.end(pod)
        self.stop()

    def remove(self, pod: Pod) -> None:
        """Take a pod away at once, with its container."""
        if self.pods.pop(pod.name, None):
            self.deleted.append(pod)
        self.end(pod)

    @property
    def all(self) -> list[Pod]:
        """Every pod there ever was."""
        return [*self.deleted, *self.pods.values()]

    def create(self, body: dict[str, Any]) -> Pod:
        body["metadata"]["uid"] = body["metadata"]["name"]
        pod = Pod(body)
        self.pods[pod.name] = pod
        if self.unschedulable or self.waiting:
            pod.phase, pod.reason, pod.waiting = "Pending", self.unschedulable, self.waiting
            return pod
        if self.failed_first is not None:
            pod.phase, pod.failed_first, pod.waiting = "Failed", self.failed_first, {"reason": "PodInitializing"}
            return pod
        self.most_running = max(self.most_running, sum(p.code is None for p in self.pods.values()))
        program = pod.body["spec"]["containers"][0]["args"][0]
        pod.process = subprocess.Popen(
            [sys.executable, "-S", "-c", program],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={},
        )
        pumps = [
            threading.Thread(target=self._pump, args=(pod, stream), daemon=True)
            for stream in (pod.process.stdout, pod.process.stderr)
        ]
        for pump in pumps:
            pump.start()
        threading.Thread(target=self._wait, args=(pod, pumps), daemon=True).start()
        return pod

    def end(self, pod: Pod, seconds: float = 0) -> None:
        process = pod.process
        if process is None:
            return
        if process.poll() is None and seconds:
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
        if process.poll() is None:
            process.kill()
        with pod.changed:
            pod.changed.wait_for(lambda: pod.code is not None, timeout=10)

    def _pump(self, pod: Pod, stream: Any) -> None:
        for line in stream:
            with pod.changed:
                if line.startswith(b'{"status":'):
                    pod.result = line
                pod.log.append((_now(), line))
                pod.changed.notify_all()
        stream.close()

    def _wait(self, pod: Pod, pumps: list[threading.Thread]) -> None:
        assert pod.process is not None
        code = pod.process.wait()
        for pump in pumps:
            pump.join()
        with pod.changed:
            pod.code, pod.finished = (code if code >= 0 else 128 - code), _now()
            self.settle(pod)
            pod.changed.notify_all()

    def settle(self, pod: Pod) -> None:
        if pod.code is not None and not pod.sidecar:
            pod.phase = "Failed" if pod.code else "Succeeded"

    def log(self, pod: Pod, since: str, *, follow: bool) -> Iterator[bytes]:
        at = 0

        def more_or_over() -> bool:
            return at < len(pod.log) or pod.code is not None or not follow

        while True:
            with pod.changed:
                pod.changed.wait_for(more_or_over)
                found, ended = pod.log[at:], pod.code is not None or not follow
                at += len(found)
            text = b"".join(written.encode() + b" " + line for written, line in found if written >= since)
            for start in range(0, len(text), self.chunk):
                yield text[start : start + self.chunk]
            if ended:
                return


def _now(back: float = 0) -> str:
    # Nine digits, as the kubelet writes them; coarse, so that lines share a time.
    moment = datetime.now(UTC) - timedelta(seconds=back)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 10000:02d}0000000Z"


class _Handler(BaseHTTPRequestHandler):
    cluster: FakeCluster
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    def setup(self) -> None:
        super().setup()
        self.cluster._connections.add(self.connection)

    def finish(self) -> None:
        self.cluster._connections.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # the test broke the connection
            super().handle()

    def _refuse(self, code: int) -> None:
        self._answer(code, {"kind": "Status", "status": "Failure", "code": code, "message": "it is out of order"})

    def _answer(self, code: int, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.cluster.status is not None:
            self._refuse(self.cluster.status)
            return
        match [self.command, *parts.path.strip("/").split("/")]:
            case ["GET", "api", "v1", "namespaces", _, "pods"]:
                self._answer(
                    200, {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": self._list(query["labelSelector"][0])}
                )
            case ["GET", "api", "v1", "namespaces", _, "events"]:
                self._answer(200, {"kind": "EventList", "apiVersion": "v1", "metadata": {}, "items": self.cluster.events})
            case ["POST", "api", "v1", "namespaces", _, "pods"]:
                if self.cluster.hold_create:
                    self.cluster.hold_create()
                self._create(json.loads(text))
            case [method, "api", "v1", "namespaces", _, "pods", name, *verb]:
                pod = self.cluster.pods.get(name)
                if pod is None:
                    self._answer(404, {"kind": "Status", "status": "Failure", "code": 404, "message": f'pods "{name}" not found'})
                else:
                    self._pod(method, pod, verb[0] if verb else "", query, text)
            case _:
                self._answer(501, {"message": f"{self.command} {self.path}"})

    do_GET = do_POST = do_DELETE = do_PATCH = _handle

    def _create(self, body: dict[str, Any]) -> None:
        if body["metadata"]["name"] in self.cluster.pods:
            self._answer(409, {"kind": "Status", "status": "Failure", "code": 409, "reason": "AlreadyExists"})
            return
        pod = self.cluster.create(body)
        if self.cluster.lose_created:
            self.cluster.lose_created -= 1
            self._refuse(504)
            return
        self._answer(201, pod.as_json())

    def _list(self, selector: str) -> list[dict[str, Any]]:
        def fits(labels: dict[str, str]) -> bool:
            for term in selector.split(","):
                if term.startswith("!"):
                    if term[1:] in labels:
                        return False
                elif "!=" in term:
                    key, value = term.split("!=")
                    if labels.get(key) == value:
                        return False
                else:
                    key, value = term.split("=")
                    if labels.get(key) != value:
                        return False
            return True

        return [p.as_json() for p in self.cluster.pods.values() if fits(p.body["metadata"]["labels"])]

    def _pod(self, method: str, pod: Pod, verb: str, query: dict[str, list[str]], text: bytes) -> None:
        if self.cluster.expired:
            self.cluster.expired = False
            self._answer(401, {"kind": "Status", "status": "Failure", "code": 401, "message": "Unauthorized"})
            return
        match method, verb:
            case "GET", "":
                self._answer(200, pod.as_json())
            case "PATCH", "":
                pod.body["metadata"]["labels"].update(json.loads(text)["metadata"]["labels"])
                self._answer(200, pod.as_json())
            case "DELETE", "":
                wanted = query.get("gracePeriodSeconds") or [pod.body["spec"].get("terminationGracePeriodSeconds", 30)]
                pod.grace, pod.deleting = int(wanted[0]), _now()
                self._answer(200, pod.as_json())
                self.wfile.flush()
                if pod.lingers:  # meanwhile other requests are answered
                    threading.Thread(target=self._delete, args=(pod,), daemon=True).start()
                else:
                    self._delete(pod)
            case "GET", "log" | "exec":
                if verb in self.cluster.on:
                    self.cluster.on[verb](pod)
                if pod.name not in self.cluster.pods:
                    self._answer(404, {"kind": "Status", "status": "Failure", "code": 404, "message": "not found"})
                elif verb == "exec":
                    self._exec(pod, query["command"])
                elif pod.process is None or self.cluster.log_status is not None:
                    self._refuse(self.cluster.log_status or 400)  # a container that was not started has no log
                else:
                    self._log(pod, query)
            case _:
                self._answer(501, {"message": f"{method} {verb}"})

    def _delete(self, pod: Pod) -> None:
        self.cluster.end(pod, pod.grace or 0)
        time.sleep(pod.lingers)
        if self.cluster.pods.pop(pod.name, None):
            self.cluster.deleted.append(pod)

    def _log(self, pod: Pod, query: dict[str, list[str]]) -> None:
        since = _now(int(query["sinceSeconds"][0])) if "sinceSeconds" in query else ""
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        sent = 0
        if self.cluster.silent:
            self.cluster.silent -= 1
            self.wfile.flush()
            self.rfile.read(1)  # until the other side goes away
            return
        cut = self.cluster.cuts.pop(0) if self.cluster.cuts else None
        end = self.cluster.ends.pop(0) if self.cluster.ends else None
        for chunk in self.cluster.log(pod, since, follow=query.get("follow") == ["True"] or query.get("follow") == ["true"]):
            sent += len(chunk)
            if self.cluster.cut_after is not None and sent > self.cluster.cut_after:
                self.wfile.write(b"%x\r\n%b" % (len(chunk), chunk[: len(chunk) // 2]))
                self.cluster.cut_after, self.cluster.expired = None, self.cluster.expire
                self.close_connection = True
                return
            if cut is not None and sent > cut:
                self.close_connection = True
                return
            if end is not None and sent > end:
                break
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def _exec(self, pod: Pod, command: list[str]) -> None:
        if not self.cluster.exec_works:
            self._answer(403, {"kind": "Status", "status": "Failure", "code": 403, "message": "pods/exec is forbidden"})
            return
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.send_header("Sec-WebSocket-Protocol", "v4.channel.k8s.io")
        self.end_headers()
        if "-c" in command:
            self._frame(2, b"\x01" + (pod.result or b"__airflow_xcom_result_empty__\n"))
        else:
            self.rfile.read(2)  # the sidecar is told to end
            pod.sidecar = False
            self.cluster.settle(pod)
        self._frame(2, b'\x03{"metadata":{},"status":"Success"}')
        self._frame(8, b"\x03\xe8")
        self.close_connection = True

    def _frame(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        head = bytes([0x80 | opcode]) + (bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big"))
        self.wfile.write(head + payload)
        self.wfile.flush()


def until(condition: Any, seconds: float = 30) -> None:
    """Wait until something is the case."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)
