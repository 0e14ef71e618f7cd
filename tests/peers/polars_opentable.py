"""OpenTable's records as polars reads them, and the expressions that make rows of them."""

import polars as pl

from polars_columns import MONEY, amount, instant, local, nothing, one_of, wall, word
from settings import LONDON, MAX_PARTY, OPENTABLE_CHANNELS, OPENTABLE_STATUSES, TABLE_CATEGORIES

TIMES = ["created_date", "updated_at", "scheduled_time", "arrived_time", "seated_time", "done_time"]

RESERVATION = pl.Struct(
    {
        **dict.fromkeys(["id", "guest_id", "state", "origin", "table_category", "currency_code"], pl.String),
        **dict.fromkeys(["rid", "sequence_id", "party_size", "currency_denominator"], pl.Int64),
        **{name + suffix: pl.String for name in TIMES for suffix in ("", "_utc")},
        "marketing_opted_out": pl.Boolean,
        "pos_data": pl.Struct(dict.fromkeys(["pos_sub_total", "pos_tax", "pos_tip", "pos_total_spend"], pl.Int64)),
        "experience_details": pl.Struct({"experience_id": pl.Int64, "total_amount": pl.Int64}),
        "deposit": pl.Struct(
            {"total_paid": pl.Int64, "total_refunded": pl.Int64, "currency": pl.String, "currency_denominator": pl.Int64}
        ),
    }
)


def reservations(records: pl.LazyFrame) -> pl.LazyFrame:
    record = pl.col("record")
    field, deposit = record.struct.field, record.struct.field("deposit").struct.field
    pos, experience = record.struct.field("pos_data").struct.field, record.struct.field("experience_details").struct.field
    ours = field("currency_code").fill_null(LONDON.currency) == LONDON.currency
    deposit_ours = deposit("currency").fill_null(LONDON.currency) == LONDON.currency
    denominator, deposit_denominator = field("currency_denominator"), deposit("currency_denominator")
    timed = records.with_columns(
        scheduled_at=instant(record, "scheduled_time"),
        created_at=instant(record, "created_date"),
        status=word(field("state"), OPENTABLE_STATUSES),
    ).with_columns(scheduled_local=wall(pl.col("scheduled_at")))
    fits = timed.filter(
        field("id") != "",
        field("rid") == LONDON.rid,
        field("sequence_id") >= 0,
        field("party_size").is_between(1, MAX_PARTY),
        pl.col("status").is_not_null(),
        pl.col("scheduled_at").is_not_null(),
        (pl.col("scheduled_local") == local(field("scheduled_time"))).fill_null(True),
    )
    return fits.select(
        "read_at",
        platform=pl.lit("opentable"),
        restaurant_id=pl.lit(LONDON.restaurant, dtype=pl.Int64),
        reservation_id=field("id"),
        customer_id=field("guest_id"),
        clock_epoch=pl.lit(1, dtype=pl.Int64),
        clock=field("sequence_id"),
        created_at="created_at",
        updated_at=instant(record, "updated_at"),
        status="status",
        platform_status=field("state"),
        channel=word(field("origin"), OPENTABLE_CHANNELS, "other"),
        party_size=field("party_size"),
        scheduled_at="scheduled_at",
        scheduled_local="scheduled_local",
        service_date=pl.col("scheduled_local").dt.date(),
        created_local=wall(pl.col("created_at")),
        arrived_at=instant(record, "arrived_time"),
        seated_at=instant(record, "seated_time"),
        done_at=instant(record, "done_time"),
        table_category=one_of(field("table_category"), TABLE_CATEGORIES),
        currency=pl.lit(LONDON.currency),
        spend_subtotal=pl.when(ours).then(amount(pos("pos_sub_total"), denominator)),
        spend_tax=pl.when(ours).then(amount(pos("pos_tax"), denominator)),
        spend_tip=pl.when(ours).then(amount(pos("pos_tip"), denominator)),
        spend_total=pl.when(ours).then(amount(pos("pos_total_spend"), denominator)),
        deposit_paid=pl.when(deposit_ours).then(amount(deposit("total_paid"), deposit_denominator)),
        deposit_refunded=pl.when(deposit_ours).then(amount(deposit("total_refunded"), deposit_denominator)),
        experience_id=experience("experience_id"),
        experience_total=pl.when(ours).then(amount(experience("total_amount"), denominator)),
        offer_id=nothing(pl.String),
        offer_type=nothing(pl.String),
        offer_price=nothing(MONEY),
        discount_percent=nothing(MONEY),
        marketing_opted_out=field("marketing_opted_out"),
    )


GUEST = pl.Struct(
    {
        "id": pl.String,
        **dict.fromkeys(["rid", "sequence_id"], pl.Int64),
        **dict.fromkeys(["forgotten", "archived", "email_optin", "is_hidden", "marketing_opted_out"], pl.Boolean),
        **{
            name + suffix: pl.String
            for name in ("created_date", "updated_at", "date_first_visit", "date_last_visit")
            for suffix in ("", "_utc")
        },
    }
)


def guests(records: pl.LazyFrame) -> pl.LazyFrame:
    record = pl.col("record")
    field = record.struct.field
    gone = field("forgotten").fill_null(False)  # of who asks to be forgotten nothing goes on but that
    fits = records.filter(field("id") != "", field("rid") == LONDON.rid, field("sequence_id") >= 0)
    return fits.select(
        "read_at",
        platform=pl.lit("opentable"),
        restaurant_id=pl.lit(LONDON.restaurant, dtype=pl.Int64),
        customer_id=field("id"),
        clock_epoch=pl.lit(1, dtype=pl.Int64),
        clock=field("sequence_id"),
        created_at=instant(record, "created_date"),
        updated_at=instant(record, "updated_at"),
        email_opt_in=pl.when(~gone).then(field("email_optin")),
        vip=nothing(pl.Boolean),
        country=nothing(pl.String),
        first_visit_at=pl.when(~gone).then(instant(record, "date_first_visit")),
        last_visit_at=pl.when(~gone).then(instant(record, "date_last_visit")),
        archived=pl.when(~gone).then(field("archived")),
        hidden=pl.when(~gone).then(field("is_hidden")),
        marketing_opted_out=pl.when(~gone).then(field("marketing_opted_out")),
        forgotten=gone,
    )
