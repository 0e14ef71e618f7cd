"""Transactions as Snowflake has them, on DuckDB's.

A statement sees what was committed before it began (READ COMMITTED), as long as its transaction has written nothing; afterwards
DuckDB's snapshot stays. DDL commits what is open and is a transaction of its own. An error undoes its statement alone, so
DuckDB's transaction, which ends with it, is begun anew and what was done in it is done again.
https://docs.snowflake.com/en/sql-reference/transactions
"""

import contextlib
import dataclasses
from collections.abc import Callable
from typing import Any

import duckdb
from snowflake.connector.errors import ProgrammingError

from locks import Locks, locked_by
from reads import Reads
from session import Session
from statement import DDL, WRITES, Kind, Statement

Run = Callable[[str], Any]  # runs SQL in the session with the bindings of the statement


@dataclasses.dataclass
class Open:
    """An explicit transaction, and what was done in it."""

    done: list[Callable[[], Any]] = dataclasses.field(default_factory=list)


class Transactions:
    def __init__(self, locks: Locks | None, reads: Reads | None, ddl_commits: bool, errors_end_statements: bool):
        self.locks, self.reads = locks, reads
        self.ddl_commits, self.errors_end_statements = ddl_commits, errors_end_statements
        self.open: dict[Session, Open] = {}

    def run(self, session: Session, s: Statement, plain: Run) -> Any:
        match s.kind:
            case Kind.BEGIN:
                if session in self.open:
                    return plain("SELECT 'Statement executed successfully.' AS status")
                self.open[session] = Open()
                return plain(s.sql)
            case Kind.COMMIT | Kind.ROLLBACK:
                return self.finish(session, s.kind, plain, s.sql)
        if self.ddl_commits and s.kind in DDL and session in self.open:
            self.finish(session, Kind.COMMIT, plain, "COMMIT")
        try:
            return self.statement(session, s, plain)
        finally:
            if session not in self.open:
                self.release(session)

    def finish(self, session: Session, kind: Kind, plain: Run, sql: str) -> Any:
        out = plain(sql)
        self.open.pop(session, None)
        if self.reads:
            (self.reads.committed if kind is Kind.COMMIT else self.reads.rolled_back)(session)
        self.release(session)
        return out

    def release(self, session: Session) -> None:
        if self.locks:
            self.locks.release(session)

    def end(self, session: Session) -> None:
        """End a session: what is open in it is rolled back by DuckDB, and its locks go with it."""
        self.open.pop(session, None)
        if self.reads:
            self.reads.end(session)
        self.release(session)

    def statement(self, session: Session, s: Statement, plain: Run) -> Any:
        if self.locks:
            self.locks.take(session, locked_by(session, s))
        explicit = self.open.get(session)
        if explicit is not None and not explicit.done:
            self.begin_anew(session)
        permanent = s.target is not None and not s.temporary and not session.is_temporary(s.target)
        if self.reads and permanent and s.kind in WRITES | DDL:
            assert s.target is not None
            self.reads.writes(session, session.full(s.target))

        def once() -> Any:
            return self.reads.run(session, s, plain) if self.reads else plain(s.sql)

        try:
            out = once()
        except (ProgrammingError, duckdb.Error) as e:
            if explicit is None and self.reads:
                self.reads.rolled_back(session)
            if explicit is None or not self.errors_end_statements:
                raise
            self.do_again(session, explicit)
            if not self.locks or getattr(e, "errno", None) != 625:
                raise
            # DuckDB tells of a row that another one committed after the snapshot. The lock is held, so the row is final.
            out = once()
        if explicit is not None and s.kind in WRITES:
            explicit.done.append(once)
        elif explicit is None and self.reads:
            self.reads.committed(session)
        return out

    def begin_anew(self, session: Session) -> None:
        for sql in ("ROLLBACK", "BEGIN"):
            with contextlib.suppress(duckdb.TransactionException):  # it had ended already
                session.connection._duck_conn.execute(sql)

    def do_again(self, session: Session, explicit: Open) -> None:
        self.begin_anew(session)
        for once in explicit.done:
            once()
