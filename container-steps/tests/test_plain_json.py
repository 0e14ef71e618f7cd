"""What is JSON for Python and not for everybody is refused before it fails a task whose work is done."""

from __future__ import annotations

import json

import msgspec
import pytest

from container_steps.plain_json import NotPlainError, plain_json
from container_steps.result import BadResultError, parse
from parcels import CONTRACT

REFUSED = [
    (b'{"n":NaN}', "NaN"),
    (b'{"n":-Infinity}', "-Infinity"),
    (b'{"n":1e999}', "a double"),
    (b'{"n":18446744073709551616}', "64 bits"),
    (b'{"n":-9223372036854775809}', "64 bits"),
    (b'{"n":' + b"1" * 5000 + b"}", "no JSON"),
    (b'{"t":"\\u0000"}', "U\\+0000"),
    (b'{"\\u0000":1}', "U\\+0000"),
    (b'{"t":["\\ud800"]}', "surrogate"),
    (b'{"t":"caf\xe9"}', "UTF-8"),
    (b"{", "no JSON"),
    (b"", "no JSON"),
    (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
]


@pytest.mark.parametrize(("text", "says"), REFUSED)
def test_what_somebody_would_refuse_is_refused(text: bytes, says: str) -> None:
    with pytest.raises(NotPlainError, match=says):
        plain_json(text)


@pytest.mark.parametrize("text", [text for text, _ in REFUSED if text.startswith(b"{") and len(text) > 1])
def test_a_result_that_no_database_takes_is_refused_in_words(text: bytes) -> None:
    with pytest.raises(BadResultError, match="no result"):
        parse(CONTRACT, b'{"status":"done","details":' + text + b"}")


@pytest.mark.parametrize("value", [-(1 << 63), (1 << 64) - 1, -1.5e300, True, None, "Zoë 🍽", [1, {"a": []}]])
def test_what_everybody_takes_is_read_and_handed_on(value: object) -> None:
    text = json.dumps({"v": value}, ensure_ascii=False)
    assert plain_json(text.encode()) == plain_json(text) == {"v": value}
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(plain_json(text))) == {"v": value}  # as a task tells Airflow of it
