"""Opens whichever warehouse COVERS_WAREHOUSE names and asks it: the same SQL on DuckDB and on Snowflake."""

import os
import urllib.parse
from typing import Any

import pandas


class Warehouse:
    def __init__(self, name: str, connection: Any):
        self.name, self._connection = name, connection

    def ask(self, sql: str) -> pandas.DataFrame:
        """Return the answer as a table, with the columns' names in lower case. Amounts stay decimal numbers."""
        cursor = self._connection.cursor()
        cursor.execute(sql)
        names = [d[0].lower() for d in cursor.description]
        return pandas.DataFrame(cursor.fetchall(), columns=names)


def _snowflake(url: urllib.parse.SplitResult) -> Any:
    import snowflake.connector

    query = dict(urllib.parse.parse_qsl(url.query))
    database, _, schema = url.path.strip("/").partition("/")
    user = urllib.parse.unquote(url.username or "")
    if not (user and database and schema):
        raise SystemExit(
            "COVERS_WAREHOUSE: want snowflake://USER@ORGANIZATION-ACCOUNT/COVERS/MAIN?warehouse=COVERS_BI_WH&role=COVERS_ANALYST"
        )
    settings: dict[str, str | int] = {k: query[k] for k in ("warehouse", "role", "host", "protocol") if k in query}
    if "port" in query:
        settings["port"] = int(query["port"])
    environment = {
        name: os.environ.get(f"COVERS_SNOWFLAKE_{name}") for name in ("PRIVATE_KEY_FILE", "PRIVATE_KEY_PASSPHRASE", "PASSWORD")
    }
    if environment["PRIVATE_KEY_FILE"]:
        settings |= {"authenticator": "SNOWFLAKE_JWT", "private_key_file": environment["PRIVATE_KEY_FILE"]}
        if environment["PRIVATE_KEY_PASSPHRASE"]:
            settings["private_key_file_pwd"] = environment["PRIVATE_KEY_PASSPHRASE"]
    elif environment["PASSWORD"]:
        settings["password"] = environment["PASSWORD"]
    else:
        settings["authenticator"] = "externalbrowser"  # signs in where the browser does
    account = url.netloc.rpartition("@")[2]
    return snowflake.connector.connect(account=account, user=user, database=database, schema=schema, login_timeout=60, **settings)


def connect() -> Warehouse:
    """Open the warehouse of COVERS_WAREHOUSE, to read from."""
    url = urllib.parse.urlsplit(os.environ.get("COVERS_WAREHOUSE", ""))
    if url.scheme == "duckdb":
        import duckdb

        path = urllib.parse.unquote(url.path)
        if not os.path.isfile(path):
            raise SystemExit(f"COVERS_WAREHOUSE: {path} is not there; run make demo first")
        return Warehouse("DuckDB", duckdb.connect(path, read_only=True))
    if url.scheme == "snowflake":
        if url.password is not None:
            raise SystemExit("COVERS_WAREHOUSE holds a password: put it into COVERS_SNOWFLAKE_PASSWORD")
        return Warehouse("Snowflake", _snowflake(url))
    raise SystemExit("COVERS_WAREHOUSE is not set: write duckdb:///path/to/covers.duckdb or snowflake://USER@ACCOUNT/COVERS/MAIN")
