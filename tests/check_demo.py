"""Checks what `make demo` left, independently of the programs that made it.

It reads the lake and the warehouse with other libraries in another language and counts everything again:

1. each reading's lines in raw, against its manifest, the equations and, verbatim, what the simulator served that day;
2. the quarantine, record by record, against the simulator's answer sheets, exactly: what is refused, and which field of what went
   in is left out; how often each kind of defect was met;
3. the warehouse's observations, absences, merged guests and current rows, against the raw records themselves: which observation
   is current, its status, party, bill and time, worked out here from the platforms' JSON;
4. the Parquet objects' form: pages and encodings of version 1, which is what Snowflake supports; and that Arrow reads the same
   rows of them as DuckDB, with a decoder of its own.

Usage: check_demo.py DEMO_FOLDER. Exit code 0 when all agrees; otherwise each disagreement is a line.
"""

import collections
import datetime
import io
import json
import pathlib
import re
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb
import pyarrow.parquet
import zstandard

problems: list[str] = []
NEVER = datetime.datetime.min


def check(what: str, got: object, want: object) -> None:
    if got != want:
        problems.append(f"{what}: got {got!r}, want {want!r}")


def lines(path: pathlib.Path) -> Iterator[bytes]:
    with path.open("rb") as f:
        yield from io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(f))


def record_bytes(line: bytes) -> bytes:
    """Return the record, verbatim: in both zones it is the last member of its line."""
    return line[line.index(b',"record":') + len(b',"record":') : line.rindex(b"}")]


INSTANT = re.compile(rb'"(creationDate|lastUpdateDate)":"(\d{4}-\d\d-\d\d)T[0-9:.]+Z"')


def as_served(platform: str, kind: str, record: bytes) -> bytes:
    """Return a record as the simulated platform answers: of TheFork's customers it keeps instants and gives dates, in UTC."""
    if (platform, kind) == ("thefork", "customer"):
        return INSTANT.sub(rb'"\1":"\2"', record)
    return record


class Simulator:
    """What the platforms knew: of each record, by day, which defect was put into it, if any, and what must be refused."""

    def __init__(self, root: pathlib.Path):
        # (platform, kind, id) -> [(updated_at, day, record's hash, refusals, defect)]
        self.versions: dict[tuple[str, str, str], list[tuple[Any, ...]]] = collections.defaultdict(list)
        # A record with a defect may lack its id: (platform, kind, record's hash) -> id
        self.ids: dict[tuple[str, str, int], str] = {}
        for day_file in sorted(root.glob("*/*/*/day.json")):
            folder, (platform, _, day) = day_file.parent, day_file.parts[-4:-1]
            sheet = {}
            for text in (folder / "answers.ndjson").read_text().splitlines():
                answer = json.loads(text)
                expected = {(e["reason"], e["field"], e.get("noted", False)) for e in answer["expect"]}
                # Of a record that is refused nothing is noted.
                refusals = {e for e in expected if not e[2]}
                sheet[answer["kind"], answer["id"]] = refusals or expected, answer["defect"]
            for kind in ("reservation", "customer"):
                for line in lines(folder / f"{kind}s.ndjson.zst"):
                    index = json.loads(line.decode("utf-8", "replace"))
                    refusals, defect = sheet.get((kind, index["id"]), (set(), None))
                    record = hash(as_served(platform, kind, record_bytes(line)))
                    self.versions[platform, kind, index["id"]].append((index["updated_at"], day, record, refusals, defect))
                    self.ids[platform, kind, record] = index["id"]

    def served(self, platform: str, kind: str, line: bytes, day: str | None) -> tuple[Any, Any]:
        """Return refusals and defect of a record that is verbatim what was served when `day` was the last one there.

        Where no day is given, it may have been served on any. For any other record both are None.
        """
        record = hash(record_bytes(line))
        record_id = self.ids.get((platform, kind, record), "")
        there = [v for v in self.versions.get((platform, kind, record_id), []) if day is None or v[1] <= day]
        newest = max((v[0] for v in there), default=None)
        return next((v[3:] for v in there if (v[0] == newest or day is None) and v[2] == record), (None, None))


