"""What fakesnow 0.12.1 answers differently from Snowflake, where the load's statements meet it. Nothing else is repaired.

Each repair has a test in test_repairs.py that fails without it.
"""

import functools
import threading
from typing import Any

import duckdb
import fakesnow.arrow
import fakesnow.copy_into
import fakesnow.cursor
import fakesnow.server
import pyarrow as pa
from snowflake.connector.errors import ProgrammingError
from sqlglot import exp

import failures


def null_timestamps(_con: duckdb.DuckDBPyConnection) -> None:
    """Send a NULL timestamp as one.

    It reaches gosnowflake as 1970-01-01: the struct's parts are null, the struct itself is not.
    """
    plain = fakesnow.arrow.timestamp_to_sf_struct

    def repaired(ts: Any) -> Any:
        struct = plain(ts)
        ts = ts.combine_chunks() if isinstance(ts, pa.ChunkedArray) else ts
        if not ts.null_count:
            return struct
        return pa.StructArray.from_arrays(struct.flatten(), fields=list(struct.type), mask=ts.is_null())

    fakesnow.arrow.timestamp_to_sf_struct = repaired


def null_binds(_con: duckdb.DuckDBPyConnection) -> None:
    """Take a NULL that is bound to a placeholder. It ends in HTTP 500."""
    plain = fakesnow.server.from_binding
    fakesnow.server.from_binding = lambda b: None if b["value"] is None else plain(b)


def errors(_con: duckdb.DuckDBPyConnection) -> None:
    """Answer DuckDB's errors with the number and the state that Snowflake has for them: failures.py.

    They end in HTTP 500, which the driver takes for an unwell server.
    """
    plain = fakesnow.cursor.FakeSnowflakeCursor._execute

    def repaired(self: Any, statement: exp.Expression, params: Any = None) -> Any:
        try:
            return plain(self, statement, params)
        except (duckdb.Error, FileNotFoundError, NotImplementedError) as e:
            raise failures.failure(e) from e
        except ProgrammingError as e:
            raise failures.numbered(e) from e.__cause__

    fakesnow.cursor.FakeSnowflakeCursor._execute = repaired


def of_file(path: exp.Expression, there: set[str], node: exp.Expression) -> exp.Expression:
    """Return what stands for a node of the SELECT where it reads a file that has a path and columns."""
    if not isinstance(node, (exp.Column, exp.Identifier)):
        return node
    if node.name.upper() == "METADATA$FILENAME":
        return path.copy()
    return node if node.name.lower() in there else exp.Null()


def copy_transformation(con: duckdb.DuckDBPyConnection) -> None:
    """Answer COPY INTO … FROM (SELECT $1:column::TYPE, METADATA$FILENAME FROM @stage).

    A column that a file lacks is NULL, and the name of a row's file, its path in the bucket, can be asked for.
    """
    plain = fakesnow.copy_into._inserts

    def repaired(copy: exp.Copy, params: Any, urls: list[str], parquet_info: Any = None) -> Any:
        select = copy.args["files"][0].this
        if not isinstance(select, exp.Select):
            return plain(copy, params, urls, parquet_info)
        fakesnow.copy_into._strip_json_extract(select)
        inserts = []
        for url in urls:
            with con.cursor() as cursor:
                there = {n.lower() for n in fakesnow.copy_into._get_parquet_column_names(url, cursor)}
            path = exp.Literal.string(url.split("/", 3)[3])
            columns = [c.transform(functools.partial(of_file, path, there)) for c in select.expressions]
            source = exp.Table(this=params.file_format.read_expression(url))
            inserts.append(exp.Insert(this=copy.this, expression=exp.Select(expressions=columns).from_(source)))
        return inserts

    fakesnow.copy_into._inserts = repaired


def bookkeeping(_con: duckdb.DuckDBPyConnection) -> None:
    """Carry out one after the other what writes fakesnow's own tables.

    Stages, comments, the lengths of texts and the history of COPY are kept in tables that all sessions write. Two sessions which
    make temporary tables of one name at the same time collide there.
    """
    plain = fakesnow.cursor.FakeSnowflakeCursor._execute
    one_at_a_time = threading.Lock()

    def repaired(self: Any, statement: exp.Expression, params: Any = None) -> Any:
        if isinstance(statement, (exp.Copy, exp.Create)) or statement.args.get("create_stage_name"):
            with one_at_a_time:
                return plain(self, statement, params)
        return plain(self, statement, params)

    fakesnow.cursor.FakeSnowflakeCursor._execute = repaired


ALL = (null_timestamps, null_binds, bookkeeping, errors, copy_transformation)


def apply(con: duckdb.DuckDBPyConnection) -> None:
    for repair in ALL:
        repair(con)
