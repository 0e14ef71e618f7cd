"""Each switch bites: a client that does not care gets away without it, and is refused or sees another state with it."""

import asyncio
import base64
import io
import json
import pathlib
import tempfile
import threading
import time
import unittest
from typing import Any

import fakesnow.copy_into
import fakesnow.cursor
import jwt
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fakesnow.instance import FakeSnow
from snowflake.connector.errors import ProgrammingError
from starlette.requests import Request
from starlette.responses import Response

import parameters
import parquet
import repairs
import signin
import test_repairs
from account import Account
from once import Once
from session import Session
from strict import SWITCHES, Strict

SNOWFLAKE = pathlib.Path(__file__).parents[2] / "snowflake"
SCRIPT = """
USE ROLE USERADMIN;
CREATE ROLE IF NOT EXISTS OWNER; CREATE ROLE IF NOT EXISTS LOADER; CREATE ROLE IF NOT EXISTS READER;
CREATE USER IF NOT EXISTS L TYPE = SERVICE RSA_PUBLIC_KEY = 'KEY' DEFAULT_ROLE = LOADER DEFAULT_WAREHOUSE = WH;
GRANT ROLE LOADER TO USER L; GRANT ROLE OWNER TO ROLE SYSADMIN;
CREATE WAREHOUSE IF NOT EXISTS WH WAREHOUSE_SIZE = XSMALL;
GRANT USAGE ON WAREHOUSE WH TO ROLE OWNER; GRANT USAGE ON WAREHOUSE WH TO ROLE LOADER;
CREATE DATABASE IF NOT EXISTS P; CREATE SCHEMA IF NOT EXISTS P.S WITH MANAGED ACCESS;
GRANT USAGE ON DATABASE P TO ROLE OWNER; GRANT USAGE ON SCHEMA P.S TO ROLE OWNER;
GRANT USAGE ON DATABASE P TO ROLE LOADER; GRANT USAGE ON SCHEMA P.S TO ROLE LOADER;
GRANT USAGE ON DATABASE P TO ROLE READER; GRANT USAGE ON SCHEMA P.S TO ROLE READER;
GRANT CREATE TABLE ON SCHEMA P.S TO ROLE OWNER; GRANT CREATE VIEW ON SCHEMA P.S TO ROLE OWNER;
GRANT SELECT, INSERT ON FUTURE TABLES IN SCHEMA P.S TO ROLE LOADER;
GRANT UPDATE, DELETE ON TABLE P.S.DAYS TO ROLE LOADER;
GRANT SELECT ON FUTURE VIEWS IN SCHEMA P.S TO ROLE READER;
"""


class Switched(unittest.TestCase):
    """Sessions of a stand-in with some of the switches on."""

    def setUp(self) -> None:
        for owner, name in (*test_repairs.PATCHED, (fakesnow.cursor.FakeSnowflakeCursor, "execute")):
            self.addCleanup(setattr, owner, name, getattr(owner, name))
        self.snow = FakeSnow()
        repairs.apply(self.snow.duck_conn)

    def again(self) -> None:
        self.doCleanups()
        self.setUp()

    def switch(self, *on: str, script: str | None = None) -> None:
        self.strict = Strict(set(on), self.snow.duck_conn, Account(script) if script else None, longest_wait=0.5)
        self.strict.patch()

    def session(self, role: str = "", warehouse: str = "WH", database: str = "D") -> Any:
        connection = self.snow.connect(database, "S")
        self.strict.begin(connection, Session(connection, "L", role, warehouse))
        return connection

    def ask(self, session: Any, sql: str) -> list[Any]:
        cursor = session.cursor()
        cursor.execute(sql, server=True)
        return [tuple(r) if len(r) > 1 else r[0] for r in cursor.fetchall()]

    def refused(self, number: int, session: Any, sql: str) -> None:
        with self.assertRaises(ProgrammingError) as e:
            self.ask(session, sql)
        self.assertEqual(e.exception.errno, number, f"{sql}: {e.exception.msg}")

    def runs(self, session: Any, *sqls: str) -> None:
        for sql in sqls:
            self.ask(session, sql)


