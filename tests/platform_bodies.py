"""Holds what mockapi sends against the forms of the documents' samples, and the descriptions in docs/api against the samples."""

import collections
import json
import pathlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import jsonschema
import requests

import platform_forms as forms

TIERS = ("copper", "gold", "platinum")
Serve = Callable[..., AbstractContextManager[str]]


def pages(base: str, path: str, access: str, **query: Any) -> Iterator[dict[str, Any]]:
    """Yield the pages of one of OpenTable's lists."""
    offset = 0
    while True:
        answer = requests.get(
            base + path, params={**query, "offset": offset}, headers={"Authorization": f"Bearer {access}"}, timeout=10
        )
        answer.raise_for_status()
        page = answer.json()
        yield page
        offset += len(page["items"])
        if not page["hasNextPage"]:
            return


# What of a record must be met, or nothing was held against the samples.
MET: dict[str, Callable[[dict[str, Any]], bool]] = {
    "a bill": lambda r: r["pos_data"]["pos_total_spend"] is not None,
    "no bill": lambda r: r["pos_data"]["check_ids"] is None,
    "an add-on": lambda r: bool((r.get("experience_details") or {}).get("add_ons")),
    "the table's members": lambda r: "experience_cost" in (r.get("experience_details") or {}),
    "a deposit": lambda r: (r.get("deposit") or {}).get("total_paid") is not None,
    "no deposit": lambda r: r.get("deposit", 0) != 0 and r["deposit"]["status"] is None,
    "a referrer": lambda r: r.get("referrer") is not None,
    "the waitlist": lambda r: r.get("added_to_waitlist") is not None,
    "an e-mail address": lambda r: bool(r.get("email")),
    "a merged guest": lambda r: r.get("primary_guest") is not None,
    "an archived guest": forms.is_archived,
    "a forgotten guest": lambda r: r.get("forgotten") is True,
    "a hidden guest": lambda r: r.get("is_hidden") is True,
    "an address": lambda r: r.get("address") is not None,
    "a birthday": lambda r: r.get("birth_date") is not None,
    "a nameless guest": lambda r: r.get("first_name") == "" and r.get("email") == "",
}
OF_BOOKINGS = {name for name in MET if name not in ("a nameless guest", "a birthday", "an address") and "guest" not in name}
# What a tier has no field for.
NOT_IN = {
    "copper": {
        "a referrer",
        "the waitlist",
        "an e-mail address",
        "a merged guest",
        "a hidden guest",
        "an address",
        "a nameless guest",
    },
    "gold": {"an add-on", "the table's members", "a deposit", "no deposit", "an e-mail address"},
    "platinum": set(),
}


def records(tier: str, base: str, access: str, rid: int, primary: str) -> tuple[int, list[str]]:
    """Hold every record of a restaurant, and the envelopes, against a tier's samples; also some as single records."""
    wrong: Counter[str] = collections.Counter()
    met: set[str] = set()
    booking, guest, archived = forms.reservation(tier), forms.guest(tier), forms.archived(tier, primary)
    count = 0
    for path, page_of in (("/sync/v2/reservations", "reservations"), ("/sync/v2/guests", "guests")):
        envelope = forms.sample("opentable", f"{page_of}-page-{tier}")
        for page in pages(base, path, access, rid=rid, limit=500):
            if list(page) != list(envelope):
                wrong[f"{path}: the envelope's keys are {list(page)}"] += 1
            for i, item in enumerate(page["items"]):
                form = booking if page_of == "reservations" else archived if forms.is_archived(item) else guest
                for difference in form.differences(item):
                    wrong[path + difference] += 1
                met |= {name for name, fits in MET.items() if (name in OF_BOOKINGS) == (form is booking) and fits(item)}
                count += 1
                if i < 10 or form is archived:
                    one = requests.get(f"{base}{path}/{item['id']}", headers={"Authorization": f"Bearer {access}"}, timeout=10)
                    if one.status_code != 200 or json.dumps(one.json()) != json.dumps(item):
                        wrong[f"{path}: a single record is not the list's item: {one.status_code}"] += 1
    missing = MET.keys() - met - NOT_IN[tier]
    return count, [f"{n} times {what}" for what, n in wrong.items()] + [f"never met: {name}" for name in sorted(missing)]


# A refusal: how it is brought about, with which settings, and which sample it must be like.
REFUSALS: list[tuple[str, list[str], int, str, str]] = [
    ("error-401", [], 401, "/sync/v2/reservations?rid=1001", "Bearer guessed"),
    (
        "error-401-missing-token",
        ["--opentable-missing-token", "401", "--opentable-error-message", "present"],
        401,
        "/sync/v2/guests?rid=1001",
        "",
    ),
    ("error-404-backend", ["--opentable-errors", "backend"], 404, "/sync/v2/guests/1001-64ac17f2b93d05e86a41cc7d", "good"),
    ("error-gateway-errors", ["--opentable-errors", "errors"], 401, "/sync/v2/guests?rid=1001", "Bearer guessed"),
    ("error-table", ["--opentable-timestamp", "integer"], 400, "/sync/v2/guests", "good"),
]


