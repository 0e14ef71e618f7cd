"""Translates a statement once.

fakesnow takes 10 to 200 ms to turn a statement into DuckDB's SQL, and a load sends the same ones each time. What they become does
not depend on the database or the session, as long as they only name tables.
"""

import functools
from typing import Any

import fakesnow.cursor
import fakesnow.server
from sqlglot import exp


def names_only_tables(e: exp.Expr) -> bool:
    if isinstance(e, exp.Create):
        # CREATE TABLE (columns) AS SELECT is translated with a look at what it selects from.
        return str(e.args.get("kind")).upper() in ("TABLE", "VIEW") and not (e.expression and isinstance(e.this, exp.Schema))
    return isinstance(e, (exp.Query, exp.Insert, exp.Update, exp.Delete)) and not e.find(exp.Parameter)


def apply() -> None:
    parse = functools.lru_cache(maxsize=4096)(fakesnow.cursor.parse_one)
    fakesnow.cursor.parse_one = fakesnow.server.parse_one = parse
    plain = fakesnow.cursor.FakeSnowflakeCursor._transform
    translated: dict[int, tuple[exp.Expression, Any]] = {}  # by the identity of what parse gave, which is kept beside it

    def transform(self: Any, expression: exp.Expression, params: Any) -> Any:
        kept = translated.get(id(expression))
        if kept:
            return kept[1]
        out = plain(self, expression.copy(), params)
        if names_only_tables(expression) and len(translated) < 4096:
            translated[id(expression)] = (expression, out)
        return out

    fakesnow.cursor.FakeSnowflakeCursor._transform = transform