class Rights(Switched):
    def test_each_role_may_what_was_granted(self) -> None:
        self.switch("rights", script=SCRIPT)
        owner, loader, reader = (self.session(r) for r in ("OWNER", "LOADER", "READER"))
        self.runs(owner, "CREATE TABLE days (a INT)", "CREATE TABLE other (a INT)", "CREATE VIEW v AS SELECT a FROM days")
        self.runs(loader, "INSERT INTO days SELECT 1", "UPDATE days SET a = 2", "SELECT a FROM other", "DELETE FROM days")
        # Temporary ones need no right, and hide a permanent one of their name.
        self.runs(loader, "CREATE TEMPORARY TABLE mine AS SELECT a FROM days", "UPDATE mine SET a = 1", "DROP TABLE mine")
        self.runs(loader, "CREATE TEMPORARY TABLE other (a INT)", "UPDATE other SET a = 1")
        for number, session, sql in (
            (3001, loader, "CREATE TABLE more (a INT)"),
            (3001, loader, "DROP TABLE days"),
            (3001, loader, "ALTER TABLE days ADD COLUMN b INT"),
            (3001, loader, "TRUNCATE TABLE days"),
            (3001, self.session("LOADER"), "UPDATE other SET a = 1"),
            (2003, loader, "SELECT a FROM v"),
            (2003, loader, "CREATE TEMPORARY TABLE copied AS SELECT a FROM v"),
            (606, reader, "SELECT a FROM v"),
            (2003, reader, "SELECT a FROM days"),
            (2003, reader, "DELETE FROM days"),
            (2043, self.session("PUBLIC"), "SELECT a FROM days"),
            (3013, loader, "USE ROLE OWNER"),
        ):
            with self.subTest(sql):
                self.refused(number, session, sql)

    def test_without_it_everybody_may_everything(self) -> None:
        self.switch("locks")
        nobody = self.session("NOBODY", "")
        self.runs(nobody, "CREATE TABLE days (a INT)", "DROP TABLE days")

    def test_what_is_revoked(self) -> None:
        account = Account(SCRIPT + "REVOKE INSERT ON FUTURE TABLES IN SCHEMA P.S FROM ROLE LOADER;")
        self.assertTrue(account.has("LOADER", "SELECT", "TABLE", ("P", "S", "ANY")))
        self.assertFalse(account.has("LOADER", "INSERT", "TABLE", ("P", "S", "ANY")))

    def test_an_unknown_grant_is_not_passed_over(self) -> None:
        with self.assertRaises(ValueError):
            Account(SCRIPT + "GRANT EVERYTHING ON EVERYTHING TO EVERYBODY;")

    def test_bootstrap_is_understood(self) -> None:
        account = Account("\n".join((SNOWFLAKE / n).read_text() for n in ("bootstrap.sql", "grants.sql")))
        self.assertEqual(account.prepared, "COVERS")
        self.assertTrue(account.has("COVERS_OWNER", "CREATE TABLE", "SCHEMA", ("COVERS", "MAIN")))
        self.assertTrue(account.has("COVERS_LOADER", "INSERT", "TABLE", ("COVERS", "MAIN", "LOADS")))
        self.assertTrue(account.has("COVERS_LOADER", "USAGE", "STAGE", ("COVERS", "EXTERNAL", "PROCESSED")))
        self.assertFalse(account.has("COVERS_LOADER", "USAGE", "INTEGRATION", ("COVERS_S3",)))
        self.assertFalse(account.has("COVERS_ANALYST", "SELECT", "TABLE", ("COVERS", "MAIN", "LOADS")))


