"""Measures our programs beside what good engineers would use instead, and prints the tables as Markdown.

All programs of a row run in turn, in each round in the same order, so that what else the machine does disturbs all alike. Where
we lose the table says so. `make bench-peers` runs it; docs/performance.md says what each row compares.
"""

import argparse
import datetime
import importlib.metadata
import os
import pathlib
import platform
import signal
import sys

import container_rows
import day_rows
import server_rows
import validate_rows
from measure import CORES, RunError, run
from table import table
from world import inputs

ROWS = ["validate", "server", "container", "day"]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="the folder of the built steps")
    parser.add_argument("--cache", type=pathlib.Path, required=True, help="the folder for what is made to measure with")
    parser.add_argument("--opentable", type=int, default=100_000, help="about how many reservations OpenTable has")
    parser.add_argument("--guests", type=int, default=100_000, help="the same of the OpenTable whose guests are validated")
    parser.add_argument("--thefork", type=int, default=100_000, help="about how many reservations TheFork has")
    parser.add_argument("--rounds", type=int, default=3, help="how often each program runs")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=ROWS, help="what is measured")
    return parser.parse_args()


def machine(binaries: pathlib.Path) -> str:
    """Return what was measured, on what and when."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / (1 << 30)
    libraries = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("duckdb", "polars", "pydantic", "pyarrow"))
    rows = [
        ["machine", f"{cpu}, {len(CORES)} cores, {memory:.0f} GiB, Linux {platform.release()}"],
        ["date", f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC"],
        ["Covers", run([binaries / "validate", "--version"])[1].strip()],
        ["peers", f"Python {platform.python_version()}, {libraries}, {server_rows.version()}"],
        ["load of the machine before", ", ".join(f"{n:.1f}" for n in os.getloadavg())],
    ]
    return table(["what", ""], rows)


def main() -> int:
    given = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started ends too
    binaries, cache = given.bin.resolve(), given.cache.resolve()
    cache.mkdir(parents=True, exist_ok=True)
    print(machine(binaries), flush=True)
    try:
        if "validate" in given.rows:
            raw = inputs(binaries, cache, given.opentable, given.guests, given.thefork)
            print()
            for text in validate_rows.section(binaries, cache, raw, given.rounds):
                print(text, flush=True)
        if "server" in given.rows:
            print("\n" + server_rows.section(binaries, cache, given.opentable, given.rounds), flush=True)
        if "container" in given.rows:
            print("\n" + container_rows.section(given.rounds), flush=True)
        if "day" in given.rows:
            print("\n" + day_rows.section(binaries, cache, given.rounds), flush=True)
    except RunError as error:
        print(f"bench-peers: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
