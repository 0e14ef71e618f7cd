"""OpenTable's records as pydantic models, and the rows that are made of them."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from pydantic_fields import Id, Part, Time, amount, instant, naive, wall
from settings import MAX_PARTY, OPENTABLE_CHANNELS, OPENTABLE_STATUSES, TABLE_CATEGORIES, Place

Clock = Annotated[int, Field(ge=0)]


class Pos(Part):
    pos_sub_total: int | None = None
    pos_tax: int | None = None
    pos_tip: int | None = None
    pos_total_spend: int | None = None


class Experience(Part):
    experience_id: int | None = None
    total_amount: int | None = None


class Deposit(Part):
    total_paid: int | None = None
    total_refunded: int | None = None
    currency: str | None = None
    currency_denominator: int | None = None


class Reservation(Part):
    id: Id
    rid: int
    sequence_id: Clock
    guest_id: Id | None = None
    state: str
    party_size: Annotated[int, Field(ge=1, le=MAX_PARTY)]
    origin: str | None = None
    table_category: str | None = None
    created_date: Time = None
    created_date_utc: Time = None
    updated_at: Time = None
    updated_at_utc: Time = None
    scheduled_time: Time = None
    scheduled_time_utc: Time = None
    arrived_time: Time = None
    arrived_time_utc: Time = None
    seated_time: Time = None
    seated_time_utc: Time = None
    done_time: Time = None
    done_time_utc: Time = None
    currency_code: str | None = None
    currency_denominator: int | None = None
    pos_data: Pos | None = None
    experience_details: Experience | None = None
    deposit: Deposit | None = None
    marketing_opted_out: bool | None = None


class ReservationLine(Part):
    read_at: Time
    record: Reservation


def reservation(line: ReservationLine, place: Place) -> dict[str, Any] | None:
    """Return a record's row; None where the record does not fit."""
    r, zone = line.record, ZoneInfo(place.zone)
    status = OPENTABLE_STATUSES.get(r.state)
    scheduled = instant(r.scheduled_time_utc, r.scheduled_time, zone)
    scheduled_local = wall(scheduled, zone)
    if r.rid != place.rid or status is None or scheduled_local is None:
        return None
    if (r.scheduled_time or scheduled_local) != scheduled_local:
        return None
    ours = {None, place.currency}
    created = instant(r.created_date_utc, r.created_date, zone)
    pos = r.pos_data if r.pos_data and r.currency_code in ours else Pos()
    deposit = r.deposit if r.deposit and r.deposit.currency in ours else Deposit()
    experience = r.experience_details or Experience()
    return {
        "read_at": naive(line.read_at),
        "platform": "opentable",
        "restaurant_id": place.restaurant,
        "reservation_id": r.id,
        "customer_id": r.guest_id,
        "clock_epoch": 1,
        "clock": r.sequence_id,
        "created_at": naive(created),
        "updated_at": naive(instant(r.updated_at_utc, r.updated_at, zone)),
        "status": status,
        "platform_status": r.state,
        "channel": OPENTABLE_CHANNELS.get(r.origin or "", "other"),
        "party_size": r.party_size,
        "scheduled_at": naive(scheduled),
        "scheduled_local": scheduled_local,
        "service_date": scheduled_local.date(),
        "created_local": wall(created, zone),
        "arrived_at": naive(instant(r.arrived_time_utc, r.arrived_time, zone)),
        "seated_at": naive(instant(r.seated_time_utc, r.seated_time, zone)),
        "done_at": naive(instant(r.done_time_utc, r.done_time, zone)),
        "table_category": r.table_category if r.table_category in TABLE_CATEGORIES else None,
        "currency": place.currency,
        "spend_subtotal": amount(pos.pos_sub_total, r.currency_denominator),
        "spend_tax": amount(pos.pos_tax, r.currency_denominator),
        "spend_tip": amount(pos.pos_tip, r.currency_denominator),
        "spend_total": amount(pos.pos_total_spend, r.currency_denominator),
        "deposit_paid": amount(deposit.total_paid, deposit.currency_denominator),
        "deposit_refunded": amount(deposit.total_refunded, deposit.currency_denominator),
        "experience_id": experience.experience_id,
        "experience_total": amount(experience.total_amount, r.currency_denominator) if r.currency_code in ours else None,
        "marketing_opted_out": r.marketing_opted_out,
    }


class Guest(Part):
    id: Id
    rid: int
    sequence_id: Clock
    created_date: Time = None
    created_date_utc: Time = None
    updated_at: Time = None
    updated_at_utc: Time = None
    forgotten: bool | None = None
    archived: bool | None = None
    email_optin: bool | None = None
    date_first_visit: Time = None
    date_first_visit_utc: Time = None
    date_last_visit: Time = None
    date_last_visit_utc: Time = None
    is_hidden: bool | None = None
    marketing_opted_out: bool | None = None


class GuestLine(Part):
    read_at: Time
    record: Guest


def guest(line: GuestLine, place: Place) -> dict[str, Any] | None:
    """Return a record's row, None where the record does not fit. Of a guest who asks to be forgotten nothing goes on but that."""
    g, zone = line.record, ZoneInfo(place.zone)
    if g.rid != place.rid:
        return None
    row = {
        "read_at": naive(line.read_at),
        "platform": "opentable",
        "restaurant_id": place.restaurant,
        "customer_id": g.id,
        "clock_epoch": 1,
        "clock": g.sequence_id,
        "created_at": naive(instant(g.created_date_utc, g.created_date, zone)),
        "updated_at": naive(instant(g.updated_at_utc, g.updated_at, zone)),
        "forgotten": bool(g.forgotten),
    }
    if not g.forgotten:
        row |= {
            "email_opt_in": g.email_optin,
            "first_visit_at": naive(instant(g.date_first_visit_utc, g.date_first_visit, zone)),
            "last_visit_at": naive(instant(g.date_last_visit_utc, g.date_last_visit, zone)),
            "archived": g.archived,
            "hidden": g.is_hidden,
            "marketing_opted_out": g.marketing_opted_out,
        }
    return row
