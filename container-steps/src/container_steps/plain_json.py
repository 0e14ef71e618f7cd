"""JSON that every reader takes on the way from a step to Airflow's database.

Python's own reader takes more: NaN, any integer, half of a surrogate pair. The messages between a task and Airflow, or the
database, would then fail a task whose work is done, in words that say nothing of its result.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any


class NotPlainError(ValueError):
    """Says why a text is none; never quotes it."""


def plain_json(text: bytes | str) -> Any:
    """Return the value of a text; NotPlainError where somebody on the way would refuse it."""
    try:
        value = json.loads(text if isinstance(text, str) else text.decode(), parse_constant=_refuse)
    except NotPlainError:
        raise
    except UnicodeDecodeError:
        raise NotPlainError("it is not UTF-8") from None
    except RecursionError:
        raise NotPlainError("it is no JSON that can be read: it is nested too deeply") from None
    except ValueError:  # also of a number with thousands of digits
        raise NotPlainError("it is no JSON") from None
    for leaf in _leaves(value):
        if isinstance(leaf, str) and not _can_be_stored(leaf):
            raise NotPlainError("a text in it has U+0000 or half of a surrogate pair, which a database refuses")
        if isinstance(leaf, float) and not math.isfinite(leaf):
            raise NotPlainError("a number in it is beyond what a double holds")
        if isinstance(leaf, int) and not -(1 << 63) <= leaf < 1 << 64:
            raise NotPlainError("an integer in it has more than 64 bits")
    return value


def _refuse(constant: str) -> Any:
    raise NotPlainError(f"{constant} is no JSON")


def _can_be_stored(text: str) -> bool:
    try:
        text.encode()  # half of a surrogate pair has no UTF-8
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _leaves(value: Any) -> Iterator[Any]:
    """Return all values that hold no others, and all keys."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield from value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        else:
            yield value
