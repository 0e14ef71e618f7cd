"""Random inputs without a library: a seed, a number of tries."""

from __future__ import annotations

import random
from collections.abc import Iterator


def cuts(text: bytes, source: random.Random, tries: int) -> Iterator[list[bytes]]:
    """Return ways to cut a text into chunks: all single bytes first, then at random places."""
    yield [text[i : i + 1] for i in range(len(text))]
    for _ in range(tries):
        places = sorted(source.randrange(len(text) + 1) for _ in range(source.randrange(8)))
        yield [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]
