"""Validates raw records with pydantic: a model a line, chunks of rows into pyarrow tables, zstd Parquet.

With several threads it has as many processes, each of which takes whole objects: Python runs one thread at a time.

Usage: validate_pydantic.py KIND FOLDER THREADS RAW_OBJECT…, where KIND is as opentable/reservation.
"""

import concurrent.futures
import functools
import io
import itertools
import pathlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard
from pydantic import BaseModel, ValidationError

import pydantic_opentable
import pydantic_thefork
from pydantic_fields import CUSTOMERS, RESERVATIONS
from settings import LONDON, Place

CHUNK = 20_000  # rows of a table

KINDS: dict[str, tuple[type[BaseModel], Callable[[Any, Place], dict[str, Any] | None], pa.Schema]] = {
    "opentable/reservation": (pydantic_opentable.ReservationLine, pydantic_opentable.reservation, RESERVATIONS),
    "opentable/customer": (pydantic_opentable.GuestLine, pydantic_opentable.guest, CUSTOMERS),
    "thefork/reservation": (pydantic_thefork.ReservationLine, pydantic_thefork.reservation, RESERVATIONS),
    "thefork/customer": (pydantic_thefork.CustomerLine, pydantic_thefork.customer, CUSTOMERS),
}


def rows(kind: str, place: Place, file: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of an object's records that fit."""
    model, make, _ = KINDS[kind]
    with zstandard.open(file, "rb") as object_, io.BufferedReader(object_, 1 << 20) as lines:
        for line in lines:
            try:
                row = make(model.model_validate_json(line), place)
            except ValidationError:
                continue
            if row is not None:
                yield row


def validate(kind: str, folder: str, place: Place, file: str) -> None:
    """Write the rows of an object to a file of their own."""
    schema = KINDS[kind][2]
    valid = rows(kind, place, file)
    target = pathlib.Path(folder) / (pathlib.Path(file).name.partition(".")[0] + ".parquet")
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        while chunk := list(itertools.islice(valid, CHUNK)):
            writer.write_table(pa.Table.from_pylist(chunk, schema))


def main(kind: str, folder: str, threads: str, *files: str) -> None:
    work = functools.partial(validate, kind, folder, LONDON)
    if int(threads) == 1:
        for file in files:
            work(file)
        return
    with concurrent.futures.ProcessPoolExecutor(int(threads)) as pool:
        for _ in pool.map(work, files):
            pass


if __name__ == "__main__":
    main(*sys.argv[1:])
