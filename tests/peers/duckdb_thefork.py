"""TheFork's records in DuckDB's SQL: of each kind the columns of its JSON, and the query that makes rows of them."""

from settings import LONDON, MAX_PARTY

OURS = LONDON.currency

# Times are read as text: one that is none empties its column, or refuses the record, but ends no query.
RESERVATION_COLUMNS = {
    "read_at": "TIMESTAMP",
    "record": """STRUCT(
        "reservationUuid" VARCHAR, "restaurantUuid" VARCHAR, "customerUuid" VARCHAR, "mealDate" VARCHAR, "partySize" BIGINT,
        "status" VARCHAR, "mealStatus" VARCHAR, "reservationChannel" VARCHAR, "createdAt" VARCHAR, "updatedAt" VARCHAR,
        "offerUuid" VARCHAR,
        "offerDetails" STRUCT("offerType" VARCHAR, "discountPercentage" DECIMAL(18, 4), "price" DECIMAL(18, 4),
            "currency" VARCHAR),
        "billAmount" STRUCT("totalPrice" DECIMAL(18, 4), "currency" VARCHAR))""",
}

RESERVATIONS = f"""
WITH records AS (
    SELECT read_at, unnest(record),
        CASE WHEN record.status = 'RECORDED' THEN concat_ws('/', 'RECORDED', record.mealStatus) ELSE record.status END AS state
    FROM {{source}}
),
timed AS (
    SELECT *, try_cast(mealDate AS TIMESTAMP) AS scheduled_at, wall(scheduled_at) AS scheduled_local,
        try_cast(createdAt AS TIMESTAMP) AS created_at, try_cast(updatedAt AS TIMESTAMP) AS updated_at
    FROM records
)
SELECT
    read_at, 'thefork' AS platform, {LONDON.restaurant}::BIGINT AS restaurant_id,
    reservationUuid AS reservation_id, customerUuid AS customer_id, 1::BIGINT AS clock_epoch,
    coalesce(epoch_us(coalesce(updated_at, created_at)), 0) AS clock, created_at, updated_at,
    statuses.status, state AS platform_status, coalesce(channels.channel, 'other') AS channel, partySize AS party_size,
    scheduled_at, scheduled_local, scheduled_local::DATE AS service_date, wall(created_at) AS created_local,
    NULL::TIMESTAMP AS arrived_at, NULL::TIMESTAMP AS seated_at, NULL::TIMESTAMP AS done_at, NULL::VARCHAR AS table_category,
    '{OURS}' AS currency, NULL::DECIMAL(18, 4) AS spend_subtotal, NULL::DECIMAL(18, 4) AS spend_tax,
    NULL::DECIMAL(18, 4) AS spend_tip,
    CASE WHEN coalesce(billAmount.currency, '{OURS}') = '{OURS}' THEN billAmount.totalPrice END AS spend_total,
    NULL::DECIMAL(18, 4) AS deposit_paid, NULL::DECIMAL(18, 4) AS deposit_refunded, NULL::BIGINT AS experience_id,
    NULL::DECIMAL(18, 4) AS experience_total, offerUuid AS offer_id,
    CASE WHEN offerDetails.offerType IN ('promotion', 'presetMenu') THEN offerDetails.offerType END AS offer_type,
    CASE WHEN coalesce(offerDetails.currency, '{OURS}') = '{OURS}' THEN offerDetails.price END AS offer_price,
    offerDetails.discountPercentage AS discount_percent, NULL::BOOLEAN AS marketing_opted_out
FROM timed JOIN statuses ON state = statuses.word LEFT JOIN channels ON reservationChannel = channels.word
WHERE reservationUuid <> '' AND restaurantUuid = '{LONDON.uuid}' AND partySize BETWEEN 1 AND {MAX_PARTY}
    AND (scheduled_at IS NOT NULL OR mealDate IS NULL)
"""

CUSTOMER_COLUMNS = {
    "read_at": "TIMESTAMP",
    "asked": "VARCHAR",
    "record": """STRUCT(
        "customerUuid" VARCHAR, "isVip" BOOLEAN, "country" VARCHAR, "creationDate" VARCHAR, "lastUpdateDate" VARCHAR,
        "optins" STRUCT("restaurantNewsletter" BOOLEAN))""",
}

# A customer's times are dates: midnight in UTC.
CUSTOMERS = """
WITH records AS (
    SELECT read_at, asked, unnest(record), try_strptime(record.creationDate, '%Y-%m-%d') AS created_at,
        try_strptime(record.lastUpdateDate, '%Y-%m-%d') AS updated_at
    FROM {source}
)
SELECT
    read_at, 'thefork' AS platform, NULL::BIGINT AS restaurant_id, coalesce(customerUuid, asked) AS customer_id,
    1::BIGINT AS clock_epoch, coalesce(epoch_us(coalesce(updated_at, created_at)), 0) AS clock, created_at, updated_at,
    optins.restaurantNewsletter AS email_opt_in, isVip AS vip,
    CASE WHEN regexp_full_match(country, '[A-Z][A-Z]') THEN country END AS country, NULL::TIMESTAMP AS first_visit_at,
    NULL::TIMESTAMP AS last_visit_at, NULL::BOOLEAN AS archived, NULL::BOOLEAN AS hidden,
    NULL::BOOLEAN AS marketing_opted_out, false AS forgotten
FROM records
WHERE coalesce(customerUuid, asked) <> ''
"""
