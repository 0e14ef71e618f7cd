"""Locks that are waited for.

UPDATE, DELETE, MERGE and what changes a table itself hold a table until the transaction ends, and whoever else does the same
waits for LOCK_TIMEOUT seconds. INSERT and COPY only add, and wait for nobody.
https://docs.snowflake.com/en/sql-reference/transactions#resource-locking
https://docs.snowflake.com/en/sql-reference/parameters#lock-timeout
"""

import threading
import time
from collections.abc import Iterable

from refusal import refuse
from session import Session
from statement import DDL, Kind, Name, Statement

LOCKING = {Kind.UPDATE, Kind.DELETE, Kind.MERGE, Kind.TRUNCATE} | DDL


class Locks:
    def __init__(self, longest: float):
        self.longest = longest  # no wait is longer, so that tests need not wait for LOCK_TIMEOUT
        self.changed = threading.Condition()
        self.holders: dict[Name, Session] = {}

    def take(self, session: Session, names: Iterable[Name]) -> None:
        """Take tables for a session that may hold some of them already."""
        until = time.monotonic() + min(self.longest, float(session.parameters.get("LOCK_TIMEOUT", 43200)))
        for name in names:
            with self.changed:
                while self.holders.get(name, session) is not session:
                    if session.cancelled.is_set():
                        raise refuse(604, "57014", "SQL execution canceled")
                    left = until - time.monotonic()
                    if left <= 0:
                        raise refuse(
                            625,
                            "57014",
                            f"Statement has locked table '{name[2]}' in another transaction and this lock has not yet been"
                            " released.\nYour statement was aborted because the lock timed out (LOCK_TIMEOUT).",
                        )
                    self.changed.wait(min(left, 0.2))  # a cancelling wakes nobody
                self.holders[name] = session

    def release(self, session: Session) -> None:
        with self.changed:
            self.holders = {n: s for n, s in self.holders.items() if s is not session}
            self.changed.notify_all()


def locked_by(session: Session, s: Statement) -> list[Name]:
    """Return what a statement holds: the permanent table that it changes."""
    if s.kind not in LOCKING or s.target is None or s.temporary or session.is_temporary(s.target):
        return []
    return [session.full(s.target)]
