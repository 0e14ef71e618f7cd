"""Writes the workbook for a Snowflake account, or with --demo the package with an extract of a DuckDB warehouse.

build.py --warehouse snowflake://ORGANIZATION-ACCOUNT --sign-in sso --out covers.twb
build.py --demo demo/covers.duckdb --out covers-demo.twbx
"""

import argparse
import pathlib
import sys

import connection
import content
from workbook import workbook


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = options.add_mutually_exclusive_group(required=True)
    what.add_argument("--warehouse", help="Snowflake account, or a warehouse's URL as COVERS_WAREHOUSE has it")
    what.add_argument("--demo", type=pathlib.Path, metavar="DUCKDB", help="pack an extract of this warehouse")
    options.add_argument("--sign-in", default="sso", help="sso, or password (an access token goes in as one)")
    options.add_argument("--out", type=pathlib.Path, required=True)
    o = options.parse_args()
    try:
        if o.demo and not o.demo.is_file():
            raise connection.WrongSettingError(f"{o.demo} is not there: run make demo first")
        kind = connection.Extracts() if o.demo else connection.parse(o.warehouse, o.sign_in)
    except connection.WrongSettingError as e:
        print(f"build.py: {e}", file=sys.stderr)
        sys.exit(64)
    o.out.parent.mkdir(parents=True, exist_ok=True)
    text = workbook(content.SOURCES, content.COLORS, content.DASHBOARDS, kind)
    if o.demo:
        import package  # the Hyper API, 90 MB: for this alone

        package.write(o.out, text, content.SOURCES, o.demo)
    else:
        o.out.write_bytes(text)
    print(f"wrote {o.out}")


if __name__ == "__main__":
    main()
