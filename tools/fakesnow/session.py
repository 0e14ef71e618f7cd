"""A session as the switches see it: who signed in, under which role, and what is the session's own."""

import dataclasses
import threading
from typing import Any

from statement import Kind, Name, Statement


@dataclasses.dataclass(eq=False)
class Session:
    connection: Any  # fakesnow's
    user: str = ""
    role: str = ""
    warehouse: str = ""
    account: str = "STANDIN"
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)
    temporary: set[str] = dataclasses.field(default_factory=set)
    cancelled: threading.Event = dataclasses.field(default_factory=threading.Event)
    busy: int = 0  # statements that run
    ended: bool = False

    @property
    def database(self) -> str:
        return str(self.connection.database or "").upper()

    def full(self, name: Name) -> Name:
        """Complete a name with the session's database and schema."""
        return (name[0] or self.database, name[1] or str(self.connection.schema or "").upper(), name[2])

    def is_temporary(self, name: Name) -> bool:
        """Say whether a name is a temporary object of the session, which hides a permanent one."""
        return name[2] in self.temporary and not name[1]

    def note(self, s: Statement) -> None:
        """Remember a temporary object once its statement has succeeded."""
        if s.target is None or s.target[1]:
            return
        if s.kind is Kind.CREATE and s.temporary:
            self.temporary.add(s.target[2])
        elif s.kind is Kind.DROP:
            self.temporary.discard(s.target[2])