class Transactions(Switched):
    def test_ddl_ends_a_transaction(self) -> None:
        for on, left in ((("ddl", "errors"), [1]), (("errors",), [])):
            with self.subTest(on):
                self.again()
                self.switch(*on)
                s = self.session()
                self.runs(s, "CREATE TABLE t (a INT)", "CREATE TABLE u (a INT)")
                self.runs(s, "BEGIN", "INSERT INTO t SELECT 1", "DROP TABLE u", "ROLLBACK")
                self.assertEqual(self.ask(s, "SELECT a FROM t"), left)

    def test_an_error_ends_its_statement_alone(self) -> None:
        def half(session: Any) -> list[Any]:
            self.runs(session, "CREATE TABLE t (a INT)", "BEGIN", "INSERT INTO t SELECT 1")
            with self.assertRaises(ProgrammingError):
                self.ask(session, "INSERT INTO t SELECT CAST('x' || a AS INT) FROM t")
            self.runs(session, "INSERT INTO t SELECT 2", "COMMIT")
            return self.ask(session, "SELECT a FROM t ORDER BY a")

        self.switch("errors")
        self.assertEqual(half(self.session()), [1, 2])
        self.again()
        self.switch("ddl")
        with self.assertRaises(ProgrammingError):
            half(self.session())


class Locks(Switched):
    def gate(self) -> tuple[Any, Any]:
        one, two = self.session(), self.session()
        self.runs(one, "CREATE TABLE gate AS SELECT 0 AS n", "CREATE TABLE log (a INT)")
        self.runs(one, "BEGIN", "UPDATE gate SET n = n + 1")
        self.runs(two, "BEGIN")
        return one, two

    def test_a_lock_is_waited_for(self) -> None:
        self.switch("locks", "errors")
        one, two = self.gate()
        self.runs(two, "INSERT INTO log SELECT 1")  # which waits for nobody
        commit = threading.Timer(0.2, lambda: self.ask(one, "COMMIT"))
        commit.start()
        self.runs(two, "UPDATE gate SET n = n + 1", "COMMIT")
        commit.join()
        self.assertEqual(self.ask(one, "SELECT n, (SELECT COUNT(*) FROM log) FROM gate"), [(2, 1)])

    def test_and_given_up_after_lock_timeout(self) -> None:
        self.switch("locks")
        _, two = self.gate()
        began = time.monotonic()
        self.refused(625, two, "UPDATE gate SET n = n + 1")
        self.assertGreater(time.monotonic() - began, 0.4)

    def test_without_it_a_lock_is_told_at_once(self) -> None:
        self.switch("errors")
        _, two = self.gate()
        self.refused(625, two, "UPDATE gate SET n = n + 1")

    def test_a_dead_session_lets_go(self) -> None:
        self.switch("locks", "errors")
        one, two = self.gate()
        self.strict.end(one)
        self.runs(two, "UPDATE gate SET n = n + 1", "COMMIT")
        self.assertEqual(self.ask(two, "SELECT n FROM gate"), [1])


class Reads(Switched):
    def sessions(self) -> tuple[Any, Any]:
        """Return two sessions, the first with a change that it commits while the second is there."""
        one, two = self.session(), self.session()
        self.runs(
            one, "CREATE TABLE loads (a INT)", "CREATE VIEW last AS SELECT MAX(a) AS a FROM loads", "CREATE TABLE gate (n INT)"
        )
        self.runs(one, "INSERT INTO gate SELECT 0")
        self.strict.end(two)
        two = self.session()
        self.runs(one, "BEGIN", "UPDATE gate SET n = n + 1", "INSERT INTO loads SELECT 1", "COMMIT")
        return one, two

    def test_an_earlier_session_may_see_an_older_state(self) -> None:
        self.switch("reads", "locks", "errors")
        one, two = self.sessions()
        self.assertEqual(self.ask(two, "SELECT COUNT(*) FROM loads"), [0])
        self.assertEqual(self.ask(two, "SELECT a FROM last"), [None])
        self.assertEqual(self.ask(one, "SELECT COUNT(*) FROM loads"), [1])
        self.assertEqual(self.ask(self.session(), "SELECT COUNT(*) FROM loads"), [1])  # it began later

    def test_what_it_writes_itself_it_sees_as_it_is(self) -> None:
        self.switch("reads", "locks", "errors")
        _, two = self.sessions()
        self.runs(two, "CREATE TEMPORARY TABLE taking AS SELECT 1 AS a", "BEGIN", "UPDATE gate SET n = n + 1")
        self.assertEqual(self.ask(two, "SELECT n FROM gate"), [2])
        # The gate does not bring the rest up to date: this is what `passed` has to be held against.
        self.runs(two, "DELETE FROM taking WHERE a IN (SELECT loads.a FROM loads)")
        self.assertEqual(self.ask(two, "SELECT COUNT(*) FROM taking"), [1])
        self.runs(two, "COMMIT")
        self.assertEqual(self.ask(two, "SELECT COUNT(*) FROM loads"), [1])

    def test_without_it_nobody_sees_an_older_state(self) -> None:
        self.switch("locks", "errors")
        _, two = self.sessions()
        self.assertEqual(self.ask(two, "SELECT COUNT(*) FROM loads"), [1])


