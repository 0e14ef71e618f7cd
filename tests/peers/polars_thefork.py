"""TheFork's records as polars reads them, and the expressions that make rows of them."""

import polars as pl

from polars_columns import MICROS, MONEY, nothing, one_of, parsed, wall, word
from settings import LONDON, MAX_PARTY, OFFER_TYPES, THEFORK_CHANNELS, THEFORK_STATUSES

WITH_OFFSET = "%Y-%m-%dT%H:%M:%S%.f%#z"

RESERVATION = pl.Struct(
    {
        **dict.fromkeys(["reservationUuid", "restaurantUuid", "customerUuid", "mealDate", "status", "mealStatus"], pl.String),
        **dict.fromkeys(["reservationChannel", "createdAt", "updatedAt", "offerUuid"], pl.String),
        "partySize": pl.Int64,
        "offerDetails": pl.Struct(
            {"offerType": pl.String, "discountPercentage": pl.Float64, "price": pl.Float64, "currency": pl.String}
        ),
        "billAmount": pl.Struct({"totalPrice": pl.Float64, "currency": pl.String}),
    }
)


def moment(text: pl.Expr) -> pl.Expr:
    """Return a time with its offset in UTC; null where it is none."""
    return parsed(text, WITH_OFFSET).dt.replace_time_zone(None)


def clock(updated: pl.Expr, created: pl.Expr) -> pl.Expr:
    return pl.coalesce(updated, created).dt.epoch("us").fill_null(0)


def reservations(records: pl.LazyFrame) -> pl.LazyFrame:
    field = pl.col("record").struct.field
    bill, offer = field("billAmount").struct.field, field("offerDetails").struct.field
    at_table = (field("status") == "RECORDED") & field("mealStatus").is_not_null()
    timed = records.with_columns(
        state=pl.when(at_table).then("RECORDED/" + field("mealStatus")).otherwise(field("status")),
        scheduled_at=moment(field("mealDate")),
        created_at=moment(field("createdAt")),
        updated_at=moment(field("updatedAt")),
    ).with_columns(status=word(pl.col("state"), THEFORK_STATUSES), scheduled_local=wall(pl.col("scheduled_at")))
    fits = timed.filter(
        field("reservationUuid") != "",
        field("restaurantUuid") == LONDON.uuid,
        field("partySize").is_between(1, MAX_PARTY),
        pl.col("status").is_not_null(),
        pl.col("scheduled_at").is_not_null() | field("mealDate").is_null(),
    )
    return fits.select(
        "read_at",
        platform=pl.lit("thefork"),
        restaurant_id=pl.lit(LONDON.restaurant, dtype=pl.Int64),
        reservation_id=field("reservationUuid"),
        customer_id=field("customerUuid"),
        clock_epoch=pl.lit(1, dtype=pl.Int64),
        clock=clock(pl.col("updated_at"), pl.col("created_at")),
        created_at="created_at",
        updated_at="updated_at",
        status="status",
        platform_status="state",
        channel=word(field("reservationChannel"), THEFORK_CHANNELS, "other"),
        party_size=field("partySize"),
        scheduled_at="scheduled_at",
        scheduled_local="scheduled_local",
        service_date=pl.col("scheduled_local").dt.date(),
        created_local=wall(pl.col("created_at")),
        **{name: nothing(MICROS) for name in ("arrived_at", "seated_at", "done_at")},
        table_category=nothing(pl.String),
        currency=pl.lit(LONDON.currency),
        **{name: nothing(MONEY) for name in ("spend_subtotal", "spend_tax", "spend_tip")},
        spend_total=in_ours(bill("totalPrice"), bill("currency")),
        **{name: nothing(MONEY) for name in ("deposit_paid", "deposit_refunded")},
        experience_id=nothing(pl.Int64),
        experience_total=nothing(MONEY),
        offer_id=field("offerUuid"),
        offer_type=one_of(offer("offerType"), OFFER_TYPES),
        offer_price=in_ours(offer("price"), offer("currency")),
        discount_percent=offer("discountPercentage").round(4).cast(MONEY),
        marketing_opted_out=nothing(pl.Boolean),
    )


def in_ours(number: pl.Expr, currency: pl.Expr) -> pl.Expr:
    """Return an amount in the restaurant's currency; null where it is in another."""
    return pl.when(currency.fill_null(LONDON.currency) == LONDON.currency).then(number.round(4).cast(MONEY))


CUSTOMER = pl.Struct(
    {
        **dict.fromkeys(["customerUuid", "country", "creationDate", "lastUpdateDate"], pl.String),
        "isVip": pl.Boolean,
        "optins": pl.Struct({"restaurantNewsletter": pl.Boolean}),
    }
)


def customers(records: pl.LazyFrame) -> pl.LazyFrame:
    field = pl.col("record").struct.field
    dated = records.with_columns(
        customer_id=pl.coalesce(field("customerUuid"), "asked"),
        created_at=day(field("creationDate")),
        updated_at=day(field("lastUpdateDate")),
    )
    return dated.filter(pl.col("customer_id") != "").select(
        "read_at",
        platform=pl.lit("thefork"),
        restaurant_id=nothing(pl.Int64),
        customer_id="customer_id",
        clock_epoch=pl.lit(1, dtype=pl.Int64),
        clock=clock(pl.col("updated_at"), pl.col("created_at")),
        created_at="created_at",
        updated_at="updated_at",
        email_opt_in=field("optins").struct.field("restaurantNewsletter"),
        vip=field("isVip"),
        country=pl.when(field("country").str.contains("^[A-Z]{2}$")).then(field("country")),
        **{name: nothing(MICROS) for name in ("first_visit_at", "last_visit_at")},
        **{name: nothing(pl.Boolean) for name in ("archived", "hidden", "marketing_opted_out")},
        forgotten=pl.lit(False),
    )


def day(text: pl.Expr) -> pl.Expr:
    """Return a date as midnight in UTC, as customers' times are."""
    return text.str.to_date("%Y-%m-%d", strict=False).cast(MICROS)
