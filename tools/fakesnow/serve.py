"""A Snowflake stand-in for tests: fakesnow behind the driver's own HTTP protocol, with files read from any S3 server.

python serve.py --port 0 --port-file FILE [--host 127.0.0.1] [--data DIR] [--idle SECONDS]

The S3 server and its credentials are the usual AWS variables (AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_REGION). Repairs of fakesnow are in repairs.py, each with its reason.
"""

import argparse
import asyncio
import os
import pathlib
import socket
import sys
import threading
import time
from typing import Any

import duckdb
import fakesnow.server
import uvicorn
from fakesnow import info_schema, macros
from fakesnow.instance import FakeSnow

import cache
import repairs
import s3
import strict
from account import Account


class Idle:
    """Ends sessions that nobody has used for a while, as Snowflake does with a dead client's: its locks go with it."""

    def __init__(self, app: Any, seconds: float):
        self.app, self.seconds = app, seconds
        self.used: dict[str, float] = {}  # when, by a session's token
        self.watch: asyncio.Task[None] | None = None

    def look(self) -> None:
        now = time.monotonic()
        sessions = fakesnow.server.sessions
        for token in [t for t in sessions if now - self.used.setdefault(t, now) > self.seconds]:
            if getattr(getattr(sessions[token], "strict", None), "busy", 0):
                continue  # a statement runs, or waits for a lock
            connection = sessions[token]
            del sessions[token]
            connection.close()  # DuckDB rolls back

    async def look_often(self) -> None:
        """Look also while nobody asks for anything: those who wait for a dead session's lock do not."""
        while True:
            await asyncio.sleep(min(1.0, self.seconds / 4))
            self.look()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.watch = self.watch or asyncio.create_task(self.look_often())
            said = dict(scope["headers"]).get(b"authorization", b"").decode()
            self.used[said[17:-1]] = time.monotonic()  # Snowflake Token="…"
        await self.app(scope, receive, send)


def attach_all(con: duckdb.DuckDBPyConnection, folder: pathlib.Path) -> None:
    """Open the databases of an earlier run; fakesnow itself only opens the one that a login names."""
    for file in sorted(folder.glob("*.db")):
        con.execute(f"ATTACH DATABASE '{file}' AS {file.stem}")
        con.execute(info_schema.per_db_creation_sql(file.stem))
        con.execute(macros.creation_sql(file.stem))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=8084, help="0 takes a free one")
    options.add_argument("--port-file", type=pathlib.Path, help="where to write the port once it listens")
    options.add_argument("--data", type=pathlib.Path, help="folder of the databases; without it they live in memory")
    options.add_argument("--idle", type=float, default=240, help="seconds after which an unused session ends")
    options.add_argument("--while-stdin", action="store_true", help="end when stdin does")
    options.add_argument("--memory", default="2GB", help="DuckDB's memory limit")
    options.add_argument("--strict", default="", help=f"switches that are on, by commas, or all: {', '.join(strict.SWITCHES)}")
    options.add_argument("--account", type=pathlib.Path, help="the script that prepares the account, for rights and signin")
    options.add_argument(
        "--lock-seconds", type=float, default=43200, help="no wait for a lock is longer, whatever LOCK_TIMEOUT says"
    )
    options.add_argument("--patience", type=float, default=45, help="seconds until a statement's client is told to ask again")
    o = options.parse_args()
    if o.while_stdin:
        threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()

    if o.data:
        o.data.mkdir(parents=True, exist_ok=True)
    snow = FakeSnow(db_path=o.data)
    con = snow.duck_conn
    con.execute("SET autoinstall_known_extensions = false")  # nothing is downloaded
    con.execute("SET autoload_known_extensions = false")
    con.execute(f"SET GLOBAL memory_limit = '{o.memory}'")
    if o.data:
        con.execute(f"SET GLOBAL temp_directory = '{o.data}/tmp'")
        attach_all(con, o.data)
    files = s3.FileSystem()
    con.register_filesystem(files)
    repairs.apply(con)
    cache.apply()
    fakesnow.server.shared_fs = snow
    app = fakesnow.server.app
    if o.strict:
        on = set(strict.SWITCHES) if o.strict == "all" else set(o.strict.split(","))
        account = Account(o.account.read_text()) if o.account else None
        switches = strict.Strict(on, con, account, files.whole, o.lock_seconds, o.patience)
        switches.patch()
        app = switches.app()

    listener = socket.create_server((o.host, o.port), backlog=64)
    # asyncio sets this for sockets that it makes itself. Without it an answer's second segment waits 40 ms for the client.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if o.port_file:
        written = o.port_file.with_suffix(".new")
        written.write_text(str(listener.getsockname()[1]))
        os.replace(written, o.port_file)
    config = uvicorn.Config(Idle(app, o.idle), log_level="warning")
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


if __name__ == "__main__":
    main()
