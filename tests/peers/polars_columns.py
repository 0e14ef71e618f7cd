"""What the polars expressions of both platforms share: times, zones, amounts and words."""

import polars as pl

from settings import LONDON

MONEY = pl.Decimal(18, 4)
MICROS = pl.Datetime("us")


def nothing(type_: pl.DataType | type[pl.DataType]) -> pl.Expr:
    """Return a column of the contract that the platform does not have."""
    return pl.lit(None, dtype=type_)


def wall(utc: pl.Expr) -> pl.Expr:
    """Return an instant on the restaurant's clock."""
    return utc.dt.replace_time_zone("UTC").dt.convert_time_zone(LONDON.zone).dt.replace_time_zone(None)


def parsed(text: pl.Expr, form: str) -> pl.Expr:
    """Return a text as a time; null where it is none."""
    return text.str.to_datetime(form, time_unit="us", strict=False)


def local(text: pl.Expr) -> pl.Expr:
    """Return a time on the restaurant's clock, as OpenTable writes it."""
    return parsed(text, "%Y-%m-%dT%H:%M:%S")


def instant(record: pl.Expr, field: str) -> pl.Expr:
    """Return a time in UTC, or else the local one beside it."""
    here = local(record.struct.field(field))
    there = here.dt.replace_time_zone(LONDON.zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")
    return pl.coalesce(parsed(record.struct.field(field + "_utc"), "%Y-%m-%dT%H:%M:%SZ"), there.dt.replace_time_zone(None))


def amount(whole: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """Return a whole number of a currency's parts in its major unit; null where it has no meaning."""
    in_major = pl.when(whole == 0).then(0.0).when(denominator > 0).then(whole / denominator)
    return in_major.round(4).cast(MONEY)


def word(text: pl.Expr, words: dict[str, str], other: str | None = None) -> pl.Expr:
    """Return the vocabulary's word for a platform's."""
    return text.replace_strict(words, default=other, return_dtype=pl.String)


def one_of(text: pl.Expr, words: list[str]) -> pl.Expr:
    """Return a word of a closed list, null for others."""
    return pl.when(text.is_in(words)).then(text)
