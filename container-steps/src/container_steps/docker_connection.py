"""How the engine is reached: connections that the machine probes while they are silent, and TLS."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docker.tls import TLSConfig
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    from docker import APIClient

# Seconds of silence before the first probe and between probes, and how many are lost before the connection is given up.
_IDLE, _INTERVAL, _COUNT = 30, 10, 6

CERTIFICATES = ("ca.pem", "cert.pem", "key.pem")
"""The files of a folder of certificates, as Docker's own client calls them: who vouches for the engine, and the client's pair."""


class Certificates(TLSConfig):
    """A folder of certificates."""

    def __init__(self, folder: str):
        authority, certificate, key = (str(Path(folder, name)) for name in CERTIFICATES)
        super().__init__(client_cert=(certificate, key), ca_cert=authority, verify=True)

    def configure_client(self, client: APIClient) -> None:
        """Extend Docker's own: a client asks for the version before anybody else can do anything with it."""
        super().configure_client(client)
        adapt(client)


def adapt(client: APIClient) -> None:
    """Let the machine notice a connection whose other end is gone without a word, as behind a firewall that forgot it."""
    if client.base_url is None or not client.base_url.startswith("http+docker:"):  # that is the socket of this machine
        for scheme in ("http://", "https://"):
            client.mount(scheme, _Adapter(client.verify))


class _Adapter(HTTPAdapter):
    def __init__(self, verify: bool | str | None):
        self._verify = verify
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        options = [
            (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
            (socket.IPPROTO_TCP, getattr(socket, "TCP_KEEPIDLE", getattr(socket, "TCP_KEEPALIVE", 0)), _IDLE),
            (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _INTERVAL),
            (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _COUNT),
        ]
        super().init_poolmanager(*args, **kwargs, socket_options=options)

    def send(self, *args: Any, **kwargs: Any) -> Any:
        # The variable REQUESTS_CA_BUNDLE would go before what the client was told of the engine.
        return super().send(*args, **(kwargs | {"verify": self._verify}))
