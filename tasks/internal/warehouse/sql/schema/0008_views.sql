-- What analysts see, without what invites a mistake or a guess.

-- As in 0003_absences.sql, but without the digest: it is made from the row, the guest's id too, so that whoever has the rest of a row
-- could test a guess at the id with it.
CREATE OR REPLACE VIEW reservation_versions AS
SELECT
  platform, restaurant_id, reservation_id,
  ROW_NUMBER() OVER (PARTITION BY platform, reservation_id
    ORDER BY superseded DESC, clock_epoch, clock, last_read_at, digest, reading, line) AS version,
  superseded = 0 AND ROW_NUMBER() OVER (PARTITION BY platform, reservation_id
    ORDER BY superseded, clock_epoch DESC, clock DESC, last_read_at DESC, digest DESC, reading DESC, line DESC) = 1 AS is_current,
  clock_epoch, clock, updated_at, first_read_at, last_read_at, observations,
  status, platform_status, party_size, scheduled_at, scheduled_local, service_date, table_category, spend_total, currency
FROM (
  SELECT
    o.*,
    MIN(o.read_at) OVER (PARTITION BY o.platform, o.reservation_id, o.clock_epoch, o.clock, o.digest) AS first_read_at,
    o.read_at AS last_read_at,
    COUNT(*) OVER (PARTITION BY o.platform, o.reservation_id, o.clock_epoch, o.clock, o.digest) AS observations,
    CASE WHEN o.read_at <= a.read_at THEN 1 ELSE 0 END AS superseded
  FROM reservation_observations o
  LEFT JOIN (
    SELECT platform, id, MAX(read_at) AS read_at FROM absences WHERE kind = 'reservation' GROUP BY platform, id
  ) a ON a.platform = o.platform AND a.id = o.reservation_id
  QUALIFY ROW_NUMBER() OVER (PARTITION BY o.platform, o.reservation_id, o.clock_epoch, o.clock, o.digest
    ORDER BY o.read_at DESC, o.reading DESC, o.line DESC) = 1
) v;

-- As in 0002_marts.sql, and which amounts add up to revenue: bills alone. What an experience cost may be part of a bill, and a deposit
-- is set off against one, so that a sum over all kinds counts money twice.
CREATE OR REPLACE VIEW payments AS
SELECT platform, restaurant_id, reservation_id, service_date, currency, 'spend' AS kind,
  spend_total AS amount, spend_subtotal AS subtotal, spend_tax AS tax, spend_tip AS tip, TRUE AS is_revenue
FROM reservations
WHERE spend_total IS NOT NULL OR spend_subtotal IS NOT NULL OR spend_tax IS NOT NULL OR spend_tip IS NOT NULL
UNION ALL
SELECT platform, restaurant_id, reservation_id, service_date, currency, 'experience', experience_total, NULL, NULL, NULL, FALSE
FROM reservations WHERE experience_total <> 0
UNION ALL
SELECT platform, restaurant_id, reservation_id, service_date, currency, 'deposit', deposit_paid, NULL, NULL, NULL, FALSE
FROM reservations WHERE deposit_paid <> 0
UNION ALL
SELECT platform, restaurant_id, reservation_id, service_date, currency, 'deposit_refund',
  CAST(-deposit_refunded AS DECIMAL(18,4)), NULL, NULL, NULL, FALSE
FROM reservations WHERE deposit_refunded <> 0;

-- As in 0002_marts.sql, and how many bookings have a bill, and of how many covers. Many have none, of TheFork above all: spend a
-- cover is spend_total / covers_with_bill, not spend_total / covers.
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
  CAST(SUM(r.deposit_refunded) AS DECIMAL(18,4)) AS deposit_refunded,
  COUNT(r.spend_total) AS bills,
  CAST(SUM(CASE WHEN r.status IN ('seated', 'completed') AND r.spend_total IS NOT NULL THEN r.party_size ELSE 0 END) AS BIGINT)
    AS covers_with_bill
FROM reservations r
LEFT JOIN restaurants x ON x.restaurant_id = r.restaurant_id
GROUP BY r.restaurant_id, x.name, r.service_date, r.platform, r.currency;