class Parquet(unittest.TestCase):
    def written(self, **options: Any) -> str:
        file = io.BytesIO()
        rows = {"a": list(range(1000)), "b": [f"{n:040}" for n in range(1000)]}
        pq.write_table(pa.table(rows), file, **options)
        return parquet.unsupported(file.getvalue())

    def test_only_version_1(self) -> None:
        self.assertEqual(self.written(compression="zstd"), "")
        self.assertEqual(self.written(use_dictionary=False), "")
        self.assertIn("pages of version 2", self.written(data_page_version="2.0"))
        self.assertIn("DELTA_BINARY_PACKED", self.written(use_dictionary=False, column_encoding={"a": "DELTA_BINARY_PACKED"}))
        self.assertIn("DELTA_LENGTH", self.written(use_dictionary=False, column_encoding={"b": "DELTA_LENGTH_BYTE_ARRAY"}))


class ParquetInCopy(Switched):
    def copy(self) -> list[Any]:
        folder = pathlib.Path(tempfile.mkdtemp())
        pq.write_table(pa.table({"a": [1]}), folder / "one.parquet", data_page_version="2.0")
        s = self.session()
        self.runs(s, "CREATE TABLE t (a BIGINT)", f"CREATE TEMPORARY STAGE zone URL = 'file://{folder}/' STORAGE_INTEGRATION = X")
        self.runs(
            s, "COPY INTO t (a) FROM (SELECT $1:a::BIGINT FROM @zone) FILES = ('one.parquet') FILE_FORMAT = (TYPE = PARQUET)"
        )
        return self.ask(s, "SELECT a FROM t")

    def test_copy_refuses_version_2(self) -> None:
        self.switch("locks")
        self.assertEqual(self.copy(), [1])
        self.again()
        self.switch("parquet")
        with self.assertRaises(ProgrammingError) as e:
            self.copy()
        self.assertEqual(e.exception.errno, 100152)


class Parameters(Switched):
    def test_names_and_ranges_are_checked(self) -> None:
        for name, value in (("TIMEZONE", "UTC"), ("LOCK_TIMEOUT", "420"), ("AUTOCOMMIT", True), ("client_result_chunk_size", 16)):
            parameters.check(name, value)
        for number, name, value in (
            (1006, "LOCK_TIME_OUT", "420"),
            (1008, "LOCK_TIMEOUT", "soon"),
            (1008, "TIMEZONE", "Mars/Olympus"),
            (1008, "CLIENT_RESULT_CHUNK_SIZE", "8"),
            (1008, "STATEMENT_TIMEOUT_IN_SECONDS", "604801"),
            (1008, "QUERY_TAG", "x" * 2001),
        ):
            with self.subTest(name), self.assertRaises(ProgrammingError) as e:
                parameters.check(name, value)
            self.assertEqual(e.exception.errno, number)

    def test_alter_session(self) -> None:
        self.switch("parameters", "locks")
        s = self.session()
        self.runs(s, "ALTER SESSION SET LOCK_TIMEOUT = 7", "ALTER SESSION SET QUERY_TAG = 'x'", "ALTER SESSION UNSET QUERY_TAG")
        self.assertEqual(s.strict.parameters, {"LOCK_TIMEOUT": "7"})
        self.refused(1006, s, "ALTER SESSION SET NO_SUCH = 1")
        self.refused(1008, s, "ALTER SESSION SET LOCK_TIMEOUT = 'x'")


