"""What the pydantic models of both platforms share: fields that may be wrong, the restaurant's clock, amounts, a kind's row."""

import datetime
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

SCALE = Decimal("0.0001")
MONEY = pa.decimal128(18, 4)
MICROS = pa.timestamp("us")

Id = Annotated[str, Field(min_length=1, max_length=255)]
# What is no time stays what it is and is left out of the row: it refuses no record.
Time = Annotated[datetime.datetime | Any, Field(union_mode="left_to_right")]
Date = Annotated[datetime.date | Any, Field(union_mode="left_to_right")]


class Part(BaseModel):
    """A JSON object of which some members are read, each of the documented type."""

    model_config = ConfigDict(strict=True)


def known(time: Any) -> datetime.datetime | None:
    return time if isinstance(time, datetime.datetime) else None


def instant(utc: Any, local: Any, zone: ZoneInfo) -> datetime.datetime | None:
    """Return a time in UTC, or else the local one beside it."""
    if isinstance(utc, datetime.datetime):
        return utc
    return local.replace(tzinfo=zone) if isinstance(local, datetime.datetime) else None


def naive(at: datetime.datetime | None) -> datetime.datetime | None:
    """Return an instant as rows have it: UTC, without saying so."""
    return None if at is None else at.astimezone(datetime.UTC).replace(tzinfo=None)


def wall(at: datetime.datetime | None, zone: ZoneInfo) -> datetime.datetime | None:
    """Return an instant on the restaurant's clock."""
    return None if at is None else at.astimezone(zone).replace(tzinfo=None)


def midnight(date: Any) -> datetime.datetime | None:
    """Return a date as midnight in UTC, as the times of TheFork's customers are."""
    return datetime.datetime(date.year, date.month, date.day) if isinstance(date, datetime.date) else None


def micros(at: datetime.datetime | None) -> int:
    """Return an instant in microseconds since 1970, 0 for none."""
    return 0 if at is None else (at - datetime.datetime(1970, 1, 1, tzinfo=at.tzinfo)) // datetime.timedelta(microseconds=1)


def amount(whole: int | None, denominator: int | None) -> Decimal | None:
    """Return a whole number of a currency's parts in its major unit; None where it has no meaning."""
    if whole == 0:
        return Decimal(0)
    if whole is None or denominator is None or denominator <= 0:
        return None
    return (Decimal(whole) / denominator).quantize(SCALE)


RESERVATIONS = pa.schema(
    [
        ("read_at", MICROS),
        ("platform", pa.string()),
        ("restaurant_id", pa.int64()),
        ("reservation_id", pa.string()),
        ("customer_id", pa.string()),
        ("clock_epoch", pa.int64()),
        ("clock", pa.int64()),
        ("created_at", MICROS),
        ("updated_at", MICROS),
        ("status", pa.string()),
        ("platform_status", pa.string()),
        ("channel", pa.string()),
        ("party_size", pa.int64()),
        ("scheduled_at", MICROS),
        ("scheduled_local", MICROS),
        ("service_date", pa.date32()),
        ("created_local", MICROS),
        *((name, MICROS) for name in ("arrived_at", "seated_at", "done_at")),
        ("table_category", pa.string()),
        ("currency", pa.string()),
        *((name, MONEY) for name in ("spend_subtotal", "spend_tax", "spend_tip", "spend_total")),
        *((name, MONEY) for name in ("deposit_paid", "deposit_refunded")),
        ("experience_id", pa.int64()),
        ("experience_total", MONEY),
        ("offer_id", pa.string()),
        ("offer_type", pa.string()),
        ("offer_price", MONEY),
        ("discount_percent", MONEY),
        ("marketing_opted_out", pa.bool_()),
    ]
)

CUSTOMERS = pa.schema(
    [
        ("read_at", MICROS),
        ("platform", pa.string()),
        ("restaurant_id", pa.int64()),
        ("customer_id", pa.string()),
        ("clock_epoch", pa.int64()),
        ("clock", pa.int64()),
        ("created_at", MICROS),
        ("updated_at", MICROS),
        ("email_opt_in", pa.bool_()),
        ("vip", pa.bool_()),
        ("country", pa.string()),
        ("first_visit_at", MICROS),
        ("last_visit_at", MICROS),
        ("archived", pa.bool_()),
        ("hidden", pa.bool_()),
        ("marketing_opted_out", pa.bool_()),
        ("forgotten", pa.bool_()),
    ]
)
