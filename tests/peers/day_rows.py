"""The row of a whole day: our steps beside a plain Python pipeline, from the running mock API to a DuckDB warehouse."""

import concurrent.futures
import pathlib
import shutil
import sys
import time

import yaml

from measure import CORES, RunError, Usage, run, say
from table import figure, ratio, table
from world import DAY, DEFECTS, SECRETS, scratch, served, urls

ROOT = pathlib.Path(__file__).parents[2]
RECORDS = 4200  # of each restaurant and platform, as the demo has
AIM = 20.0  # Python's time by ours

NOTE = """\
From the running mock API, which shares the cores, to the day's current bookings in DuckDB, by the clock; no rate is limited. Ours
are extract and validate of each source, as many sources at once as there are cores, then transform and load: it sweeps each list
until it stands still, so at least twice, where the pipeline reads it once, and does all that the other tables' notes say. Both
warehouses' bookings are the same, value by value but for the time of reading: each run checks it."""


def sources(restaurants: pathlib.Path) -> list[str]:
    known = yaml.safe_load(restaurants.read_text())
    platforms = ("opentable", "thefork")
    named = [f"{platform}/{entry['id']}" for entry in known["restaurants"] for platform in platforms if platform in entry]
    return named + [f"{entry['platform']}/{entry['id']}" for entry in known["accounts"]]


def ours(binaries: pathlib.Path, url: str, restaurants: pathlib.Path, folder: pathlib.Path) -> Usage:
    """Run the steps of a day as the demo does."""
    env = SECRETS | urls(url) | {"COVERS_DAY": DAY, "COVERS_RESTAURANTS": str(restaurants), "COVERS_LOG_LEVEL": "error"}
    env |= {f"COVERS_{zone.upper()}": f"file://{folder}/{zone}" for zone in ("raw", "staging", "processed")}
    env["COVERS_WAREHOUSE"] = f"duckdb://{folder}/warehouse.duckdb"

    def bring(source: str) -> list[Usage]:
        read = [binaries / "extract", "--source", source, "--by", "updated", "--requests-per-second", "100000"]
        return [run(read, env)[0], run([binaries / "validate", "--source", source], env)[0]]

    began = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(len(CORES)) as pool:
        used = [usage for both in pool.map(bring, sources(restaurants)) for usage in both]
    used += [run([binaries / step], env)[0] for step in ("transform", "load")]
    return Usage(sum(u.cpu for u in used), time.perf_counter() - began, max(u.peak for u in used))


def theirs(url: str, restaurants: pathlib.Path, folder: pathlib.Path) -> Usage:
    return run([sys.executable, ROOT / "tests/peers/pipeline.py", url, restaurants, DAY, folder])[0]


def simulated(binaries: pathlib.Path, cache: pathlib.Path) -> pathlib.Path:
    """Return the zone with the day of the demo's world."""
    folder = cache / f"day-{RECORDS}"
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        out = ["--out", f"file://{folder}/simulator", "--restaurants", ROOT / "restaurants.yaml", *DEFECTS]
        run([binaries / "generate", "--day", DAY, "--records", str(RECORDS), *out])
        (folder / "made").touch()
    return folder / "simulator"


def section(binaries: pathlib.Path, cache: pathlib.Path, times: int) -> str:
    restaurants = ROOT / "restaurants.yaml"
    pairs: list[tuple[Usage, Usage]] = []
    with served(binaries, simulated(binaries, cache), restaurants) as (url, _):
        for n in range(times):
            with scratch(cache) as a, scratch(cache) as b:
                pair = ours(binaries, url, restaurants, a), theirs(url, restaurants, b)
                houses = [folder / "warehouse.duckdb" for folder in (a, b)]
                if wrong := run([sys.executable, ROOT / "tests/peers/rows.py", *houses])[1].strip():
                    raise RunError(f"pipeline.py: other bookings than ours in {wrong}: mend tests/peers/pipeline.py")
            say(f"round {n + 1}, the day: ours {pair[0].wall:.2f} s, Python {pair[1].wall:.2f} s")
            pairs.append(pair)
    body = []
    for name, side in zip(("Covers' steps", "Python pipeline"), zip(*pairs, strict=True), strict=True):
        middle = [sorted(values)[len(values) // 2] for values in zip(*((u.wall, u.cpu, u.peak) for u in side), strict=True)]
        body.append([name, figure(middle[0]), figure(middle[1]), f"{middle[2]:.0f}"])
    faster = ratio([b.wall / a.wall for a, b in pairs], AIM)
    head = ["", "s by the clock", "CPU s", "peak MiB of the largest process"]
    return f"### A day of the demo's world\n\n{table(head, body)}\n\nPython's time ÷ ours: {faster}.\n\n{NOTE}"
