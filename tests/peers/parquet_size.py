"""Writes the rows of Parquet files again with pyarrow and says how large both are.

Usage: parquet_size.py FILE…. It prints the bytes of the files, those of pyarrow's, and the rows, as JSON. pyarrow writes
as the peers have it write, with zstd and its own defaults, which include dictionaries: a file for a file, its rows in as many
row groups.
"""

import json
import pathlib
import sys
import tempfile

import pyarrow.parquet as pq


def sizes(files: list[str]) -> dict[str, int]:
    found = {"ours": 0, "pyarrow": 0, "rows": 0}
    for name in files:
        source = pq.ParquetFile(name)
        with tempfile.NamedTemporaryFile(suffix=".parquet") as again:
            with pq.ParquetWriter(again.name, source.schema_arrow, compression="zstd") as writer:
                for group in range(source.num_row_groups):
                    writer.write_table(source.read_row_group(group))
            written = pq.ParquetFile(again.name)
            if (written.metadata.num_rows, written.num_row_groups) != (source.metadata.num_rows, source.num_row_groups):
                raise SystemExit(f"{name}: pyarrow wrote other rows or row groups than it read")
            found["pyarrow"] += pathlib.Path(again.name).stat().st_size
        found["ours"] += pathlib.Path(name).stat().st_size
        found["rows"] += source.metadata.num_rows
    return found


if __name__ == "__main__":
    print(json.dumps(sizes(sys.argv[1:])))
