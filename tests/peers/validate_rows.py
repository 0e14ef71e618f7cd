"""The row of validate: our program beside DuckDB, polars and pydantic, on the same raw records of each kind."""

import json
import os
import pathlib
import statistics
import sys
from collections.abc import Iterator

from measure import CORES, ONE, RunError, Usage, run, say
from table import figure, ratio, row, table
from world import DAY, SECRETS, Input, scratch

HERE = pathlib.Path(__file__).parent
PEERS = ["duckdb", "polars", "pydantic"]
OURS = "validate"
AIMS = {"duckdb": 2.0, "pydantic": 8.0}  # our records a core-second by theirs
AIM_OF_SIZE = 1.0  # our Parquet's bytes by those of pyarrow's, at most
AIM_OF_CORES = 1.8  # one core's time by the clock by that of all

NOTE = """\
`validate` also gives each row its place and a digest, makes keyed tokens of a guest's names, numbers and addresses, holds every
local time against its twin, keeps a ledger of what it refused and why, checksums what it reads and counts a profile of the day.
The peers do none of that, and leave those columns out; their other columns are the same, value by value, as ours: each run checks
it. CPU is user and system, of all processes; the peak is that of the largest process. Start-up is included: Python's is theirs.
Records a core-second are on one core; the ratios are medians of the rounds' own. Sizes are those of our Parquet objects and of
the same rows, all columns, written by pyarrow with zstd and dictionaries in as many row groups."""

Runs = dict[tuple[str, bool], list[Usage]]  # by program, and whether it had all cores


def ours(binaries: pathlib.Path, given: Input, folder: pathlib.Path, cores: list[int]) -> Usage:
    command = [binaries / "validate", "--source", given.source, "--day", DAY, "--restaurants", given.restaurants]
    command += ["--raw", f"file://{given.raw}", "--staging", f"file://{folder}", "--log-level", "error"]
    return run(command, SECRETS, cores)[0]


def theirs(peer: str, given: Input, folder: pathlib.Path, cores: list[int]) -> Usage:
    threads = str(len(cores))
    command = [sys.executable, HERE / f"validate_{peer}.py", given.kind, folder, threads, *given.objects]
    return run(command, {"POLARS_MAX_THREADS": threads, "OMP_NUM_THREADS": threads}, cores)[0]


def hold(peer: str, given: Input, standard: pathlib.Path, folder: pathlib.Path) -> None:
    """Hold a peer's rows against ours."""
    kind = given.kind.partition("/")[2]
    command = [sys.executable, HERE / "rows.py", f"{standard}/**/{kind}-*.parquet", f"{folder}/*.parquet"]
    if wrong := run(command)[1].strip():
        raise RunError(
            f"{peer}: {given.kind}: other rows than ours in {wrong}: mend tests/peers/validate_{peer}.py or its modules"
        )


def size(given: Input, standard: pathlib.Path) -> str:
    """Return how large our rows are beside the same ones as pyarrow writes them."""
    files = sorted(standard.glob(f"**/{given.kind.partition('/')[2]}-*.parquet"))
    both = json.loads(run([sys.executable, HERE / "parquet_size.py", *files])[1])
    ours, theirs = both["ours"] / both["rows"], both["pyarrow"] / both["rows"]
    return f"{ours:.1f} ÷ {theirs:.1f} bytes a row: {ratio([ours / theirs], at_most=AIM_OF_SIZE)}"


def rounds(binaries: pathlib.Path, cache: pathlib.Path, given: Input, times: int) -> tuple[Runs, str]:
    """Run all programs in turn, so often, on one core and on all. Return what they used, and how large our Parquet is."""
    runs: Runs = {}
    large = ""  # the same bytes in each round
    for n in range(times):
        for cores in [ONE, CORES] if len(CORES) > 1 else [ONE]:
            with scratch(cache) as standard:
                for program in [OURS, *PEERS]:
                    with scratch(cache) as folder:
                        if program == OURS:
                            used = ours(binaries, given, standard, cores)
                        else:
                            used = theirs(program, given, folder, cores)
                            hold(program, given, standard, folder)
                    what = f"{used.cpu:.2f} CPU s, {used.wall:.2f} s, {used.peak:.0f} MiB"
                    say(f"round {n + 1}, {given.kind}, cores {cores}: {program} {what}")
                    runs.setdefault((program, len(cores) > 1), []).append(used)
                    os.sync()  # what one wrote is not written back in the next one's time
                large = large or size(given, standard)
    return runs, large


def middle(used: list[Usage], what: str) -> float:
    return statistics.median(getattr(u, what) for u in used)


def lines(given: Input, runs: Runs, large: str) -> Iterator[list[str]]:
    for program in [OURS, *PEERS]:
        one, every = runs[program, False], runs.get((program, True))
        by = ratio([t.cpu / o.cpu for t, o in zip(one, runs[OURS, False], strict=True)], AIMS.get(program))
        faster = "not measured: one core"
        if every:
            aim = AIM_OF_CORES if program == OURS else None
            faster = ratio([a.wall / b.wall for a, b in zip(one, every, strict=True)], aim)
        yield [
            f"{given.kind}, {given.records:,}" if program == OURS else "",
            program,
            figure(middle(one, "cpu")),
            f"{given.records / middle(one, 'cpu'):,.0f}",
            "" if program == OURS else by,
            figure(middle(one, "wall")),
            figure(middle(every, "wall")) if every else "",
            figure(middle(every, "cpu")) if every else "",
            faster,
            f"{middle(one, 'peak'):.0f}" + (f", {middle(every, 'peak'):.0f}" if every else ""),
            large if program == OURS else "",
        ]


def section(binaries: pathlib.Path, cache: pathlib.Path, given: list[Input], times: int) -> Iterator[str]:
    """Yield the table's lines, those of a kind as soon as it was measured."""
    head = [
        *["kind and records", "program", "CPU s, one core", "records a core-second", "ours ÷ theirs (aim)", "s, one core"],
        *[f"s, {len(CORES)} cores", f"CPU s, {len(CORES)} cores", "one core ÷ all, by the clock (aim)", "peak MiB, one, all"],
        "Parquet ÷ pyarrow's of the same rows (aim)",
    ]
    yield "### validate\n\n" + table(head, [])
    for one in given:
        yield "\n".join(map(row, lines(one, *rounds(binaries, cache, one, times))))
    yield "\n" + NOTE
