-- What analysts read. A row without a service date (the platform gave no time) is kept under NULL, so that the counts of a
-- mart add up to the table's. Covers are guests who sat down: the party sizes of what is seated or completed, so neither
-- no-shows nor cancellations; expected covers add what is still to come. Amounts are in the row's currency, never added
-- across currencies. A sum is cast, because its type differs between engines.

-- The versions of each booking: what its observations say, each content once, oldest first. The last one is current.
CREATE OR REPLACE VIEW reservation_versions AS
SELECT
  platform, restaurant_id, reservation_id,
  ROW_NUMBER() OVER (PARTITION BY platform, reservation_id ORDER BY clock_epoch, clock, last_read_at, digest, reading, line) AS version,
  ROW_NUMBER() OVER (PARTITION BY platform, reservation_id
    ORDER BY clock_epoch DESC, clock DESC, last_read_at DESC, digest DESC, reading DESC, line DESC) = 1 AS is_current,
  clock_epoch, clock, updated_at, first_read_at, last_read_at, observations,
  status, platform_status, party_size, scheduled_at, scheduled_local, service_date, table_category, spend_total, currency, digest
FROM (
  SELECT
    o.*,
    MIN(read_at) OVER (PARTITION BY platform, reservation_id, clock_epoch, clock, digest) AS first_read_at,
    read_at AS last_read_at,
    COUNT(*) OVER (PARTITION BY platform, reservation_id, clock_epoch, clock, digest) AS observations
  FROM reservation_observations o
  QUALIFY ROW_NUMBER() OVER (PARTITION BY platform, reservation_id, clock_epoch, clock, digest
    ORDER BY read_at DESC, reading DESC, line DESC) = 1
) v;

-- Money, one row a booking and kind: a bill where any of its parts is known, the other kinds where they are not zero. A refund
-- is negative, so that deposits add up.
CREATE OR REPLACE VIEW payments AS
SELECT platform, restaurant_id, reservation_id, service_date, currency, 'spend' AS kind,
  spend_total AS amount, spend_subtotal AS subtotal, spend_tax AS tax, spend_tip AS tip
FROM reservations
WHERE spend_total IS NOT NULL OR spend_subtotal IS NOT NULL OR spend_tax IS NOT NULL OR spend_tip IS NOT NULL
UNION ALL
SELECT platform, restaurant_id, reservation_id, service_date, currency, 'experience', experience_total, NULL, NULL, NULL
FROM reservations WHERE experience_total <> 0
UNION ALL
SELECT platform, restaurant_id, reservation_id, service_date, currency, 'deposit', deposit_paid, NULL, NULL, NULL
FROM reservations WHERE deposit_paid <> 0
UNION ALL
SELECT platform, restaurant_id, reservation_id, service_date, currency, 'deposit_refund',
  CAST(-deposit_refunded AS DECIMAL(18,4)), NULL, NULL, NULL
FROM reservations WHERE deposit_refunded <> 0;

-- A service: one row a restaurant, local service date, platform and currency.
CREATE OR REPLACE VIEW daily_service AS
SELECT
  r.restaurant_id, x.name AS restaurant, r.service_date, r.platform, r.currency,
  COUNT(*) AS reservations,
  COUNT(CASE WHEN r.status = 'requested' THEN 1 END) AS requested,
  COUNT(CASE WHEN r.status = 'booked' THEN 1 END) AS booked,
  COUNT(CASE WHEN r.status = 'arrived' THEN 1 END) AS arrived,
  COUNT(CASE WHEN r.status = 'seated' THEN 1 END) AS seated,
  COUNT(CASE WHEN r.status = 'completed' THEN 1 END) AS completed,
  COUNT(CASE WHEN r.status = 'cancelled' THEN 1 END) AS cancelled,
  COUNT(CASE WHEN r.status = 'no_show' THEN 1 END) AS no_shows,
  COUNT(CASE WHEN r.status = 'declined' THEN 1 END) AS declined,
  CAST(SUM(CASE WHEN r.status IN ('seated', 'completed') THEN r.party_size ELSE 0 END) AS BIGINT) AS covers,
  CAST(SUM(CASE WHEN r.status IN ('booked', 'arrived', 'seated', 'completed') THEN r.party_size ELSE 0 END) AS BIGINT) AS expected_covers,
  CAST(SUM(CASE WHEN r.status = 'no_show' THEN r.party_size ELSE 0 END) AS BIGINT) AS no_show_covers,
  CAST(SUM(r.spend_total) AS DECIMAL(18,4)) AS spend_total,
  CAST(SUM(r.spend_tip) AS DECIMAL(18,4)) AS spend_tip,
  CAST(SUM(r.deposit_paid) AS DECIMAL(18,4)) AS deposit_paid,
  CAST(SUM(r.deposit_refunded) AS DECIMAL(18,4)) AS deposit_refunded
