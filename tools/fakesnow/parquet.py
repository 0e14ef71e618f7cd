"""Files of Parquet's writer v2 are refused, since Snowflake supports those of writer v1 alone.

https://docs.snowflake.com/en/user-guide/data-load-prepare#supported-file-formats
A page's header begins with its type, in Thrift's compact form: https://parquet.apache.org/docs/file-format/metadata/.
"""

import io
from typing import Any

import pyarrow.parquet

from refusal import refuse

SUPPORTED = {"PLAIN", "RLE", "PLAIN_DICTIONARY", "RLE_DICTIONARY", "BIT_PACKED"}
DATA_PAGE_V2 = 3
FIRST_FIELD = 0x15  # field 1, an i32


def page_type(file: bytes, at: int) -> int:
    """Read the type of the page that begins somewhere."""
    if file[at] != FIRST_FIELD:
        raise ValueError(f"no page header at {at}")
    return file[at + 1] >> 1  # zigzag


def unsupported(file: bytes) -> str:
    """Say what of a file is not of writer v1; "" for nothing."""
    groups: Any = pyarrow.parquet.read_metadata(io.BytesIO(file))
    for g in range(groups.num_row_groups):
        for c in range(groups.num_columns):
            column = groups.row_group(g).column(c)
            if odd := set(column.encodings) - SUPPORTED:
                return f"column {column.path_in_schema} is encoded as {', '.join(sorted(odd))}"
            if column.num_values and page_type(file, column.data_page_offset) == DATA_PAGE_V2:
                return f"column {column.path_in_schema} has pages of version 2"
    return ""


def check(url: str, file: bytes) -> None:
    if why := unsupported(file):
        raise refuse(100152, "22000", f"Error parsing the parquet file: {why}\n  File '{url}'")
