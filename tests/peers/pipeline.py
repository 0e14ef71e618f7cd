"""A day of bookings from OpenTable and TheFork to DuckDB as a plain Python pipeline: requests, pydantic, pyarrow, duckdb.

It reads each source once, keeps what it read as zstd NDJSON, validates that to Parquet by the models beside this file, and loads
all of it: the newest state of each booking and guest. As many sources are read at once as there are cores, in processes, and
TheFork's records by eight calls at once, as our extract does.

Usage: pipeline.py URL RESTAURANTS DAY FOLDER. The warehouse is FOLDER/warehouse.duckdb.
"""

import concurrent.futures
import datetime
import functools
import json
import os
import pathlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import requests
import requests.adapters
import yaml
import zstandard

import validate_pydantic
from settings import Place

PAGE = 1000
CALLS = 8
ID, SECRET = "not-a-secret", "not-a-secret"

# What a source gives: the kind of a record, the id that it was asked for by, if it was, and the record.
Found = Iterator[tuple[str, str | None, Any]]
Source = tuple[str, dict[str, Any]]  # as "opentable", and the entry in restaurants.yaml


def session() -> requests.Session:
    out = requests.Session()
    retries = requests.adapters.Retry(total=5, backoff_factor=1, status_forcelist=[429, 500, 502, 503, 504])
    adapter = requests.adapters.HTTPAdapter(pool_maxsize=CALLS, max_retries=retries)
    out.mount("http://", adapter)
    out.mount("https://", adapter)
    return out


def answer(reply: requests.Response) -> Any:
    reply.raise_for_status()
    return reply.json()


def opentable(url: str, entry: dict[str, Any], day: datetime.date) -> Found:
    """Yield what changed since an hour before the day."""
    http = session()
    token = answer(
        http.get(f"{url}/api/v2/oauth/token", params={"grant_type": "client_credentials"}, auth=(ID, SECRET), timeout=60)
    )
    http.headers["Authorization"] = f"Bearer {token['access_token']}"
    since = datetime.datetime.combine(day, datetime.time()) - datetime.timedelta(hours=1)
    for kind, path in (("reservation", "reservations"), ("customer", "guests")):
        parameters: dict[str, Any] = {"rid": entry["opentable"]["rid"], "limit": PAGE, "offset": 0}
        parameters["updated_after"] = f"{since:%Y-%m-%dT%H:%M:%S.000Z}"
        more = True
        while more:
            page = answer(http.get(f"{url}/sync/v2/{path}", params=parameters, timeout=60))
            for record in page["items"]:
                yield kind, None, record
            more = page["hasNextPage"]
            parameters["offset"] += PAGE


def thefork(url: str, entry: dict[str, Any], day: datetime.date) -> Found:
    """Yield the bookings of a restaurant, or the customers of an account, that changed on the day or beside it."""
    http = session()
    form = {"grant_type": "client_credentials", "client_id": ID, "client_secret": SECRET, "audience": "https://api.thefork.io"}
    token = answer(http.post(f"{url}/oauth/token", data=form, timeout=60))
    http.headers["Authorization"] = f"Bearer {token['access_token']}"
    beside = datetime.timedelta(days=1)
    parameters: dict[str, Any] = {"startDate": str(day - beside), "endDate": str(day + beside), "limit": PAGE, "page": 1}
    if "group_uuid" in entry:
        kind, path = "customer", f"{url}/manager/v1/customers"
        parameters["groupUuid"] = entry["group_uuid"]
    else:
        kind, path = "reservation", f"{url}/manager/v1/reservations"
        parameters |= {"restaurantUuid": entry["thefork"]["uuid"], "filterBy": "updatedDate"}

    def one(id_: str) -> tuple[str, str, Any]:
        record = answer(http.get(f"{path}/{id_}", timeout=60))
        return kind, id_, record.get("data", record)

    with concurrent.futures.ThreadPoolExecutor(CALLS) as pool:
        while ids := answer(http.get(path, params=parameters, timeout=60))["data"]:
            yield from pool.map(one, ids)
            parameters["page"] += 1


READ: dict[str, Callable[[str, dict[str, Any], datetime.date], Found]] = {"opentable": opentable, "thefork": thefork}


def place_of(entry: dict[str, Any]) -> Place:
    """Return what records of a restaurant need to be understood; an account's need nothing."""
    rid, uuid = entry.get("opentable", {}).get("rid", 0), entry.get("thefork", {}).get("uuid", "")
    return Place(entry["id"], rid, uuid, entry.get("timezone", "UTC"), entry.get("currency", ""))


def bring(url: str, day: datetime.date, folder: pathlib.Path, source: Source) -> None:
    """Read a source's day and validate it: one Parquet file of each kind of record."""
    platform, entry = source
    raw: dict[str, Any] = {}
    for kind, asked, record in READ[platform](url, entry, day):
        if kind not in raw:
            path = folder / "raw" / f"{platform}-{entry['id']}-{kind}.ndjson.zst"
            raw[kind] = zstandard.open(path, "wt", encoding="utf-8")
        line = {"kind": kind, "read_at": datetime.datetime.now(datetime.UTC).isoformat(), "asked": asked, "record": record}
        raw[kind].write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    place = place_of(entry)
    for kind, file in raw.items():
        file.close()
        name = f"{platform}-{entry['id']}-{kind}.ndjson.zst"
        validate_pydantic.validate(f"{platform}/{kind}", str(folder / kind), place, str(folder / "raw" / name))


NEWEST = """
CREATE TABLE IF NOT EXISTS {table} AS FROM read_parquet('{files}') LIMIT 0;
CREATE OR REPLACE TABLE {table} AS
SELECT * FROM (FROM {table} UNION ALL BY NAME FROM read_parquet('{files}'))
QUALIFY row_number() OVER (PARTITION BY platform, {key} ORDER BY clock_epoch DESC, clock DESC, read_at DESC) = 1;
"""

ERASE = """
UPDATE reservations SET customer_id = NULL
WHERE customer_id IN (SELECT customer_id FROM customers WHERE forgotten AND platform = reservations.platform);
"""


def load(folder: pathlib.Path) -> None:
    """Bring all rows into the warehouse: the newest state of each, and no guest who asked to be forgotten."""
    with duckdb.connect(folder / "warehouse.duckdb") as house:
        house.begin()
        house.execute(NEWEST.format(table="reservations", files=folder / "reservation/*.parquet", key="reservation_id"))
        house.execute(NEWEST.format(table="customers", files=folder / "customer/*.parquet", key="customer_id"))
        house.execute(ERASE)
        house.commit()


def main(url: str, restaurants: str, day: str, target: str) -> None:
    folder = pathlib.Path(target)
    for sub in ("raw", "reservation", "customer"):
        (folder / sub).mkdir(parents=True, exist_ok=True)
    known = yaml.safe_load(pathlib.Path(restaurants).read_text())
    sources = [(platform, entry) for entry in known["restaurants"] for platform in READ if platform in entry]
    sources += [(entry["platform"], entry) for entry in known["accounts"]]
    work = functools.partial(bring, url, datetime.date.fromisoformat(day), folder)
    with concurrent.futures.ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for _ in pool.map(work, sources):
            pass
    load(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
