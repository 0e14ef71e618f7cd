"""TheFork's records as pydantic models, and the rows that are made of them."""

import re
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from pydantic_fields import Date, Id, Part, Time, known, micros, midnight, naive, wall
from settings import MAX_PARTY, OFFER_TYPES, THEFORK_CHANNELS, THEFORK_STATUSES, Place


class Camel(Part):
    """A part whose members are written as TheFork writes them: partySize."""

    model_config = ConfigDict(alias_generator=to_camel)


class Offer(Camel):
    offer_type: str | None = None
    discount_percentage: Decimal | None = None
    price: Decimal | None = None
    currency: str | None = None


class Bill(Camel):
    total_price: Decimal | None = None
    currency: str | None = None


class Reservation(Camel):
    reservation_uuid: Id
    restaurant_uuid: str
    customer_uuid: Id | None = None
    meal_date: Time = None
    party_size: Annotated[int, Field(ge=1, le=MAX_PARTY)]
    status: str
    meal_status: str | None = None
    reservation_channel: str | None = None
    created_at: Time = None
    updated_at: Time = None
    offer_uuid: Id | None = None
    offer_details: Offer | None = None
    bill_amount: Bill | None = None


class ReservationLine(Part):
    read_at: Time
    record: Reservation


def reservation(line: ReservationLine, place: Place) -> dict[str, Any] | None:
    """Return a record's row; None where the record does not fit."""
    r, zone = line.record, ZoneInfo(place.zone)
    state = f"RECORDED/{r.meal_status}" if r.status == "RECORDED" and r.meal_status else r.status
    status = THEFORK_STATUSES.get(state)
    scheduled = known(r.meal_date)
    if r.restaurant_uuid != place.uuid or status is None or (scheduled is None and r.meal_date is not None):
        return None
    scheduled_local = wall(scheduled, zone)
    created, updated = known(r.created_at), known(r.updated_at)
    ours = {None, place.currency}
    bill, offer = r.bill_amount or Bill(), r.offer_details or Offer()
    return {
        "read_at": naive(line.read_at),
        "platform": "thefork",
        "restaurant_id": place.restaurant,
        "reservation_id": r.reservation_uuid,
        "customer_id": r.customer_uuid,
        "clock_epoch": 1,
        "clock": micros(updated or created),
        "created_at": naive(created),
        "updated_at": naive(updated),
        "status": status,
        "platform_status": state,
        "channel": THEFORK_CHANNELS.get(r.reservation_channel or "", "other"),
        "party_size": r.party_size,
        "scheduled_at": naive(scheduled),
        "scheduled_local": scheduled_local,
        "service_date": scheduled_local.date() if scheduled_local else None,
        "created_local": wall(created, zone),
        "currency": place.currency,
        "spend_total": bill.total_price if bill.currency in ours else None,
        "offer_id": r.offer_uuid,
        "offer_type": offer.offer_type if offer.offer_type in OFFER_TYPES else None,
        "offer_price": offer.price if offer.currency in ours else None,
        "discount_percent": offer.discount_percentage,
    }


class Optins(Camel):
    restaurant_newsletter: bool | None = None


class Customer(Camel):
    customer_uuid: Id | None = None
    is_vip: bool | None = None
    country: str | None = None
    creation_date: Date = None
    last_update_date: Date = None
    optins: Optins | None = None


class CustomerLine(Part):
    read_at: Time
    asked: Id
    record: Customer


COUNTRY = re.compile("[A-Z]{2}")


def customer(line: CustomerLine, _: Place) -> dict[str, Any]:
    """Return a record's row."""
    c = line.record
    created, updated = midnight(c.creation_date), midnight(c.last_update_date)
    return {
        "read_at": naive(line.read_at),
        "platform": "thefork",
        "customer_id": c.customer_uuid or line.asked,
        "clock_epoch": 1,
        "clock": micros(updated or created),
        "created_at": created,
        "updated_at": updated,
        "email_opt_in": c.optins.restaurant_newsletter if c.optins else None,
        "vip": c.is_vip,
        "country": c.country if c.country and COUNTRY.fullmatch(c.country) else None,
        "forgotten": False,
    }
