"""The forms that the platforms' documents show, derived from their samples, and what of a body differs from them.

A form is what the samples of one kind have in common: the keys in their order, the JSON types of each value, and the pattern of
its texts. What the documents' tables allow beside the samples is named by hand, with where it stands. Nothing here knows the
simulator or the code that writes its records.
"""

import dataclasses
import json
import pathlib
import re
from collections.abc import Iterable, Iterator
from typing import Any, Self

INTERNAL = pathlib.Path(__file__).resolve().parent.parent / "tasks" / "internal"

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"

# The patterns of texts, the first that fits counts. A text of none is words: anything.
PATTERNS = {
    "empty": re.compile(""),
    "a local time of whole seconds": re.compile(TIME),
    "a time in UTC of whole seconds": re.compile(TIME + "Z"),
    "a time in UTC of milliseconds": re.compile(TIME + r"\.[0-9]{3}Z"),
    "a time with +0000": re.compile(TIME + r"\.[0-9]{3}\+0000"),
    "a date": re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "the address of a record": re.compile(
        rf"https://platform\.opentable\.com/sync/v2/(reservations|guests)/[0-9]+-({UUID}|[0-9a-f]{{24}})"
    ),
    "an id with rid": re.compile(rf"[0-9]+-({UUID}|[0-9a-f]{{24}})"),
    "an id in capitals": re.compile(rf"[0-9]+-({UUID}|[0-9a-f]{{24}})".replace("a-f", "A-F")),
    "an id without rid": re.compile(rf"{UUID}|[0-9a-f]{{24}}"),
    "a token": re.compile(f"v2-{UUID}"),
    "a tag": re.compile("gc:[a-z]+/[a-z_]+"),
    "a check": re.compile("[0-9]{8}-[0-9]+"),
    "eight hexadecimal digits": re.compile("(?=.*[a-f])[0-9a-f]{8}|[0-9]{8}"),
    "digits": re.compile("[0-9]+"),
}

# Texts that are free, though the samples' happen to look alike.
FREE = {"zip", "table_number", "company", "id of a referrer"}

STRING, NULL, ARRAY, OBJECT, BOOL = "string", "null", "array", "object", "bool"

# What the tables say beside the samples: a value may be null or a text. Of reservations: CR, GR, PR and, for guest_id, PO.
NULLABLE = """
    guest_id guest seated_time seated_time_utc done_time done_time_utc arrived_time arrived_time_utc referrer added_to_waitlist
    added_to_waitlist_utc cancellation_date cancellation_date_utc experience_details experience_details.add_ons
    pos_data.check_ids pos_data.pos_sub_total pos_data.pos_tax pos_data.pos_tip pos_data.pos_total_spend
"""
TEXT_OR_NULL = """
    discovery_type partner campaign_details credit_card_status rest_ref_campaign_name rest_ref_id rest_ref_source ot_boost_type
    venue_notes server table_category currency_code deposit.currency deposit.status
"""
RESERVATION = {
    **{path: {NULL} for path in NULLABLE.split()},
    **{path: {NULL, STRING} for path in TEXT_OR_NULL.split()},
    **{path: {NULL, "int"} for path in ("deposit.total_paid", "deposit.total_refunded")},
    "opentable_notes": {STRING},  # CW's example has a text
    "visit_tags[]": {"a word of the restaurant's own"},  # CW: tags, or own words
    "experience_details.diner_payment_status": {STRING},
    "experience_details.experience_prepayment_status": {STRING},
}
# Of guests: CG, GG, PG and UG.
NULLABLE = """
    gpid tags birth_date anniversary_date address date_last_visit date_first_visit date_email_opt_in_opt_out date_last_visit_utc
    date_first_visit_utc date_email_opt_in_opt_out_utc
"""
GUEST = {
    **{path: {NULL} for path in NULLABLE.split()},
    **{
        path: {NULL, STRING}
        for path in ("company_name", "notes", "notes_special_relationship", "notes_food_and_drink", "notes_seating")
    },
    **{path: {NULL, "empty"} for path in ("first_name", "last_name", "email", "phone", "phone_type")},
    "sms_opt_in": {NULL, BOOL},
}