ID_FIELD = {"opentable": "id", "thefork": "reservationUuid"}
STATUS = {
    **dict.fromkeys(["NotConfirmed", "LeftMessage", "WrongNumber", "NoAnswer", "Late", "Confirmed", "RECORDED"], "booked"),
    **dict.fromkeys(["PartiallyArrived", "AllArrived", "RECORDED/PARTIALLY_ARRIVED", "RECORDED/ARRIVED"], "arrived"),
    **dict.fromkeys(
        [
            "PartiallySeated",
            "Seated",
            "Appetizer",
            "Entree",
            "Dessert",
            "Cleared",
            "CheckDropped",
            "Paid",
            "BusTable",
            "AssumedSeated",
            "RECORDED/SEATED",
            "RECORDED/BILL",
        ],
        "seated",
    ),
    **dict.fromkeys(["Done", "AssumedDone", "RECORDED/LEFT"], "completed"),
    **dict.fromkeys(["Cancelled", "CANCELED"], "cancelled"),
    **dict.fromkeys(["NoShow", "NO_SHOW"], "no_show"),
    "REQUESTED": "requested",
    "REFUSED": "declined",
}


def instant(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).astimezone(datetime.UTC).replace(tzinfo=None)


def instant_or_none(text: str | None) -> datetime.datetime | None:
    return None if text is None else instant(text)


def facts(platform: str, r: dict[str, Any], noted: set[str]) -> tuple[Any, ...]:
    """Return clock and content of an accepted reservation, from the platform's own record and the fields noted of it."""
    if platform == "opentable":
        bill = None if "pos_data.pos_total_spend" in noted else (r.get("pos_data") or {}).get("pos_total_spend")
        total = None if bill is None else Decimal(bill) / (r["currency_denominator"] or 1)
        return r["sequence_id"], (STATUS[r["state"]], r["party_size"], instant_or_none(r["scheduled_time_utc"]), total)
    word = r["status"]
    if word == "RECORDED" and r.get("mealStatus"):
        word += "/" + r["mealStatus"]
    updated = instant_or_none(r.get("updatedAt") or (None if "createdAt" in noted else r.get("createdAt")))
    clock = 0 if updated is None else (updated - datetime.datetime(1970, 1, 1)) // datetime.timedelta(microseconds=1)
    bill = None if "billAmount.currency" in noted else (r.get("billAmount") or {}).get("totalPrice")
    total = None if bill is None else Decimal(str(bill))
    if total is not None and "billAmount.totalPrice" in noted:
        total = total.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)  # the simulated restaurants' currencies have cents
    return clock, (STATUS[word], r["partySize"], instant_or_none(r.get("mealDate")), total)


def merged(platform: str, r: dict[str, Any]) -> bool:
    """Report whether a guest's record is one that the platform keeps no more."""
    said = {k for k, v in r.items() if v is not None}
    return platform == "opentable" and ("primary_guest" in said or said <= {"id", "href", "archived"})


def survivor(r: dict[str, Any]) -> str | None:
    """Return the guest that another was merged into, as <rid>-<id>: an id, with or without the restaurant's, or an address."""
    primary = r.get("primary_guest")
    if primary is None:
        return None
    primary = str(primary).rstrip("/").rsplit("/", 1)[-1].lower()
    rid = r["id"].split("-")[0]
    return primary if primary.startswith(rid + "-") else f"{rid}-{primary}"


# How a page's header begins, in Thrift's compact protocol: its first field is the page's type, a whole number (twice its value).
PAGES = {b"\x15\x00": "DATA_PAGE", b"\x15\x04": "DICTIONARY_PAGE", b"\x15\x06": "DATA_PAGE_V2"}


def forms(db: duckdb.DuckDBPyConnection, lake: pathlib.Path) -> int:
    """Check of each Parquet object which pages and encodings it has, and that Arrow reads it; return how many there are."""
    used: Counter[str] = Counter()
    objects = sorted(path for zone in ("staging", "processed") for path in (lake / zone).rglob("*.parquet"))
    for path in objects:
        chunks = db.execute(
            "SELECT encodings, compression, data_page_offset, dictionary_page_offset FROM parquet_metadata(?)", [str(path)]
        ).fetchall()
        data = path.read_bytes()
        for encodings, compression, data_page, dictionary in chunks:
            used.update([*re.split(", *", encodings), compression])
            used.update(PAGES.get(data[at : at + 2], data[at : at + 2].hex()) for at in (data_page, dictionary) if at)
        db.register("arrow", pyarrow.parquet.read_table(path))
        for one, other in (("read_parquet($path)", "arrow"), ("arrow", "read_parquet($path)")):
            differ = db.execute(f"SELECT count(*) FROM (FROM {one} EXCEPT ALL FROM {other})", {"path": str(path)}).fetchone()
            check(f"{path}: rows of {one} that {other} has not", differ, (0,))
    strange = set(used) - {"PLAIN", "RLE", "RLE_DICTIONARY", "ZSTD", "DATA_PAGE", "DICTIONARY_PAGE"}
    check("pages and encodings of Parquet that are not version 1", strange, set())
    return len(objects)


