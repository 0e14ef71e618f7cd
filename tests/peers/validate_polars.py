"""Validates raw records with polars: an explicit schema, a lazy scan, the streaming engine, zstd Parquet.

Usage: validate_polars.py KIND FOLDER THREADS RAW_OBJECT…, where KIND is as opentable/reservation. How many threads polars has
must be in its environment before it is imported: the run sets POLARS_MAX_THREADS.
"""

import sys

import polars as pl

import polars_opentable
import polars_thefork

KINDS = {
    "opentable/reservation": (polars_opentable.RESERVATION, polars_opentable.reservations),
    "opentable/customer": (polars_opentable.GUEST, polars_opentable.guests),
    "thefork/reservation": (polars_thefork.RESERVATION, polars_thefork.reservations),
    "thefork/customer": (polars_thefork.CUSTOMER, polars_thefork.customers),
}


def main(kind: str, folder: str, _threads: str, *files: str) -> None:
    record, rows = KINDS[kind]
    schema = {"read_at": pl.String, "asked": pl.String, "record": record}
    records = pl.scan_ndjson(list(files), schema=schema).with_columns(
        pl.col("read_at").str.to_datetime("%Y-%m-%dT%H:%M:%S%.6fZ", time_unit="us")
    )
    rows(records).sink_parquet(f"{folder}/rows.parquet", compression="zstd", maintain_order=False, engine="streaming")


if __name__ == "__main__":
    main(*sys.argv[1:])
