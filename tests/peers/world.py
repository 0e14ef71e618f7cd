"""Makes what the programs are measured with: days of the simulated platforms, and raw records as extract writes them.

What was made is kept in the cache's folder, so that a second run starts at once; remove the folder to make it anew.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from measure import RunError, run, say

DAY = "2026-03-29"  # a Sunday is about an average day

SECRETS = {
    **{f"COVERS_{p}_CLIENT_{half}": "not-a-secret" for p in ("OPENTABLE", "THEFORK") for half in ("ID", "SECRET")},
    "COVERS_TOKEN_KEY": "not a secret: a token key for invented guests",
}

# Defects that every peer can meet as we do, each in a thousandth of the records. Left out is what tools disagree on: broken
# UTF-8, a member given twice, numbers written as text or beyond 64 bits, an amount that is rounded.
KINDS_OF_DEFECT = [
    *["unknown_status", "party_size_zero", "missing_required", "local_utc_mismatch", "bad_timestamp", "foreign_restaurant"],
    *["unknown_channel", "unknown_table_category", "extra_field", "null_date", "money_without_unit", "wrong_currency"],
]
DEFECTS = ["--defects", "0", "--merges", "none"] + [f"--defect={kind}=0.001" for kind in KINDS_OF_DEFECT]

PLATFORM = "{api_url: 'http://unused.invalid', auth_url: 'http://unused.invalid', requests_per_second: 100000, page_size: 1000"
RESTAURANTS = f"""version: 1
platforms:
  opentable: {PLATFORM}, credential: opentable, overlap: 1h}}
  thefork: {PLATFORM}, credential: thefork, overlap: 24h, money_unit: major}}
restaurants:
  - {{id: 101, name: Covers London, timezone: Europe/London, currency: GBP, country: GB, from: 2026-01-01, revision: 1,
      opentable: {{rid: 1001}}, thefork: {{uuid: 5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0101}}}}
accounts:
  - {{id: group-main, platform: thefork, group_uuid: 7a1d3c90-44be-4f0e-9d52-6b8e4c2a0001, from: 2026-01-01, revision: 1}}
"""


@dataclasses.dataclass(frozen=True)
class Input:
    """Raw records of one kind, and the zone in which validate finds them alone."""

    kind: str  # as opentable/reservation
    source: str
    raw: pathlib.Path
    objects: list[pathlib.Path]
    records: int
    restaurants: pathlib.Path


def simulator(binaries: pathlib.Path, cache: pathlib.Path, platform: str, records: int) -> pathlib.Path:
    """Return the folder with a day of about so many reservations of one platform, and its restaurants' file."""
    folder = cache / f"{platform}-{records}"
    folder.mkdir(parents=True, exist_ok=True)
    restaurants = folder / "restaurants.yaml"
    restaurants.write_text(RESTAURANTS)
    if not (folder / "made").exists():
        say(f"generate {records} reservations of {platform}")
        out = ["--out", f"file://{folder}/simulator", "--source", f"{platform}/101", "--restaurants", str(restaurants)]
        run([binaries / "generate", "--day", DAY, "--records", str(records), *out, *DEFECTS])
        (folder / "made").touch()
    return folder


@contextlib.contextmanager
def scratch(cache: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yield a folder that is removed at the end."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=cache, prefix="out-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def served(
    binaries: pathlib.Path, zone: pathlib.Path, restaurants: pathlib.Path, pinned: tuple[str, ...] = ()
) -> Iterator[tuple[str, int]]:
    """Serve a simulator's folder on loopback, and yield the URL and the process's id."""
    url = zone.parent / "url"
    url.unlink(missing_ok=True)
    command = [*pinned, str(binaries / "mockapi"), "--data", f"file://{zone}", "--listen", "127.0.0.1:0", "--url-file", str(url)]
    command += ["--restaurants", str(restaurants), "--log-level", "error"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, **SECRETS}) as server:
        try:
            while not url.exists():
                if server.poll() is not None:
                    raise RunError(f"mockapi ended with {server.returncode}")
                time.sleep(0.01)
            yield url.read_text().strip(), server.pid
        finally:
            server.terminate()


def urls(url: str) -> dict[str, str]:
    """Return the settings that say where the simulated platforms are."""
    return {
        "COVERS_OPENTABLE_URL": url,
        "COVERS_OPENTABLE_AUTH_URL": url,
        "COVERS_THEFORK_URL": url + "/manager",
        "COVERS_THEFORK_AUTH_URL": url,
    }


def inputs(binaries: pathlib.Path, cache: pathlib.Path, opentable: int, guests: int, thefork: int) -> list[Input]:
    """Return the raw records of all four kinds: OpenTable's reservations, guests, and both of TheFork."""
    return [
        alone(extracted(binaries, simulator(binaries, cache, platform, records)), platform, kind, source)
        for platform, records, kind, source in [
            ("opentable", opentable, "reservation", "opentable/101"),
            ("opentable", guests, "customer", "opentable/101"),
            ("thefork", thefork, "reservation", "thefork/101"),
            ("thefork", thefork, "customer", "thefork/group-main"),
        ]
    ]


def extracted(binaries: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """Read all sources of a simulator's folder, unless that was done, and return the folder."""
    if (folder / "extracted").exists():
        return folder
    shutil.rmtree(folder / "raw", ignore_errors=True)
    with served(binaries, folder / "simulator", folder / "restaurants.yaml") as (url, _):
        for source in ["opentable/101"] if folder.name.startswith("opentable") else ["thefork/101", "thefork/group-main"]:
            say(f"extract {source}")
            command = [binaries / "extract", "--source", source, "--day", DAY, "--by", "updated"]
            command += ["--raw", f"file://{folder}/raw", "--restaurants", folder / "restaurants.yaml"]
            run(command, {**SECRETS, **urls(url)})
    (folder / "extracted").touch()
    return folder


def alone(folder: pathlib.Path, platform: str, kind: str, source: str) -> Input:
    """Return a reading's records of one kind: a zone whose manifest names no others."""
    manifest = next((folder / "raw" / source).rglob("manifest.json"))
    reading: dict[str, Any] = json.loads(manifest.read_text())
    reading["objects"] = [o for o in reading["objects"] if o["kind"] == kind]
    reading["counts"] = {k: n if k == kind else {} for k, n in reading["counts"].items()}
    zone = folder / f"raw-{kind}"
    shutil.rmtree(zone, ignore_errors=True)
    target = zone / manifest.relative_to(folder / "raw")
    target.parent.mkdir(parents=True)
    for o in reading["objects"] + reading.get("request_log", []):
        (zone / o["key"]).hardlink_to(folder / "raw" / o["key"])
    target.write_text(json.dumps(reading))
    objects = [zone / o["key"] for o in reading["objects"]]
    records = sum(o["records"] for o in reading["objects"])
    return Input(f"{platform}/{kind}", source, zone, objects, records, folder / "restaurants.yaml")
