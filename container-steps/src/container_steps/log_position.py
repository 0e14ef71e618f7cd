"""How far a log was read that can be read again from a time on: both streams of a container as one, a time with each entry.

An entry is a line, or what the engine keeps of a line at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

_NEVER = datetime.min.replace(tzinfo=UTC)


class LogPosition:
    """Tells what was read already where a log comes again.

    Times do not come in order: a container has two streams, and a machine's clock may be set back. So an entry's time says
    nothing about the entries that follow. Only where the log comes again do times tell what is known: all before the newest
    entry, and from that entry on as many as there were.
    """

    def __init__(self, missing: Callable[[], None] | None = None):
        """Begin before the first entry; missing is called where the log no longer has what is known: more may be gone."""
        self._missing = missing
        self._newest = _NEVER  # the newest time of all entries
        self._count = 0  # how many entries there are from the first with that time on
        self._oldest = _NEVER  # the oldest time among these
        self._skip = 0  # how many of these are still to be passed over

    def oldest(self) -> datetime | None:
        """Return the time from which on the log has to be read again so that nothing is missed, None for its beginning."""
        return None if self._oldest == _NEVER else self._oldest

    @property
    def reached(self) -> tuple[datetime, int]:
        """How far the log was read: it differs after each entry that is new."""
        return self._newest, self._count

    def newest(self) -> datetime | None:
        """Return the newest time of all that was read, None where nothing was."""
        return None if self._newest == _NEVER else self._newest

    def again(self) -> None:
        """Begin again: the log comes once more, from its beginning or from `oldest`."""
        self._skip = self._count

    def is_known(self, time: datetime) -> bool:
        """Return whether the entry that comes next was read before. Each entry is asked for once."""
        if self._skip == 0:
            return False
        if time > self._newest:
            self._skip = 0
            if self._missing is not None:
                self._missing()
            return False
        if time == self._newest or self._skip < self._count:
            self._skip -= 1
        return True

    def add(self, time: datetime) -> None:
        """Take an entry that was not known for read, now that it is whole."""
        if time > self._newest or self._count == 0:
            self._newest = self._oldest = time
            self._count = 0
        self._count += 1
        self._oldest = min(self._oldest, time)