# The closed lists of words (ST, GG).
STATES = """
    NotConfirmed LeftMessage WrongNumber NoAnswer Late Confirmed PartiallyArrived AllArrived PartiallySeated Seated Appetizer
    Entree Dessert Cleared CheckDropped Paid BusTable Done NoShow Cancelled AssumedSeated AssumedDone
"""
WORDS = {
    ".state": set(STATES.split()),
    ".phone_type": {"Mobile", "Home", "Work"},
    ".phone_numbers[].label": {"Mobile", "Home", "Work"},
}


def kind_of(value: Any) -> str:
    match value:
        case None:
            return NULL
        case bool():
            return BOOL
        case int():
            return "int"
        case float():
            return "number"
        case str():
            return STRING
        case list():
            return ARRAY
    return OBJECT


def pattern_of(text: str) -> str:
    return next((name for name, pattern in PATTERNS.items() if pattern.fullmatch(text)), "words")


@dataclasses.dataclass
class Form:
    """What the values of one place have in common."""

    kinds: set[str] = dataclasses.field(default_factory=set)
    patterns: set[str] = dataclasses.field(default_factory=set)
    keys: list[str] = dataclasses.field(default_factory=list)  # of an object, in their order
    optional: set[str] = dataclasses.field(default_factory=set)  # keys that some samples do not have
    members: dict[str, "Form"] = dataclasses.field(default_factory=dict)  # by key; "[]" for a list's items

    def take(self, value: Any) -> Self:
        """Take a sample's value in."""
        known = OBJECT in self.kinds
        self.kinds.add(kind_of(value))
        match value:
            case str():
                self.patterns.add(pattern_of(value))
            case list():
                for item in value:
                    self.members.setdefault("[]", Form()).take(item)
            case dict():
                keys = list(value)
                if known:
                    self.optional |= set(keys) ^ set(self.keys)
                if len(keys) > len(self.keys):
                    self.keys = keys
                for key, member in value.items():
                    self.members.setdefault(key, Form()).take(member)
        return self

    def allow(self, path: str, more: set[str]) -> None:
        """Take in what a table allows beside the samples."""
        form = self
        for key in re.findall(r"\[\]|[^.\[\]]+", path):
            form = form.members[key]
        for word in more:
            if word in PATTERNS:
                form.kinds.add(STRING)
                form.patterns.add(word)
            elif word in {NULL, STRING, BOOL, "int"}:
                form.kinds.add(word)
                if word == STRING:
                    form.patterns.add("words")
            else:
                form.patterns.add("words")

    def differences(self, value: Any, where: str = "") -> Iterator[str]:
        """Yield what of a value is not as the samples have it."""
        kind = kind_of(value)
        if kind not in self.kinds and not (kind == "int" and "number" in self.kinds and "int" in self.kinds):
            yield f"{where} is of the type {kind}, not {' or '.join(sorted(self.kinds))}"
            return
        match value:
            case str():
                yield from self._text(value, where)
            case list():
                if "[]" in self.members:
                    for item in value:
                        yield from self.members["[]"].differences(item, where + "[]")
            case dict():
                yield from self._object(value, where)

    def _text(self, text: str, where: str) -> Iterator[str]:
        key = where.rpartition(".")[2].removesuffix("[]")
        pattern = pattern_of(text)
        if words := WORDS.get(where):
            if text not in words and text:
                yield f"{where} is a word that the documents do not have"
        elif key in FREE or "words" in self.patterns:
            pass
        elif pattern not in self.patterns:
            yield f"{where} is {pattern}, not {' or '.join(sorted(self.patterns))}"

    def _object(self, value: dict[str, Any], where: str) -> Iterator[str]:
        keys = list(value)
        want = [key for key in self.keys if key in value or key not in self.optional]
        if keys != want:
            for key in set(keys) ^ set(want):
                yield f"{where}.{key} is {'not in the documents' if key in value else 'missing'}"
            if set(keys) == set(want):
                first = next(a for a, b in zip(keys, want, strict=True) if a != b)
                yield f"{where}: the keys are in another order, from {first} on"
        for key, member in value.items():
            if key in self.members:
                yield from self.members[key].differences(member, f"{where}.{key}")