def refusals(serve: Serve, token: Callable[[str, str], str]) -> Iterator[str]:
    for name, settings, status, path, shown in REFUSALS:
        with serve(*settings) as base:
            header = f"Bearer {token('opentable', base)}" if shown == "good" else shown
            answer = requests.get(base + path, headers={"Authorization": header} if header else {}, timeout=10)
            if answer.status_code != status:
                yield f"opentable: {name}: {answer.status_code}, want {status}"
                continue
            for difference in forms.form("opentable", name).differences(answer.json()):
                yield f"opentable: {name}: {difference}"
            if "requestId" in answer.json() and answer.json()["requestId"] in answer.headers["OT-RequestId"]:
                yield f"opentable: {name}: requestId is the header's"


def bodies(serve: Serve, token: Callable[[str, str], str], rid: int) -> Iterator[str]:
    """Yield what of the bodies that mockapi sends is not as the documents' samples have it."""
    for tier in TIERS:
        for ids, primary in (("uuid", "id"), ("hex", "url"), ("mixed", "id")):
            settings = ["--opentable-tier", tier, "--opentable-guest-ids", ids, "--opentable-primary-guest", primary]
            with serve(*settings) as base:
                count, wrong = records(tier, base, token("opentable", base), rid, primary)
                print(f"opentable, {tier}, guests' ids {ids}: {count} records held against the documents' samples")
                yield from (f"opentable, {tier}, {ids}: {what}" for what in wrong)
    with serve() as base:
        answer = requests.get(
            f"{base}/api/v2/oauth/token", params={"grant_type": "client_credentials"},
            auth=("opentable-client", "opentable-secret"), timeout=10,
        )  # fmt: skip
        for difference in forms.form("opentable", "token").differences(answer.json()):
            yield f"opentable: token: {difference}"
    yield from refusals(serve, token)


def checker() -> Iterator[str]:
    """Yield what a form does not see: each sample with one key renamed, moved, left out or of another type must differ."""
    for tier in TIERS:
        for kind, form in (("reservation", forms.reservation(tier)), ("guest", forms.guest(tier))):
            name = f"{kind}-{tier}"
            yield from (f"{name}: {what} is not seen" for what in forms.unseen(form, [forms.sample("opentable", name)]))


# The schema of each sample in the description.
SCHEMAS = {
    "Token": ["token"], "ErrorList": ["error-gateway-errors"],
    "Error": ["error-401", "error-401-pos-data", "error-401-missing-token", "error-table", "error-404-backend"],
    "Reservation": [f"reservation-{name}" for name in ["copper", "copper-done", "copper-walkin", "gold", "gold-waitlist",
                                                        "platinum", "platinum-done"]],
    "Guest": [f"guest-{name}" for name in ["copper", "gold", "gold-address", "platinum", "anonymous", "hidden",
                                            "marketing-opted-out", "forgotten"]],
    "ArchivedGuest": ["guest-archived", "guest-archived-url", "guest-archived-copper"],
    "Page": [f"{kind}s-page-{tier}" for kind in ("reservation", "guest") for tier in TIERS],
}  # fmt: skip


def described(description: dict[str, Any]) -> Iterator[str]:
    """Yield what a description says otherwise than the samples: types, keys, their order, and who has them."""
    for name, samples in SCHEMAS.items():
        schema = {"$ref": f"#/components/schemas/{name}", "components": description["components"]}
        validator = jsonschema.Draft202012Validator(schema)
        for sample in samples:
            for error in validator.iter_errors(forms.sample("opentable", sample)):
                place = ".".join(map(str, error.absolute_path))
                yield f"opentable: {sample} is not a {name} as described: {place}: {error.validator} {error.validator_value}"
    for name, kind in (("Reservation", "reservation"), ("Guest", "guest")):
        properties = description["components"]["schemas"][name]["properties"]
        for tier in TIERS:
            has = [key for key, schema in properties.items() if tier in schema.get("x-covers-tiers", TIERS)]
            if has != list(forms.sample("opentable", f"{kind}-{tier}")):
                yield f"opentable: the {tier} keys of {name} are described as {has}"


def check(serve: Serve, token: Callable[[str, str], str], rid: int, description: dict[str, Any]) -> list[str]:
    found = [*checker(), *described(description), *bodies(serve, token, rid)]
    documents = pathlib.Path(forms.INTERNAL) / "opentable" / "testdata" / "documents"
    print(f"opentable: {len(list(documents.glob('*.json')))} samples of the documents, {len(found)} differences")
    return found
