"""OpenTable's records in DuckDB's SQL: of each kind the columns of its JSON, and the query that makes rows of them."""

from settings import LONDON, MAX_PARTY

# Times are read as text: one that is none empties its column, or refuses the record, but ends no query.
RESERVATION_COLUMNS = {
    "read_at": "TIMESTAMP",
    "record": """STRUCT(
        id VARCHAR, rid BIGINT, sequence_id BIGINT, guest_id VARCHAR, state VARCHAR, party_size BIGINT, origin VARCHAR,
        table_category VARCHAR, created_date VARCHAR, created_date_utc VARCHAR, updated_at VARCHAR, updated_at_utc VARCHAR,
        scheduled_time VARCHAR, scheduled_time_utc VARCHAR, arrived_time VARCHAR, arrived_time_utc VARCHAR,
        seated_time VARCHAR, seated_time_utc VARCHAR, done_time VARCHAR, done_time_utc VARCHAR,
        currency_code VARCHAR, currency_denominator BIGINT, marketing_opted_out BOOLEAN,
        pos_data STRUCT(pos_sub_total BIGINT, pos_tax BIGINT, pos_tip BIGINT, pos_total_spend BIGINT),
        experience_details STRUCT(experience_id BIGINT, total_amount BIGINT),
        deposit STRUCT(total_paid BIGINT, total_refunded BIGINT, currency VARCHAR, currency_denominator BIGINT))""",
}

RESERVATIONS = f"""
WITH records AS (SELECT read_at, unnest(record) FROM {{source}}),
timed AS (
    SELECT *,
        instant(scheduled_time_utc, scheduled_time) AS scheduled_at,
        wall(scheduled_at) AS scheduled_local,
        instant(created_date_utc, created_date) AS created_at,
        coalesce(currency_code, '{LONDON.currency}') = '{LONDON.currency}' AS ours,
        coalesce(deposit.currency, '{LONDON.currency}') = '{LONDON.currency}' AS deposit_ours
    FROM records
)
SELECT
    read_at, 'opentable' AS platform, {LONDON.restaurant}::BIGINT AS restaurant_id,
    id AS reservation_id, guest_id AS customer_id, 1::BIGINT AS clock_epoch, sequence_id AS clock,
    created_at, instant(updated_at_utc, updated_at) AS updated_at, status, state AS platform_status,
    coalesce(channels.channel, 'other') AS channel, party_size,
    scheduled_at, scheduled_local, scheduled_local::DATE AS service_date, wall(created_at) AS created_local,
    instant(arrived_time_utc, arrived_time) AS arrived_at, instant(seated_time_utc, seated_time) AS seated_at,
    instant(done_time_utc, done_time) AS done_at,
    CASE WHEN table_category IN ('hightop', 'bar', 'counter', 'outdoor') THEN table_category END AS table_category,
    '{LONDON.currency}' AS currency,
    CASE WHEN ours THEN amount(pos_data.pos_sub_total, currency_denominator) END AS spend_subtotal,
    CASE WHEN ours THEN amount(pos_data.pos_tax, currency_denominator) END AS spend_tax,
    CASE WHEN ours THEN amount(pos_data.pos_tip, currency_denominator) END AS spend_tip,
    CASE WHEN ours THEN amount(pos_data.pos_total_spend, currency_denominator) END AS spend_total,
    CASE WHEN deposit_ours THEN amount(deposit.total_paid, deposit.currency_denominator) END AS deposit_paid,
    CASE WHEN deposit_ours THEN amount(deposit.total_refunded, deposit.currency_denominator) END AS deposit_refunded,
    experience_details.experience_id AS experience_id,
    CASE WHEN ours THEN amount(experience_details.total_amount, currency_denominator) END AS experience_total,
    NULL::VARCHAR AS offer_id, NULL::VARCHAR AS offer_type, NULL::DECIMAL(18, 4) AS offer_price,
    NULL::DECIMAL(18, 4) AS discount_percent, marketing_opted_out
FROM timed JOIN statuses ON state = statuses.word LEFT JOIN channels ON origin = channels.word
WHERE id <> '' AND rid = {LONDON.rid} AND sequence_id >= 0 AND party_size BETWEEN 1 AND {MAX_PARTY} AND scheduled_at IS NOT NULL
    AND coalesce(scheduled_local = try_cast(scheduled_time AS TIMESTAMP), true)
"""

GUEST_COLUMNS = {
    "read_at": "TIMESTAMP",
    "record": """STRUCT(
        id VARCHAR, rid BIGINT, sequence_id BIGINT, created_date VARCHAR, created_date_utc VARCHAR, updated_at VARCHAR,
        updated_at_utc VARCHAR, forgotten BOOLEAN, archived BOOLEAN, email_optin BOOLEAN, date_first_visit VARCHAR,
        date_first_visit_utc VARCHAR, date_last_visit VARCHAR, date_last_visit_utc VARCHAR, is_hidden BOOLEAN,
        marketing_opted_out BOOLEAN)""",
}

# Of a guest who asks to be forgotten nothing goes on but that.
GUESTS = f"""
WITH records AS (SELECT read_at, unnest(record), coalesce(record.forgotten, false) AS gone FROM {{source}})
SELECT
    read_at, 'opentable' AS platform, {LONDON.restaurant}::BIGINT AS restaurant_id, id AS customer_id,
    1::BIGINT AS clock_epoch, sequence_id AS clock,
    instant(created_date_utc, created_date) AS created_at, instant(updated_at_utc, updated_at) AS updated_at,
    CASE WHEN NOT gone THEN email_optin END AS email_opt_in, NULL::BOOLEAN AS vip, NULL::VARCHAR AS country,
    CASE WHEN NOT gone THEN instant(date_first_visit_utc, date_first_visit) END AS first_visit_at,
    CASE WHEN NOT gone THEN instant(date_last_visit_utc, date_last_visit) END AS last_visit_at,
    CASE WHEN NOT gone THEN archived END AS archived, CASE WHEN NOT gone THEN is_hidden END AS hidden,
    CASE WHEN NOT gone THEN marketing_opted_out END AS marketing_opted_out, gone AS forgotten
FROM records
WHERE id <> '' AND rid = {LONDON.rid} AND sequence_id >= 0
"""
