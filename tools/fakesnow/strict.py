"""The strict stand-in: what Snowflake's documentation promises and fakesnow does not, as switches.

Each switch is a module that names its page. This one puts them around fakesnow: around each statement, around signing in, and
around the end of a session.
"""

import gzip
import json
import pathlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import fakesnow.copy_into
import fakesnow.cursor
import fakesnow.server
from sqlglot.errors import ParseError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import parameters
import parquet
import signin
import statement
from account import Account, User
from locks import Locks
from once import Once
from reads import Reads
from rights import Made, Rights
from session import Session
from statement import Kind
from transactions import Transactions

SWITCHES = ("rights", "signin", "reads", "ddl", "errors", "locks", "once", "parquet", "parameters")
NEED_ACCOUNT = {"rights", "signin"}
SUCCESS = "SELECT 'Statement executed successfully.' AS status"


def local_file(url: str) -> bytes:
    return pathlib.Path(url.removeprefix("file://")).read_bytes()


class Sessions(dict[str, Any]):
    """fakesnow's connections by token. One that goes ends its session, or is ended once its statement has."""

    def __init__(self, strict: "Strict"):
        super().__init__()
        self.strict = strict

    def __delitem__(self, token: str) -> None:
        connection = self[token]
        super().__delitem__(token)
        self.strict.end(connection)


