"""The sources that restaurants.yaml lists, as far as a DAG has to know them.

The steps read and check the file themselves, whole: here it decides only which tasks there are, which credential they share
and how fast each may ask.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Source:
    """One thing to read: id is "opentable/101" or "thefork/group-main", first and last are days (YYYY-MM-DD)."""

    id: str
    first: str
    last: str | None

    def read_on(self, day: str) -> bool:
        """Return whether the source is read on a day (YYYY-MM-DD), as report expects it."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Platform:
    """The sources that share a platform's credential, and so its limit of requests a second."""

    name: str
    credential: str
    requests_per_second: float
    sources: tuple[Source, ...]

    @property
    def pool(self) -> str:
        """The pool whose slots bound how many ask the platform at once."""
        return f"covers_{self.credential}"

    @property
    def rate(self) -> str:
        """What one task may send a second: processes know nothing of each other, so each gets its part of the limit."""
        return f"{self.requests_per_second / slots(self.pool):g}"


def platforms(path: str | Path | None = None) -> list[Platform]:
    """Read restaurants.yaml: COVERS_RESTAURANTS, or the repository's own. A platform without a source is left out."""
    path = Path(path or os.environ.get("COVERS_RESTAURANTS") or HERE.parent / "restaurants.yaml")
    with path.open(encoding="utf-8") as file:
        content = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    entries = [(name, r) for r in content.get("restaurants") or [] for name in content["platforms"] if name in r]
    entries += [(a["platform"], a) for a in content.get("accounts") or []]
    found = []
    for name, settings in sorted(content["platforms"].items()):
        # A mapped task knows its source by number. In this order a source that is added leaves the numbers of earlier days as
        # they are, so that a task of an old run that is cleared reads what it read before.
        sources = sorted(
            (_source(name, entry) for platform, entry in entries if platform == name),
            key=lambda source: (source.first, source.id),
        )
        if sources:
            found.append(Platform(name, settings["credential"], settings["requests_per_second"], tuple(sources)))
    return found


def _source(platform: str, entry: dict[str, Any]) -> Source:
    # YAML makes a date of an unquoted day, whose text is the day again, and 101.0 of an id that is 101.
    last, number = entry.get("until"), entry["id"]
    number = int(number) if isinstance(number, float) else number
    return Source(f"{platform}/{number}", str(entry["from"]), str(last) if last else None)


def slots(pool: str) -> int:
    """Return a pool's slots as pools.json has them, which is also what `airflow pools import` reads."""
    pools: dict[str, dict[str, int]] = json.loads((HERE / "pools.json").read_text(encoding="utf-8"))
    if pool not in pools:
        raise KeyError(f"{pool} is not in {HERE / 'pools.json'}: add it, and import the file with `airflow pools import`")
    return pools[pool]["slots"]
