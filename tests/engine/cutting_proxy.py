"""A proxy before the Docker engine that cuts connections, and at times is away itself."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import struct
import threading
import time
from urllib.parse import urlsplit

_ABORT = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset
_AWAY = 0.5  # seconds


class CuttingProxy:
    """Serves on a free port of loopback; `url` is its address.

    So many connections are cut, each after a number of bytes that the seed chooses, in the middle of an answer as well as of a
    log. One in eight takes all others with it, and nothing answers for half a second, as where a proxy is restarted.
    """

    def __init__(self, seed: int, cuts: int, mean: int):
        """Cut after `mean` bytes on average, and a few connections at once."""
        self._random = random.Random(seed)
        self._left = cuts
        self._mean = mean
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self.cuts = self.restarts = 0
        self._listener = self._listen(0)
        self._port = self._listener.getsockname()[1]
        self.url = f"tcp://127.0.0.1:{self._port}"
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        self._left = 0
        self._listener.close()
        self._abort_all()

    def _listen(self, port: int) -> socket.socket:
        return socket.create_server(("127.0.0.1", port), reuse_port=False)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
                engine = _engine()
            except OSError:
                return
            with self._lock:
                self._open |= {client, engine}
                after = None
                if self._left > 0:
                    few = self._random.random() < 0.2
                    after = self._random.randrange(600) if few else int(self._random.expovariate(1 / self._mean))
            threading.Thread(target=self._pump, args=(client, engine, None), daemon=True).start()
            threading.Thread(target=self._pump, args=(engine, client, after), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, left: int | None) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                if left is not None and len(chunk) > left and self._may_cut():
                    target.sendall(chunk[:left])
                    self._cut(source, target)
                    return
                target.sendall(chunk)
                left = None if left is None else max(0, left - len(chunk))
        self._close(source, target)

    def _may_cut(self) -> bool:
        with self._lock:
            if self._left <= 0:
                return False
            self._left -= 1
            self.cuts += 1
            return True

    def _cut(self, source: socket.socket, target: socket.socket) -> None:
        with self._lock:
            restart, hard = self._random.random() < 0.125, self._random.random() < 0.5
        if hard:
            target.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        self._close(source, target)
        if restart:
            self._restart()

    def _restart(self) -> None:
        listener = self._listener
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        self._abort_all()
        self.restarts += 1
        time.sleep(_AWAY)
        self._listener = self._listen(self._port)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _abort_all(self) -> None:
        with self._lock:
            found = list(self._open)
        self._close(*found)

    def _close(self, *sockets: socket.socket) -> None:
        for found in sockets:
            with self._lock:
                self._open.discard(found)
            with contextlib.suppress(OSError):
                found.shutdown(socket.SHUT_RDWR)
            found.close()


def _engine() -> socket.socket:
    """Connect to the engine as DOCKER_HOST names it."""
    where = urlsplit(os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock")
    if where.scheme == "unix":
        found = socket.socket(socket.AF_UNIX)
        found.connect(where.path)
        return found
    return socket.create_connection((where.hostname or "", where.port or 2375))
