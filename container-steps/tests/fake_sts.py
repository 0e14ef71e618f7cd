"""AWS's Security Token Service as far as roles are taken: the real protocol on loopback.

A request must be signed with a key that it knows; the signature itself is not worked out again.
"""

from __future__ import annotations

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

KEY = "AKIDWORKER"


class FakeSts:
    """Serves on a free port of loopback; `url` is its address.

    roles: which roles may be taken, and for how many seconds at most. broken: the status with which all else is answered.
    asked: what was asked for, request by request.
    """

    def __init__(self) -> None:
        self.roles: dict[str, int] = {}
        self.broken: int | None = None
        self.asked: list[dict[str, str]] = []
        sts = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: Any) -> None:
                pass

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                signed = re.search(r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/[^/]+/sts/", self.headers.get("Authorization", ""))
                status, text = sts.answer(dict(parse_qsl(body)), signed.group(1) if signed else "")
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, asked: dict[str, str], key: str) -> tuple[int, str]:
        self.asked.append(asked)
        role = asked.get("RoleArn", "")
        if self.broken:
            return _error(self.broken, "InternalFailure", "later")
        if key != KEY or role not in self.roles or asked.get("Action") != "AssumeRole":
            return _error(403, "AccessDenied", f"User is not authorized to perform: sts:AssumeRole on resource: {role}")
        if int(asked["DurationSeconds"]) > self.roles[role]:
            return _error(
                400, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            )
        number = len(self.asked)
        return 200, (
            '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>'
            f"<AccessKeyId>ASIA{number}</AccessKeyId><SecretAccessKey>secret-{number}</SecretAccessKey>"
            f"<SessionToken>token-{number}</SessionToken><Expiration>2036-03-28T12:00:00Z</Expiration></Credentials>"
            f"<AssumedRoleUser><Arn>{escape(role)}</Arn><AssumedRoleId>A:B</AssumedRoleId></AssumedRoleUser></AssumeRoleResult>"
            "</AssumeRoleResponse>"
        )


def _error(status: int, code: str, message: str) -> tuple[int, str]:
    return status, (
        f'<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{escape(message)}</Message></Error></ErrorResponse>"
    )