class SignIn(unittest.TestCase):
    def setUp(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        public = self.key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.public = base64.b64encode(public).decode()
        self.account = Account(SCRIPT.replace("'KEY'", f"'{self.public}'"))

    def token(self, key: rsa.RSAPrivateKey, of: str, fingerprint: str = "", expires: float = 60) -> dict[str, str]:
        now = time.time()
        said = {"sub": f"ORG-ACCOUNT.{of}", "iss": f"ORG-ACCOUNT.{of}.{fingerprint or signin.fingerprint(self.public)}"}
        token = jwt.encode({**said, "iat": int(now), "exp": int(now + expires)}, key, algorithm="RS256")
        return {"ACCOUNT_NAME": "org-account", "AUTHENTICATOR": "SNOWFLAKE_JWT", "TOKEN": token}

    def test_with_the_registered_key(self) -> None:
        name, user = signin.sign_in(self.account, self.token(self.key, "L"))
        self.assertEqual((name, user.default_role), ("L", "LOADER"))

    def test_refused(self) -> None:
        other = rsa.generate_private_key(65537, 2048)
        for number, data in (
            (390144, self.token(other, "L")),
            (390144, self.token(self.key, "L", fingerprint="SHA256:x")),
            (390144, self.token(self.key, "L", expires=-1)),
            (390144, self.token(self.key, "NOBODY")),
            (390144, {**self.token(self.key, "L"), "ACCOUNT_NAME": "another"}),
            (390144, {"AUTHENTICATOR": "SNOWFLAKE_JWT", "TOKEN": "x"}),
            (390100, {"LOGIN_NAME": "L", "PASSWORD": "any"}),
            (390100, {"LOGIN_NAME": "NOBODY", "PASSWORD": "any"}),
        ):
            with self.subTest(data), self.assertRaises(signin.RefusedError) as e:
                signin.sign_in(self.account, data)
            self.assertEqual(e.exception.number, number)

    def test_as_what(self) -> None:
        strict = Strict({"rights", "signin"}, None, self.account)
        session = strict.sign_in(self.token(self.key, "L"), {"databaseName": "D", "schemaName": "S"})
        self.assertEqual((session.user, session.role, session.warehouse), ("L", "LOADER", "WH"))
        for number, asked in (
            (390189, {"roleName": "OWNER"}),
            (390201, {"warehouse": "OTHER"}),
            (390201, {"databaseName": "D", "schemaName": "ELSEWHERE"}),
        ):
            with self.subTest(asked), self.assertRaises(signin.RefusedError) as e:
                strict.sign_in(self.token(self.key, "L"), asked)
            self.assertEqual(e.exception.number, number)


def request(asked: str) -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [],
        "query_string": f"requestId={asked}".encode(),
    }
    scope["path_params"] = {"id": asked}
    return Request(scope, receive)


class OnceMore(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.executed = 0
        self.go = asyncio.Event()

    async def execute(self, _: Request) -> Response:
        self.executed += 1
        await self.go.wait()
        return Response(str(self.executed).encode())

    async def test_the_first_answer_is_given_again(self) -> None:
        once = Once(self.execute, 60)
        both = asyncio.gather(once.query(request("a")), once.query(request("a")))
        await asyncio.sleep(0)
        self.go.set()
        said = [bytes(r.body) for r in [*await both, await once.query(request("a")), await once.query(request("b"))]]
        self.assertEqual(said, [b"1", b"1", b"1", b"2"])

    async def test_in_progress(self) -> None:
        once = Once(self.execute, 0.01)
        first = json.loads(bytes((await once.query(request("a"))).body))
        self.assertEqual((first["code"], first["data"]["getResultUrl"]), ("333333", "/queries/a/result"))
        self.go.set()
        self.assertEqual(bytes((await once.result(request("a"))).body), b"1")
        self.assertEqual(json.loads(bytes((await once.result(request("c"))).body))["code"], "000709")


class Switches(unittest.TestCase):
    def test_names(self) -> None:
        for on in ({"right"}, {"rights"}):
            with self.assertRaises(ValueError):
                Strict(on, None)
        Strict(set(SWITCHES), FakeSnow().duck_conn, Account(SCRIPT))


if __name__ == "__main__":
    unittest.main()
