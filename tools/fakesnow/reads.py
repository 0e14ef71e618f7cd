"""Reads that are older than what others have committed.

With the default READ_CONSISTENCY_MODE = 'SESSION' a session that began before another one's commit need not see it; one that
began afterwards does. Here such a session sees what was there before, in tables and in views, for as long as that may be: until
it has written a table itself, which it then sees as it is, or has committed a change of its own, which comes after the other's.
https://docs.snowflake.com/en/sql-reference/transactions#read-consistency-across-sessions
"""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from sqlglot import exp

from session import Session
from statement import Kind, Name, Statement, name_of, target_of

PREFIX = "_THEN_"


class Then:
    """What a session still sees: a snapshot, and which tables others have changed since."""

    def __init__(self, connection: Any, database: str):
        self.cursor = connection.cursor()
        self.cursor.execute("BEGIN")
        # A snapshot begins with the first look into the database.
        self.cursor.execute(f'SELECT 1 FROM "{database}"._fs_information_schema._fs_load_history LIMIT 0')
        self.behind: set[Name] = set()
        self.rows: dict[Name, Any] = {}  # as Arrow

    def of(self, name: Name) -> Any:
        if name not in self.rows:
            self.rows[name] = self.cursor.execute('SELECT * FROM "{}"."{}"."{}"'.format(*name)).to_arrow_table()
        return self.rows[name]

    def close(self) -> None:
        self.cursor.close()


class Reads:
    def __init__(self, connection: Any):
        self.connection = connection  # DuckDB's, of which each snapshot is a cursor
        self.lock = threading.RLock()
        self.open: dict[Session, Then | None] = {}
        self.written: dict[Session, set[Name]] = {}  # by the session's transaction
        self.views: dict[Name, tuple[Name, ...]] = {}  # what each reads

    def begin(self, session: Session) -> None:
        with self.lock:
            self.open[session] = None
            self.written[session] = set()

    def end(self, session: Session) -> None:
        with self.lock:
            self.written.pop(session, None)
            if then := self.open.pop(session, None):
                then.close()

    def writes(self, session: Session, name: Name) -> None:
        """Say that a session is about to write a table: what others see is kept for them first."""
        with self.lock:
            self.written.setdefault(session, set()).add(name)
            for other, then in self.open.items():
                if other is not session and then is None and other.database == name[0]:
                    self.open[other] = Then(self.connection, name[0])

    def committed(self, session: Session) -> None:
        with self.lock:
            mine = self.written.get(session, set())
            if not mine:
                return
            for other, then in self.open.items():
                if other is not session and then is not None:
                    then.behind |= mine
            if then := self.open.get(session):
                then.close()
            self.open[session] = None
            self.written[session] = set()

    def rolled_back(self, session: Session) -> None:
        with self.lock:
            self.written[session] = set()

    def note(self, session: Session, s: Statement) -> None:
        if s.kind is Kind.CREATE and s.made == "VIEW" and s.target is not None:
            with self.lock:
                self.views[session.full(s.target)] = tuple(session.full(n) for n in s.reads)

    def tables(self, names: Iterable[Name]) -> set[Name]:
        """Return the tables that relations are made of."""
        out: set[Name] = set()
        todo = list(names)
        while todo:
            name = todo.pop()
            if name in self.views:
                todo += self.views[name]
            else:
                out.add(name)
        return out

    def old(self, session: Session, s: Statement) -> dict[Name, Any]:
        """Return the relations that a statement reads as they were, with their rows then."""
        with self.lock:
            then = self.open.get(session)
            if then is None or not then.behind:
                return {}
            out = {}
            for short in s.reads:
                name = session.full(short)
                made_of = self.tables([name])
                if session.is_temporary(short) or made_of & self.written[session] or not made_of & then.behind:
                    continue
                out[name] = then.of(name)
            return out

    def run(self, session: Session, s: Statement, plain: Callable[[str], Any]) -> Any:
        """Run a statement on what the session still sees."""
        old = self.old(session, s)
        if not old:
            return plain(s.sql)
        for name, rows in old.items():
            session.connection._duck_conn.register(PREFIX + name[2], rows)
        tree = s.tree.copy()
        target = target_of(tree) if s.kind is not Kind.QUERY else None
        for table in list(tree.find_all(exp.Table)):
            name = session.full(name_of(table))
            if table is target or name not in old:
                continue
            alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name))
            table.replace(exp.Table(this=exp.to_identifier(PREFIX + name[2]), alias=alias, joins=table.args.get("joins")))
        return plain(tree.sql(dialect="snowflake"))