def sample(platform: str, name: str) -> Any:
    return json.loads((INTERNAL / platform / "testdata" / "documents" / f"{name}.json").read_text())


def form(platform: str, *names: str) -> Form:
    """Return the form that samples have in common."""
    out = Form()
    for name in names:
        out.take(sample(platform, name))
    return out


def reservation(tier: str) -> Form:
    more = {"copper": ["done", "walkin"], "gold": ["waitlist"], "platinum": ["done"]}[tier]
    out = form("opentable", f"reservation-{tier}", *(f"reservation-{tier}-{name}" for name in more))
    # What a tier's own samples do not show, another's do: a bill, an experience, a referrer.
    for name in ["copper", "copper-done", "gold", "gold-waitlist", "platinum", "platinum-done"]:
        for key, value in sample("opentable", f"reservation-{name}").items():
            if key in out.members:
                out.members[key].take(value)
    for path, kinds in RESERVATION.items():
        if path.split(".")[0].removesuffix("[]") in out.keys:
            out.allow(path, kinds)
    return out


def guest(tier: str) -> Form:
    out = form("opentable", f"guest-{tier}")
    for name in ["copper", "gold", "gold-address", "platinum", "anonymous", "forgotten", "hidden", "marketing-opted-out"]:
        for key, value in sample("opentable", f"guest-{name}").items():
            if key in out.members:
                out.members[key].take(value)
    for path, kinds in GUEST.items():
        if path in out.keys:
            out.allow(path, kinds)
    if "birth_date" in out.members:
        out.members["birth_date"].take(sample("opentable", "guest-copper")["anniversary_date"])
    return out


def archived(tier: str, primary: str = "id") -> Form:
    """Return the form of an archived guest: the tier's keys, and null in all but three or four."""
    out = form("opentable", {"id": "guest-archived", "url": "guest-archived-url"}[primary])
    keys = list(sample("opentable", f"guest-{tier}"))
    out.keys = keys
    out.members = {key: out.members.get(key, Form({NULL})) for key in keys}
    if tier == "copper":
        return form("opentable", "guest-archived-copper")
    out.members["primary_guest"].kinds.add(NULL)  # archived, and merged into nobody
    return out


def is_archived(record: dict[str, Any]) -> bool:
    return record.get("archived") is True and record.get("rid") is None


def mutations(value: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Yield bodies that differ from a sample, each in one place: a key renamed, moved or gone, a value of another form."""
    if not isinstance(value, dict):
        return
    keys = list(value)
    for i, key in enumerate(keys):
        place = f"{where}.{key}"
        yield f"{place} renamed", {(f"{k}_x" if k == key else k): v for k, v in value.items()}
        yield f"{place} left out", {k: v for k, v in value.items() if k != key}
        if i + 1 < len(keys):
            moved = [*keys[:i], keys[i + 1], key, *keys[i + 2 :]]
            yield f"{place} moved", {k: value[k] for k in moved}
        yield f"{place} of another type", {**value, key: {"x": 1} if not isinstance(value[key], dict) else "x"}
        if isinstance(value[key], str) and pattern_of(value[key]) not in ("words", "empty", "digits", "a tag", "a check"):
            yield f"{place} of another pattern", {**value, key: value[key][:-2] + "!"}
        if isinstance(value[key], int) and not isinstance(value[key], bool):
            yield f"{place} as a text", {**value, key: str(value[key])}
        for what, mutated in mutations(value[key], place):
            yield what, {**value, key: mutated}


def unseen(form: Form, bodies: Iterable[Any]) -> Iterator[str]:
    """Yield the mutations of bodies that a form does not tell from them. A form that sees all can fail."""
    for body in bodies:
        for difference in form.differences(body):
            yield f"a sample itself: {difference}"
        for what, mutated in mutations(body):
            if not list(form.differences(mutated)):
                yield what
