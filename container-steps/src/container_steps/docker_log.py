"""A stream of lines that may come again, with its beginning gone.

An attached stream of a container breaks, and the engine's log is read in its place. That log holds both streams from the
beginning, or, where the container wrote more than the engine keeps, from some later line on: how many lines are gone the engine
does not say. So what is known is found by the lines themselves.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Protocol
from zlib import crc32

MOST_KNOWN = 1 << 20
"""Lines, 8 bytes each, that a log which comes again is compared with: the newest ones, and the first."""

MOST_HELD = 1 << 20
"""Bytes of lines that are held until it is certain whether they are known; more are taken for what they seem to be."""


class Lines(Protocol):
    """Takes a stream in chunks."""

    def feed(self, chunk: bytes, /) -> None:
        """Take the next bytes."""

    def drop_unfinished(self) -> None:
        """Forget the unfinished line: it comes once more."""

    def from_here(self) -> None:
        """Take the next line for another than the one that was unfinished."""

    def close(self) -> object:
        """Take what stands behind the last line feed for a line."""


class AgainLog:
    """Takes one of a container's streams in chunks and passes on each line once, also where the stream begins again.

    What comes again is compared with what was passed on, by digests of whole lines: the longest stretch at its beginning that is
    the end of what is known is passed over. A first line that nobody knows may be the rest of one. Where nothing is known of what
    comes, it is passed on whole, and `missing` is called before: others may be gone.
    """

    def __init__(self, lines: Lines, missing: Callable[[], None]):
        """Make one before what takes the lines."""
        self._lines = lines
        self._missing = missing
        self._known = array("Q")  # digests of the whole lines that were passed on, the newest MOST_KNOWN at most
        self._forgotten = 0  # how many were before those
        self._first = 0  # the digest of the very first
        self._digest = (0, 0)  # CRC-32 and length of the unfinished line
        self._coming: _Coming | None = None  # what comes again, while it is not certain how much of it is known
        self._skip = 0  # lines that are known, and still to be passed over

    def feed(self, chunk: bytes) -> None:
        """Pass on what is new in chunk."""
        if self._coming is not None:
            self._compare(chunk)
        else:
            self._pass_over(chunk)

    def again(self) -> None:
        """Begin again: the stream comes once more, from its beginning or from a later line on."""
        self._lines.drop_unfinished()
        self._digest = (0, 0)
        self._skip = 0
        self._coming = _Coming() if self._known else None

    def ends_with(self, line: bytes) -> bool:
        """Return whether the line, with its line feed, is the last that came."""
        digest = _number(_with((0, 0), line.removesuffix(b"\n")))
        return line.endswith(b"\n") and self._digest == (0, 0) and bool(self._known) and self._known[-1] == digest

    def gap(self) -> None:
        """Go on behind lines that are gone."""
        if self._coming is not None or self._skip:
            self.again()
        else:
            self._lines.close()
            self._digest = (0, 0)

    def close(self) -> None:
        """Pass on what stands behind the last line feed."""
        if self._coming is not None:
            self._end(self._coming)
        self._lines.close()

    def _pass_over(self, chunk: bytes) -> None:
        start = 0
        while self._skip:
            end = chunk.find(b"\n", start)
            if end < 0:
                return
            self._skip -= 1
            start = end + 1
        self._pass_on(chunk[start:])

    def _pass_on(self, chunk: bytes | bytearray) -> None:
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            self._know(_with(self._digest, chunk[start:end]))
            self._digest = (0, 0)
            start = end + 1
        self._digest = _with(self._digest, chunk[start:])
        self._lines.feed(bytes(chunk))

    def _know(self, digest: tuple[int, int]) -> None:
        if not self._known:
            self._first = _number(digest)
        self._known.append(_number(digest))
        if len(self._known) > MOST_KNOWN:
            self._forgotten += len(self._known) // 2
            del self._known[: len(self._known) // 2]

    def _compare(self, chunk: bytes) -> None:
        """Compare the lines of chunk with what is known, until it is certain."""
        start = 0
        while self._coming is not None:
            end = chunk.find(b"\n", start)
            if end < 0:
                self._coming.hold(chunk[start:])
                return
            self._coming.hold(chunk[start:end])
            start = end + 1
            self._line(self._coming)
        self._pass_over(chunk[start:])

    def _line(self, coming: _Coming) -> None:
        """Compare one whole line: keep those places in what is known at which all lines so far stand."""
        number, at = coming.end_of_line(), coming.count - 1
        total = self._forgotten + len(self._known)
        if at == 0:
            coming.places = [self._forgotten + i for i, known in enumerate(self._known) if known == number]
            if self._forgotten and number == self._first:
                coming.places.insert(0, 0)
            coming.odd = not coming.places
        elif at == 1 and coming.odd:
            coming.places = [self._forgotten + i - 1 for i, known in enumerate(self._known) if known == number and i > 0]
        else:
            coming.places = [p for p in coming.places if p + at >= total or self._is(p + at, number)]
        if coming.odd and at == 0:
            return
        # The longest stretch counts: a shorter one may be chance, as of two lines that are empty.
        if not coming.places or coming.places[0] + coming.count >= total or coming.held > MOST_HELD:
            self._end(coming)

    def _is(self, place: int, number: int) -> bool:
        # Of what is forgotten there is nothing to compare with.
        return place < self._forgotten or self._known[place - self._forgotten] == number

    def _end(self, coming: _Coming) -> None:
        """Pass over what is known of what came, and pass on the rest."""
        self._coming = None
        known = 0
        if coming.places:
            known = self._forgotten + len(self._known) - coming.places[0]
        elif coming.lines or coming.rest:
            self._lines.from_here()
            self._missing()
        self._skip = max(0, known - coming.count)  # where the stream ended, or too much was held, within what is known
        for line in coming.lines[known:]:
            self._pass_on(line)
        if not self._skip:
            self._pass_on(coming.rest)


class _Coming:
    """What came again so far, and is held until it is certain how much of it is known."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.rest = bytearray()  # of the unfinished line
        self.count = 0  # of whole lines
        self.held = 0  # bytes
        self.places: list[int] = []  # where in what is known all these lines stand, counted from the very first line
        self.odd = False  # the first line is not known, and may be the rest of one
        self._digest = (0, 0)

    def hold(self, piece: bytes) -> None:
        """Take a piece of a line. Of a line that is too long to be held only the digest is."""
        self._digest = _with(self._digest, piece)
        if self.held + len(piece) <= MOST_HELD:
            self.rest += piece
            self.held += len(piece)

    def end_of_line(self) -> int:
        """End the line and return the number of its digest."""
        number = _number(self._digest)
        self.lines.append(bytes(self.rest) + b"\n")
        self.rest.clear()
        self._digest = (0, 0)
        self.count += 1
        return number


def _with(digest: tuple[int, int], piece: bytes | bytearray) -> tuple[int, int]:
    return crc32(piece, digest[0]), digest[1] + len(piece)


def _number(digest: tuple[int, int]) -> int:
    return digest[0] << 32 | digest[1] & 0xFFFFFFFF
