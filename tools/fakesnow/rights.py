"""Who may do what, held against each statement before it runs.

https://docs.snowflake.com/en/user-guide/security-access-control-privileges
"""

import threading
from collections.abc import Iterable

from snowflake.connector.errors import ProgrammingError

from account import Account, Object
from refusal import denied, refuse, unknown
from session import Session
from statement import Kind, Name, Statement

# What a statement needs on the table that it changes. TRUNCATE and COPY:
# https://docs.snowflake.com/en/sql-reference/sql/truncate-table, https://docs.snowflake.com/en/sql-reference/sql/copy-into-table
NEEDS = {
    Kind.INSERT: ("INSERT",),
    Kind.UPDATE: ("UPDATE",),
    Kind.DELETE: ("DELETE",),
    Kind.MERGE: ("SELECT", "INSERT", "UPDATE", "DELETE"),
    Kind.TRUNCATE: ("TRUNCATE",),
    Kind.COPY: ("INSERT",),
}


class Made:
    """What statements have made: the kind and the owner of each object, which is the role that made it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.owner: dict[Name, tuple[str, str]] = {}  # kind, role

    def of(self, name: Name) -> tuple[str, str]:
        with self.lock:
            return self.owner.get(name, ("TABLE", ""))

    def there(self, name: Name) -> bool:
        with self.lock:
            return name in self.owner

    def note(self, session: Session, s: Statement) -> None:
        """Remember what a statement made or dropped once it has succeeded."""
        if s.target is None or s.temporary or s.kind not in (Kind.CREATE, Kind.DROP):
            return
        name = session.full(s.target)
        with self.lock:
            if s.kind is Kind.DROP:
                self.owner.pop(name, None)
            elif s.replaces or name not in self.owner:
                self.owner[name] = (s.made, session.role)


class Rights:
    def __init__(self, account: Account, made: Made):
        self.account, self.made = account, made

    def check(self, session: Session, s: Statement) -> None:
        """Refuse what the session's role may not do."""
        if s.kind is Kind.USE:
            self.use(session, s)
        if s.kind in (Kind.CREATE, Kind.ALTER, Kind.DROP):
            self.ddl(session, s)
        elif s.kind in NEEDS and s.target is not None and not session.is_temporary(s.target):
            self.relation(session, s.target, NEEDS[s.kind])
        for name in s.reads:
            if not session.is_temporary(name):
                self.relation(session, name, ("SELECT",))
        for name in s.stages:
            if not session.is_temporary(name):
                self.object(session, "STAGE", name, "USAGE")
        if s.integration and not self.account.has(session.role, "USAGE", "INTEGRATION", (s.integration,)):
            raise unknown("INTEGRATION", s.integration)
        self.computing(session, s)

    def computing(self, session: Session, s: Statement) -> None:
        """Refuse what needs a warehouse where the role may use none: docs.snowflake.com/en/user-guide/warehouses-overview."""
        computes = s.kind is Kind.QUERY or (s.kind is Kind.CREATE and s.made == "TABLE")
        needs = s.kind in NEEDS or (computes and s.reads)
        if needs and not self.account.has(session.role, "USAGE", "WAREHOUSE", (session.warehouse,)):
            raise refuse(606, "57P03", "No active warehouse selected in the current session. Select an active warehouse.")

    def ddl(self, session: Session, s: Statement) -> None:
        if s.target is None:
            raise denied("ACCOUNT", session.account)
        name = session.full(s.target)
        self.place(session, name)
        if s.temporary or session.is_temporary(s.target):
            # No right to make tables is needed: docs.snowflake.com/en/user-guide/tables-temp-transient
            return
        if s.kind is Kind.CREATE and not (s.replaces and self.made.there(name)):
            if not self.account.has(session.role, f"CREATE {s.made}", "SCHEMA", self.account.here(name[:2])):
                raise denied("SCHEMA", name[1])
            return
        kind, owner = self.made.of(name)
        if owner in self.account.roles_of(session.role) or "ACCOUNTADMIN" in self.account.roles_of(session.role):
            return
        raise denied(kind, name[2]) if self.knows(session, kind, name) else unknown(kind, ".".join(name))

    def knows(self, session: Session, kind: str, name: Name) -> bool:
        return self.account.any_of(session.role, kind, self.account.here(name))

    def place(self, session: Session, name: Name) -> None:
        """Refuse a database or a schema that the role has no USAGE on, which is to say, that is not there for it."""
        for kind, n in (("DATABASE", 1), ("SCHEMA", 2)):
            if name[1] != "INFORMATION_SCHEMA" and not self.account.has(session.role, "USAGE", kind, self.account.here(name[:n])):
                raise unknown(kind, ".".join(name[:n]))

    def relation(self, session: Session, short: Name, privileges: Iterable[str]) -> None:
        name = session.full(short)
        if name[1] == "INFORMATION_SCHEMA":
            return
        self.place(session, name)
        kind, owner = self.made.of(name)
        if owner and owner in self.account.roles_of(session.role):
            return
        missing = [p for p in privileges if not self.account.has(session.role, p, kind, self.account.here(name))]
        if missing:
            raise self.no(session, kind, name)

    def no(self, session: Session, kind: str, name: Name) -> ProgrammingError:
        return denied(kind, name[2]) if self.knows(session, kind, name) else unknown(kind, ".".join(name))

    def object(self, session: Session, kind: str, short: Name, privilege: str) -> None:
        name = session.full(short)
        self.place(session, name)
        _, owner = self.made.of(name)
        if owner in self.account.roles_of(session.role) or self.account.has(
            session.role, privilege, kind, self.account.here(name)
        ):
            return
        raise self.no(session, kind, name)

    def use(self, session: Session, s: Statement) -> None:
        """Change role or warehouse: https://docs.snowflake.com/en/sql-reference/sql/use-role."""
        kind, name = str(s.tree.args.get("kind")).upper(), s.tree.this.name.upper()
        if kind == "ROLE":
            if name not in self.may_use(session.user):
                raise refuse(
                    3013, "42501", f"Requested role '{name}' is not assigned to the executing user. Specify another role."
                )
            session.role = name
        elif kind == "WAREHOUSE":
            if not self.account.has(session.role, "USAGE", "WAREHOUSE", (name,)):
                raise unknown("WAREHOUSE", name)
            session.warehouse = name

    def may_use(self, user: str) -> set[str]:
        return {r for role in self.account.users[user].roles for r in self.account.roles_of(role)}

    def missing(self, role: str, kind: str, name: Object) -> bool:
        """Say whether a sign-in that names an object is to be refused."""
        return not self.account.has(role, "USAGE", kind, name if kind == "WAREHOUSE" else self.account.here(name))