def main(demo: pathlib.Path) -> None:
    lake = demo / "lake"
    if not (lake / "raw").is_dir() or not (lake / "simulator").is_dir() or not (demo / "covers.duckdb").is_file():
        sys.exit(f"{demo} holds no demo: run 'make demo' first")
    simulator = Simulator(lake / "simulator")
    db = duckdb.connect()
    db.execute(f"ATTACH '{demo / 'covers.duckdb'}' AS w (READ_ONLY)")

    accepted_rows: Counter[tuple[str, str]] = Counter()  # by reading and kind
    observed = collections.defaultdict(list)  # (platform, id) -> [(clock, read_at, content)]
    guests = collections.defaultdict(list)  # (platform, id) -> [(clock, read_at, hidden)]
    merges: Counter[tuple[str, str | None]] = Counter()  # (guest, survivor)
    gone: dict[tuple[str, str], datetime.datetime] = {}  # (platform, guest) -> when it was last said to be merged
    accepted: Counter[tuple[str, str]] = Counter()  # by reading and kind, in raw; merged_guests and incomplete likewise
    merged_guests: Counter[tuple[str, str]] = Counter()
    incomplete: Counter[tuple[str, str]] = Counter()
    notes = 0
    absent: dict[tuple[Any, ...], datetime.datetime] = {}  # (platform, kind, id) -> when it was last said to be absent
    absences: Counter[str] = Counter()
    met: Counter[tuple[Any, str]] = Counter()  # by defect, and what became of the record
    quarantined_records = 0
    for path in sorted((lake / "raw").glob("*/*/*/*/*/manifest.json")):
        manifest = json.loads(path.read_text())
        reading, day = manifest["reading"], manifest["day"]
        platform = reading.split("/")[0]
        results = sorted((lake / "staging" / reading).glob("*.json"))
        check(f"{reading}: results", len(results), 1)
        result = json.loads(results[0].read_text())
        withheld = {kind for kind, c in result["counts"].items() if c.get("withheld") or result["refused"]}
        refused = collections.defaultdict(set)
        for o in result["objects"]:
            if o["kind"] == "quarantine":
                columns = "SELECT kind, line, reason, field, noted FROM read_parquet(?)"
                rows = db.execute(columns, [str(lake / "staging" / o["key"])])
                for kind, line, reason, field, noted in rows.fetchall():
                    refused[kind, line].add((reason, field, noted))
        seen: Counter[str] = Counter()
        said: Counter[str] = Counter()
        unread: Counter[str] = Counter()
        for o in manifest["objects"]:
            kind = o["kind"]
            for line in lines(lake / "raw" / o["key"]):
                seen[kind] += 1
                envelope = json.loads(line.decode("utf-8", "replace"))
                read_at = instant(envelope["read_at"])
                if "absent" in envelope:
                    said[kind] += 1
                    if kind not in withheld:
                        absences[reading] += 1
                        key = platform, kind, envelope["absent"]
                        absent[key] = max(absent.get(key, read_at), read_at)
                    continue
                if "unread" in envelope:
                    unread[kind] += 1
                    found = refused.pop((kind, seen[kind]), set())
                    check(f"{reading}: {kind} line {seen[kind]}, not read", found, {("unread", "", False)})
                    continue
                record = envelope["record"]
                # What a reconciliation found may be as of any day: it asks about service dates.
                declared, defect = simulator.served(platform, kind, line, None if manifest["by"] == "reconcile" else day)
                left_out = declared and all(noted for _, _, noted in declared)
                met[defect, "accepted" if not declared else "noted" if left_out else "refused"] += 1
                found = refused.pop((kind, seen[kind]), set())
                check(f"{reading}: {kind} line {seen[kind]}: refusals and notes", found, declared)
                if any(not noted for _, _, noted in found):
                    quarantined_records += 1
                    continue
                notes += len(found)
                incomplete[reading, kind] += bool(found)
                if kind == "customer" and merged(platform, record):
                    merged_guests[reading, kind] += 1
                    if kind not in withheld:
                        merges[record["id"].lower(), survivor(record)] += 1
                        guest = platform, record["id"].lower()
                        gone[guest] = max(gone.get(guest, read_at), read_at)
                    continue
                accepted[reading, kind] += 1
                if kind in withheld:
                    continue
                accepted_rows[reading, kind] += 1
                if kind == "reservation":
                    clock, content = facts(platform, record, {field for _, field, _ in found})
                    observed[platform, record[ID_FIELD[platform]]].append((clock, read_at, content))
                else:
                    id_ = record.get("id" if platform == "opentable" else "customerUuid") or envelope["asked"]
                    clock = record["sequence_id"] if platform == "opentable" else 0
                    guests[platform, id_.lower()].append((clock, read_at, bool(record.get("is_hidden"))))
        check(f"{reading}: refusals of lines that are not there", dict(refused), {})
        log = sum(1 for o in manifest["request_log"] for _ in lines(lake / "raw" / o["key"]))
        check(f"{reading}: requests in the log", log, manifest["requests"] + manifest["token_requests"])
        for kind, c in manifest["counts"].items():
            in_place = c.get("absent", 0) + c.get("unread", 0)
            check(f"{reading}: {kind} lines in raw", seen[kind], c["received"] + in_place)
            check(f"{reading}: {kind} absent", said[kind], c.get("absent", 0))
            check(f"{reading}: {kind} not read", unread[kind], c.get("unread", 0))
            check(f"{reading}: {kind} listed", c["listed"], c["received"] + c["repeated"] + c["gone"] + in_place)
            r = result["counts"][kind]
            check(f"{reading}: {kind} received", r["received"], r["accepted"] + r["quarantined"] + r.get("merged", 0))
            check(f"{reading}: {kind} accepted", r["accepted"], accepted[reading, kind])
            check(f"{reading}: {kind} merged", r.get("merged", 0), merged_guests[reading, kind])
            check(f"{reading}: {kind} noted", r.get("noted", 0), incomplete[reading, kind])
            check(f"{reading}: {kind} not read, by the result", r.get("unread", 0), unread[kind])

    for kind in ("reservation", "customer"):
        want: Any = {reading: n for (reading, k), n in accepted_rows.items() if k == kind and n}
        got: Any = dict(db.execute(f"SELECT reading, count(*) FROM w.{kind}_observations GROUP BY reading").fetchall())
        check(f"{kind} observations by reading", got, want)
    got = dict(db.execute("SELECT reading, count(*) FROM w.absences GROUP BY reading").fetchall())
    check("absences by reading", got, dict(absences))
    check("merged guests", Counter(db.execute("SELECT customer_id, survivor_id FROM w.merges").fetchall()), merges)
    current: dict[Any, Any] = {}
    for booking, versions in observed.items():
        since = absent.get((booking[0], "reservation", booking[1]))
        there = [v for v in versions if since is None or v[1] > since]
        if there:
            current[booking] = max(there, key=lambda v: v[:2])[2]
    got = {
        (p, i): (s, n, t, total)
        for p, i, s, n, t, total in db.execute(
            "SELECT platform, reservation_id, status, party_size, scheduled_at, spend_total FROM w.reservations"
        ).fetchall()
    }
    check("current reservations: number", len(got), len(current))
    for booking, want in current.items():
        check(f"current reservation {booking}", got.get(booking), want)
    got = set(db.execute("SELECT platform, customer_id FROM w.customers").fetchall())
    want = set()
    for guest, versions in guests.items():
        since = max(absent.get((guest[0], "customer", guest[1]), NEVER), gone.get(guest, NEVER))
        there = [v for v in versions if v[1] > since]
        if there and not max(there)[2]:  # a hidden guest is not current
            want.add(guest)
    check("current customers: too many or too few", got ^ want, set())
    rows = db.execute("SELECT count(*) FROM w.customers").fetchone()[0]
    check("current customers: one row each", rows, len(got))

    objects = forms(db, lake)

    for (defect, became), n in sorted(met.items(), key=str):
        if defect is not None:
            print(f"defect {defect}: {n} records met, {became} as the answer sheets say")
    for p in problems[:30]:
        print("disagrees:", p)
    print(
        f"{len(accepted_rows)} readings and kinds, {sum(accepted_rows.values())} accepted and {quarantined_records} quarantined "
        f"records, {notes} notes, {merges.total()} merged guests, {sum(absences.values())} absences, "
        f"{len(current)} current reservations, {objects} Parquet objects: "
        + ("all agree" if not problems else f"{len(problems)} disagreements")
    )
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