class Strict:
    """The switches that are on, and what they know."""

    def __init__(
        self,
        on: set[str],
        connection: Any,
        account: Account | None = None,
        read_file: Callable[[str], bytes] = local_file,
        longest_wait: float = 43200,
        patience: float = 45,
    ):
        if unknown := on - set(SWITCHES):
            raise ValueError(f"no such switch: {', '.join(sorted(unknown))}; there are {', '.join(SWITCHES)}")
        if on & NEED_ACCOUNT and account is None:
            raise ValueError(f"{', '.join(sorted(on & NEED_ACCOUNT))}: name the account's script")
        self.on, self.account, self.made = on, account, Made()
        self.rights = Rights(account, self.made) if account and "rights" in on else None
        self.reads = Reads(connection) if "reads" in on else None
        self.locks = Locks(longest_wait) if "locks" in on else None
        self.transactions = Transactions(self.locks, self.reads, "ddl" in on, "errors" in on)
        self.read_file, self.patience = read_file, patience
        self.lock = threading.Lock()

    # Around a statement.

    @contextmanager
    def running(self, session: Session) -> Iterator[None]:
        session.cancelled.clear()
        with self.lock:
            session.busy += 1
        try:
            yield
        finally:
            with self.lock:
                session.busy -= 1
                over = session.ended and not session.busy
            if over:
                self.close(session)

    def execute(self, session: Session, sql: str, plain: Any) -> Any:
        try:
            s = statement.read(sql)
        except ParseError:
            return plain(sql)  # and so is refused
        with self.running(session):
            if s.kind is Kind.SESSION and "parameters" in self.on:
                parameters.alter(session, s)
                return plain(sql if "AUTOCOMMIT" in sql.upper() else SUCCESS)
            if self.rights:
                self.rights.check(session, s)
            out = self.transactions.run(session, s, plain)
            session.note(s)
            self.made.note(session, s)
            if self.reads:
                self.reads.note(session, s)
            return out

    def patch(self) -> None:
        """Put the switches into fakesnow."""
        plain = fakesnow.cursor.FakeSnowflakeCursor.execute

        def execute(cursor: Any, command: str, params: Any = None, *args: Any, **kwargs: Any) -> Any:
            session = getattr(cursor._conn, "strict", None)
            if session is None or not kwargs.get("server"):
                return plain(cursor, command, params, *args, **kwargs)
            return self.execute(session, command, lambda sql: plain(cursor, sql, params, *args, **kwargs))

        fakesnow.cursor.FakeSnowflakeCursor.execute = execute
        if "parquet" in self.on:
            inserts = fakesnow.copy_into._inserts

            def checked(copy: Any, of: Any, urls: list[str], info: Any = None) -> Any:
                for url in urls:
                    parquet.check(url, self.read_file(url))
                return inserts(copy, of, urls, info)

            fakesnow.copy_into._inserts = checked

    # Around a session.

    def begin(self, connection: Any, session: Session) -> None:
        connection.strict = session
        if self.reads:
            self.reads.begin(session)

    def cancel(self, session: Session) -> None:
        session.cancelled.set()
        if session.busy:
            session.connection._duck_conn.interrupt()

    def end(self, connection: Any) -> None:
        session: Session = connection.strict
        with self.lock:
            session.ended = True
            busy = session.busy
        if busy:
            self.cancel(session)
        else:
            self.close(session)

    def close(self, session: Session) -> None:
        session.connection.close()  # DuckDB rolls back
        self.transactions.end(session)

    # Around the protocol.

    async def login(self, request: Request) -> Response:
        body = await request.body()
        data = json.loads(gzip.decompress(body) if request.headers.get("Content-Encoding") == "gzip" else body)["data"]
        said = data.get("SESSION_PARAMETERS") or {}
        try:
            session = self.sign_in(data, request.query_params)
            if "parameters" in self.on:
                for name, value in said.items():
                    parameters.check(name, value)
        except signin.RefusedError as e:
            return refused(f"{e.number:06d}", e.text)
        except fakesnow.cursor.snowflake.connector.errors.ProgrammingError as e:
            return refused(f"{e.errno:06d}", str(e.msg))
        answer = await fakesnow.server.login_request(request)
        session.connection = fakesnow.server.sessions[json.loads(bytes(answer.body))["data"]["token"]]
        session.parameters = {n.upper(): v for n, v in said.items()}
        self.begin(session.connection, session)
        return answer

    def sign_in(self, data: dict[str, Any], asked: Any) -> Session:
        """Say who signs in, and as what: the role, the warehouse and the place that were asked for, if they may."""
        role, warehouse = str(asked.get("roleName", "")).upper(), str(asked.get("warehouse", "")).upper()
        if self.account is None:
            return Session(None, str(data.get("LOGIN_NAME", "")).upper(), role, warehouse)
        if "signin" in self.on:
            name, user = signin.sign_in(self.account, data)
        else:
            name = str(data.get("LOGIN_NAME", "")).upper()
            user = self.account.users.setdefault(name, User())
        role, warehouse = role or user.default_role, warehouse or user.default_warehouse
        session = Session(None, name, role, warehouse, str(data.get("ACCOUNT_NAME", "")).upper())
        if self.rights is None:
            return session
        if role not in self.rights.may_use(name) | {"PUBLIC"}:
            raise signin.RefusedError(
                390189,
                f"Role '{role}' specified in the connect string does not exist or not authorized. Contact your local system"
                " administrator, or attempt to login with another role, e.g. PUBLIC.",
            )
        database, schema = (str(asked.get(n) or "").upper() for n in ("databaseName", "schemaName"))
        for kind, object_name in (("WAREHOUSE", (warehouse,)), ("DATABASE", (database,)), ("SCHEMA", (database, schema))):
            if object_name[-1] and self.rights.missing(role, kind, object_name):
                raise signin.RefusedError(390201, f"The requested {kind.lower()} does not exist or not authorized.")
        return session

    async def abort(self, request: Request) -> Response:
        """Cancel what runs in the session that asks: a driver aborts its own statement."""
        connection = fakesnow.server.sessions.get(fakesnow.server.to_token(request))
        if connection is not None:
            await run_in_threadpool(self.cancel, connection.strict)
        return JSONResponse({"success": True, "data": None})

    def app(self) -> Starlette:
        """Return the server's application with the switches in it, in place of fakesnow's."""
        fakesnow.server.sessions = Sessions(self)
        once = Once(fakesnow.server.query_request, self.patience)
        query = once.query if "once" in self.on else fakesnow.server.query_request
        return Starlette(
            routes=[
                Route("/session/v1/login-request", self.login, methods=["POST"]),
                Route("/queries/v1/query-request", query, methods=["POST"]),
                Route("/queries/v1/abort-request", self.abort, methods=["POST"]),
                Route("/queries/{id}/result", once.result, methods=["GET"]),
                *fakesnow.server.routes,
            ]
        )


def refused(code: str, text: str) -> JSONResponse:
    return JSONResponse({"success": False, "code": code, "message": text, "data": {"nextAction": "RETRY_LOGIN"}})
