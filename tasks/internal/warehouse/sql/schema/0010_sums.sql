-- As in 0008_views.sql, with room in the sums for what bills can hold: a sum that overflows fails the whole query, so that one
-- absurd bill would take every sheet of a dashboard with it.
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
  CAST(SUM(r.spend_total) AS DECIMAL(38,4)) AS spend_total,
  CAST(SUM(r.spend_tip) AS DECIMAL(38,4)) AS spend_tip,
  CAST(SUM(r.deposit_paid) AS DECIMAL(38,4)) AS deposit_paid,
  CAST(SUM(r.deposit_refunded) AS DECIMAL(38,4)) AS deposit_refunded,
  COUNT(r.spend_total) AS bills,
  CAST(SUM(CASE WHEN r.status IN ('seated', 'completed') AND r.spend_total IS NOT NULL THEN r.party_size ELSE 0 END) AS BIGINT)
    AS covers_with_bill
FROM reservations r
LEFT JOIN restaurants x ON x.restaurant_id = r.restaurant_id
GROUP BY r.restaurant_id, x.name, r.service_date, r.platform, r.currency;
