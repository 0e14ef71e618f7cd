"""Packs the workbook with an extract of a DuckDB warehouse, by Tableau's Hyper API: a .twbx opens without an account."""

import pathlib
import tempfile
import zipfile
from collections.abc import Iterable

import duckdb
from tableauhyperapi import (
    Connection,
    CreateMode,
    HyperProcess,
    Inserter,
    Nullability,
    SqlType,
    TableDefinition,
    TableName,
    Telemetry,
)

from connection import Extracts
from model import Source

TABLE = TableName("Extract", "Extract")
TYPES = {
    "BIGINT": SqlType.big_int(),
    "DECIMAL(18,4)": SqlType.numeric(18, 4),
    "DECIMAL(38,4)": SqlType.numeric(18, 4),  # as connection.Extracts says
    "VARCHAR": SqlType.text(),
    "DATE": SqlType.date(),
    "DATETIME": SqlType.timestamp(),
    "BOOLEAN": SqlType.bool(),
}
BATCH = 10_000
MADE = (2026, 1, 1, 0, 0, 0)  # one date in every package: what is in it says how old it is


def hyper_process() -> HyperProcess:
    """Start Hyper, without its log file and without telling Tableau of it."""
    return HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""})


def extract(hyper: HyperProcess, warehouse: duckdb.DuckDBPyConnection, source: Source, path: pathlib.Path) -> None:
    """Write what the source's query answers into a .hyper file, a batch at a time."""
    table = TableDefinition(TABLE, [TableDefinition.Column(f.name, TYPES[f.type], Nullability.NULLABLE) for f in source.columns])
    answer = warehouse.execute(source.sql + " ORDER BY ALL")
    with Connection(hyper.endpoint, str(path), CreateMode.CREATE_AND_REPLACE) as file:
        file.catalog.create_schema(TABLE.schema_name)
        file.catalog.create_table(table)
        with Inserter(file, table) as inserter:
            while rows := answer.fetchmany(BATCH):
                inserter.add_rows(rows)
            inserter.execute()


def write(out: pathlib.Path, text: bytes, sources: Iterable[Source], database: pathlib.Path) -> None:
    """Write the package to out, whole or not at all: the workbook at its root, and an extract of each source."""
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        whole = pathlib.Path(folder, out.name)
        with (
            duckdb.connect(str(database), read_only=True) as warehouse,
            hyper_process() as hyper,
            zipfile.ZipFile(whole, "w") as package,
        ):
            add(package, out.stem + ".twb", text)
            for source in sources:
                file = pathlib.Path(folder, source.id + ".hyper")
                extract(hyper, warehouse, source, file)
                add(package, Extracts.path(source), file.read_bytes())
        whole.replace(out)


def add(package: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, MADE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    package.writestr(entry, content)
