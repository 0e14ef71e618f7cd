"""The two streams of a container as a Docker engine sends them: in frames, each of one stream.

Docker's own client ends an iteration over them without a word where the connection breaks, waits for ever where it goes silent,
and joins the two. Here a break is an exception, and whoever reads hears of silence.
"""

from __future__ import annotations

import select
import struct
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import requests
from docker.errors import create_api_error_from_http_exception
from urllib3.exceptions import ProtocolError

if TYPE_CHECKING:
    from docker import APIClient

STDOUT, STDERR = 1, 2

Frame = tuple[int, bytes]
"""Which stream, and what was written to it."""

_HEADER = struct.Struct(">BxxxL")  # the stream, and how many bytes follow
_CHUNK = 1 << 16


class Attached:
    """The streams of a container that its client is attached to. Nothing piles up: a container waits for who is attached."""

    def __init__(self, cli: APIClient, container: str):
        """Attach to a container that has not started yet; one that has ended would never send its end."""
        self._socket: Any = cli.attach_socket(container, params={"stdout": 1, "stderr": 1, "stream": 1})

    def read(self, seconds: float) -> bytes | None:
        """Return what came next, b"" at the end, or None where nothing comes for so long."""
        decrypted = getattr(self._socket, "pending", None)  # of TLS: such bytes do not show at the socket
        if decrypted is None or not decrypted():
            poll = select.poll()
            poll.register(self._socket, select.POLLIN)
            if not poll.poll(seconds * 1000):
                return None
        receive = getattr(self._socket, "recv", None) or self._socket.read
        chunk: bytes | None = receive(_CHUNK)
        return chunk


def kept(cli: APIClient, container: str, silence: float, **params: Any) -> Iterator[bytes]:
    """Return what the engine has kept of both streams, each entry in a frame of its own behind the time it was written.

    Params are the engine's own: follow, since, tail. Where nothing comes for `silence` seconds, the read times out.
    """
    url = f"{cli.base_url}/v{cli.api_version}/containers/{container}/logs"
    asked = {"stdout": 1, "stderr": 1, "timestamps": 1, **params}
    with cli.get(url, params=asked, stream=True, timeout=(cli.timeout, silence)) as response:
        try:
            response.raise_for_status()
        except requests.HTTPError as e:
            create_api_error_from_http_exception(e)
        # A header that is cut off is one to Python's library, with a body that goes on for as long as the connection does.
        if not {"Transfer-Encoding", "Content-Length"} & response.headers.keys():
            raise ProtocolError("the engine's answer ended within its header")
        yield from response.raw.stream(_CHUNK, decode_content=True)


class Frames:
    """Cuts what comes in chunks of any size into frames."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> Iterator[Frame]:
        """Return the frames that end in chunk."""
        self._rest += chunk
        at = 0
        try:
            while at + _HEADER.size <= len(self._rest):
                kind, length = _HEADER.unpack_from(self._rest, at)
                end = at + _HEADER.size + length
                if end > len(self._rest):
                    break
                frame = (kind, bytes(self._rest[at + _HEADER.size : end]))
                at = end
                yield frame
        finally:
            del self._rest[:at]

    @property
    def within(self) -> bool:
        """Whether what came ends in the middle of a frame."""
        return bool(self._rest)


def frames(chunks: Iterable[bytes]) -> Iterator[Frame]:
    """Return the frames of chunks; ProtocolError where they end within one."""
    cut = Frames()
    for chunk in chunks:
        yield from cut.feed(chunk)
    if cut.within:
        raise ProtocolError("the engine's answer ended within a frame")
