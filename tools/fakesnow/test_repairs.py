"""Each repair is needed: what it repairs fails without it, and works with it. python -m unittest, in this folder."""

import concurrent.futures
import itertools
import pathlib
import tempfile
import unittest
from collections.abc import Callable
from typing import Any

import duckdb
import fakesnow.arrow
import fakesnow.copy_into
import fakesnow.cursor
import fakesnow.server
import pyarrow as pa
from fakesnow.instance import FakeSnow
from snowflake.connector.errors import ProgrammingError

import cache
import repairs

PATCHED = (
    (fakesnow.arrow, "timestamp_to_sf_struct"),
    (fakesnow.server, "from_binding"),
    (fakesnow.server, "parse_one"),
    (fakesnow.cursor, "parse_one"),
    (fakesnow.cursor.FakeSnowflakeCursor, "_execute"),
    (fakesnow.cursor.FakeSnowflakeCursor, "_transform"),
    (fakesnow.copy_into, "_inserts"),
)


class Repaired(unittest.TestCase):
    def setUp(self) -> None:
        for owner, name in PATCHED:
            self.addCleanup(setattr, owner, name, getattr(owner, name))
        self.snow = FakeSnow()

    def with_and_without(self, repair: Callable[[Any], None], works: Callable[[], bool]) -> None:
        """Check that works() is false, or raises, without the repair, and true with it."""

        def tried() -> bool:
            try:
                return works()
            except Exception:
                return False

        self.assertFalse(tried(), f"{repair.__name__} is not needed any more")
        repair(self.snow.duck_conn)
        self.assertTrue(works())

    def connect(self) -> Any:
        return self.snow.connect("COVERS", "PUBLIC")

    def test_null_timestamps(self) -> None:
        when = pa.array([None, 1_700_000_000_000_000], pa.timestamp("us"))
        self.with_and_without(
            repairs.null_timestamps, lambda: fakesnow.arrow.timestamp_to_sf_struct(when).is_null().to_pylist() == [True, False]
        )

    def test_null_binds(self) -> None:
        null = {"type": "FIXED", "value": None}
        self.with_and_without(repairs.null_binds, lambda: fakesnow.server.from_binding(null) is None)
        self.assertEqual(fakesnow.server.from_binding({"type": "FIXED", "value": "7"}), 7)

    def test_errors_of_two_writers(self) -> None:
        def second_is_told() -> bool:
            one, two = self.connect(), self.connect()
            one.cursor().execute("CREATE OR REPLACE TABLE gate AS SELECT 0 AS n")
            for c in (one, two):
                c.cursor().execute("BEGIN")
            one.cursor().execute("UPDATE gate SET n = n + 1")
            try:
                two.cursor().execute("UPDATE gate SET n = n + 1")
            except ProgrammingError as e:
                return (e.errno, e.sqlstate) == (625, "57014")
            finally:
                for c in (one, two):
                    c.cursor().execute("ROLLBACK")
            return False

        self.with_and_without(repairs.errors, second_is_told)

    def test_errors_of_a_statement(self) -> None:
        repairs.errors(self.snow.duck_conn)
        cursor = self.connect().cursor()
        cursor.execute("CREATE TABLE t (a INT NOT NULL, b DATE)")
        for number, state, sql in (
            (100038, "22018", "SELECT CAST('x' AS BIGINT)"),
            (100035, "22007", "SELECT CAST('x' AS DATE)"),
            (100072, "22000", "INSERT INTO t SELECT NULL, NULL"),
            (904, "42000", "SELECT nothing FROM t"),
            (2003, "42S02", "SELECT 1 FROM nowhere"),
            (2002, "42710", "CREATE TABLE t (a INT)"),
        ):
            with self.subTest(sql), self.assertRaises(ProgrammingError) as e:
                cursor.execute(sql)
            self.assertEqual((e.exception.errno, e.exception.sqlstate), (number, state), e.exception.msg)

    def test_copy_transformation(self) -> None:
        folder = pathlib.Path(tempfile.mkdtemp())
        duckdb.sql("SELECT 1 AS a").write_parquet(str(folder / "one.parquet"))
        duckdb.sql("SELECT 2 AS a, 'x' AS b").write_parquet(str(folder / "two.parquet"))

        def copies() -> bool:
            cursor = self.connect().cursor()
            cursor.execute("CREATE OR REPLACE TABLE landing (a BIGINT, b VARCHAR, object_key VARCHAR)")
            cursor.execute(f"CREATE OR REPLACE TEMPORARY STAGE zone URL = 'file://{folder}/' STORAGE_INTEGRATION = X")
            cursor.execute(
                "COPY INTO landing (a, b, object_key)"
                " FROM (SELECT $1:a::BIGINT, $1:b::VARCHAR, SUBSTR(METADATA$FILENAME, -11) FROM @zone)"
                " FILES = ('one.parquet', 'two.parquet') FILE_FORMAT = (TYPE = PARQUET USE_LOGICAL_TYPE = TRUE"
                " USE_VECTORIZED_SCANNER = TRUE) ON_ERROR = ABORT_STATEMENT FORCE = TRUE"
            )
            cursor.execute("SELECT * FROM landing ORDER BY a")
            return cursor.fetchall() == [(1, None, "one.parquet"), (2, "x", "two.parquet")]

        self.with_and_without(repairs.copy_transformation, copies)

    def without_collision(self, statement: str) -> None:
        """Send the same from several sessions at the same time. What they name is new each time, or there already."""
        sessions = [self.connect() for _ in range(4)]
        tries = itertools.count()

        def many(session: Any, of: int) -> None:
            for n in range(60):
                session.cursor().execute(statement.format(n=f"{of}_{n}"))

        def no_collision() -> bool:
            # Without the repair the first one ends it. A busy machine may let the sessions pass one after the other for long.
            for _ in range(20 if not repaired else 1):
                of = next(tries)
                with concurrent.futures.ThreadPoolExecutor(len(sessions)) as pool:
                    list(pool.map(many, sessions, [of] * len(sessions)))
            return True

        repaired: list[Any] = []

        def repair(con: Any) -> None:
            repaired.append(con)
            repairs.bookkeeping(con)

        cache.apply()  # the translating would keep them apart
        self.with_and_without(repair, no_collision)

    def test_bookkeeping_of_lengths(self) -> None:
        self.without_collision("CREATE OR REPLACE TEMPORARY TABLE landing (a VARCHAR, b VARCHAR)")

    def test_bookkeeping_of_comments(self) -> None:
        self.without_collision("CREATE OR REPLACE TEMPORARY TABLE previous_{n} AS SELECT 1 AS a")

    def test_bookkeeping_of_stages(self) -> None:
        self.without_collision("CREATE OR REPLACE TEMPORARY STAGE zone URL = 's3://bucket/'")

    def test_cache(self) -> None:
        """A statement translated once means the same in another database, and what names a session's own is not kept."""
        cache.apply()
        for database in ("ONE", "TWO"):
            cursor = self.snow.connect(database, "PUBLIC").cursor()
            cursor.execute("CREATE OR REPLACE TABLE t (a BIGINT, b DECIMAL(18,4))")
            cursor.execute("INSERT INTO t SELECT ?, ?", binding_params=(len(database), 1), server=True)
            cursor.execute("CREATE OR REPLACE TEMPORARY STAGE s URL = 's3://bucket/'")
            cursor.execute("SELECT a, CURRENT_DATABASE() FROM t")
            self.assertEqual(cursor.fetchall(), [(3, database)])


class Persistent(unittest.TestCase):
    def test_databases_of_an_earlier_run(self) -> None:
        import serve

        folder = pathlib.Path(tempfile.mkdtemp())
        first = FakeSnow(db_path=folder)
        cursor = first.connect("COVERS", "PUBLIC").cursor()
        cursor.execute("CREATE TABLE t AS SELECT 7 AS n")
        first.duck_conn.close()
        again = FakeSnow(db_path=folder)
        serve.attach_all(again.duck_conn, folder)
        cursor = again.connect("COVERS", "PUBLIC").cursor()
        cursor.execute("SELECT n FROM t")
        self.assertEqual(cursor.fetchall(), [(7,)])


if __name__ == "__main__":
    unittest.main()