FROM reservations r
LEFT JOIN restaurants x ON x.restaurant_id = r.restaurant_id
GROUP BY r.restaurant_id, x.name, r.service_date, r.platform, r.currency;

-- How far the bookings of a service came, by their current status; each step is part of the one before. kept: neither
-- declined, cancelled nor a no-show, so it holds what is still to come.
CREATE OR REPLACE VIEW status_funnel AS
SELECT
  r.restaurant_id, r.service_date, r.platform, s.step_number, s.step,
  COUNT(*) AS reservations,
  CAST(SUM(r.party_size) AS BIGINT) AS guests
FROM reservations r
JOIN (
  SELECT CAST(1 AS BIGINT) AS step_number, 'asked' AS step
  UNION ALL SELECT 2, 'accepted'
  UNION ALL SELECT 3, 'kept'
  UNION ALL SELECT 4, 'arrived'
  UNION ALL SELECT 5, 'seated'
  UNION ALL SELECT 6, 'completed'
) s ON CASE r.status
    WHEN 'requested' THEN 1
    WHEN 'declined' THEN 1
    WHEN 'cancelled' THEN 2
    WHEN 'no_show' THEN 2
    WHEN 'booked' THEN 3
    WHEN 'arrived' THEN 4
    WHEN 'seated' THEN 5
    WHEN 'completed' THEN 6
  END >= s.step_number
GROUP BY r.restaurant_id, r.service_date, r.platform, s.step_number, s.step;

-- Where bookings come from.
CREATE OR REPLACE VIEW channel_mix AS
SELECT
  restaurant_id, service_date, platform, channel,
  COUNT(*) AS reservations,
  COUNT(CASE WHEN status = 'cancelled' THEN 1 END) AS cancelled,
  COUNT(CASE WHEN status = 'no_show' THEN 1 END) AS no_shows,
  CAST(SUM(CASE WHEN status IN ('seated', 'completed') THEN party_size ELSE 0 END) AS BIGINT) AS covers,
  CAST(SUM(CASE WHEN status IN ('booked', 'arrived', 'seated', 'completed') THEN party_size ELSE 0 END) AS BIGINT) AS expected_covers
FROM reservations
GROUP BY restaurant_id, service_date, platform, channel;

-- How long ahead people book, in days of the restaurant's own calendar: 0 is the same day, whatever the clocks did.
CREATE OR REPLACE VIEW lead_time AS
SELECT
  restaurant_id, service_date, platform,
  CAST(service_date - CAST(created_local AS DATE) AS BIGINT) AS lead_days,
  COUNT(*) AS reservations,
  CAST(SUM(party_size) AS BIGINT) AS guests,
  COUNT(CASE WHEN status = 'cancelled' THEN 1 END) AS cancelled,
  COUNT(CASE WHEN status = 'no_show' THEN 1 END) AS no_shows
FROM reservations
GROUP BY restaurant_id, service_date, platform, CAST(service_date - CAST(created_local AS DATE) AS BIGINT);

-- Who comes again: visits (seated or completed) of a service, by whether the guest had been at the restaurant before. A guest
-- is known within one platform and restaurant. days_since_last is a sum over the returns, for an average at any level.
CREATE OR REPLACE VIEW guest_return AS
SELECT
  restaurant_id, service_date, platform,
  COUNT(*) AS visits,
  COUNT(CASE WHEN customer_id IS NULL THEN 1 END) AS visits_of_unknown,
  COUNT(CASE WHEN customer_id IS NOT NULL AND visit = 1 THEN 1 END) AS first_visits,
  COUNT(CASE WHEN customer_id IS NOT NULL AND visit > 1 THEN 1 END) AS return_visits,
  COUNT(CASE WHEN customer_id IS NOT NULL AND visit > 1 AND service_date - last_date <= 30 THEN 1 END) AS returns_within_30_days,
  CAST(SUM(CASE WHEN customer_id IS NOT NULL AND visit > 1 THEN service_date - last_date END) AS BIGINT) AS days_since_last
FROM (
  SELECT
    restaurant_id, service_date, platform, customer_id,
    ROW_NUMBER() OVER (PARTITION BY platform, restaurant_id, customer_id ORDER BY service_date, scheduled_at NULLS LAST, reservation_id) AS visit,
    LAG(service_date) OVER (PARTITION BY platform, restaurant_id, customer_id ORDER BY service_date, scheduled_at NULLS LAST, reservation_id) AS last_date
  FROM reservations
  WHERE status IN ('seated', 'completed') AND service_date IS NOT NULL
) v
GROUP BY restaurant_id, service_date, platform;
