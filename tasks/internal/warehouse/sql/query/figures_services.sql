-- What the service dates from ? to ? brought, by restaurant, platform and currency. Money is added up by itself: the mart's
-- sums have the amounts' own type, which two absurd bills overflow.
SELECT
  d.restaurant_id, d.restaurant, d.platform, d.currency,
  d.reservations, d.requested, d.booked, d.arrived, d.seated, d.completed, d.cancelled, d.no_shows, d.declined,
  d.covers, d.expected_covers, d.no_show_covers, p.bills, p.spend_total
FROM (
  SELECT
    restaurant_id, restaurant, platform, currency,
    CAST(SUM(reservations) AS BIGINT) AS reservations, CAST(SUM(requested) AS BIGINT) AS requested,
      CAST(SUM(booked) AS BIGINT) AS booked,
    CAST(SUM(arrived) AS BIGINT) AS arrived, CAST(SUM(seated) AS BIGINT) AS seated, CAST(SUM(completed) AS BIGINT) AS completed,
    CAST(SUM(cancelled) AS BIGINT) AS cancelled, CAST(SUM(no_shows) AS BIGINT) AS no_shows,
      CAST(SUM(declined) AS BIGINT) AS declined,
    CAST(SUM(covers) AS BIGINT) AS covers, CAST(SUM(expected_covers) AS BIGINT) AS expected_covers,
    CAST(SUM(no_show_covers) AS BIGINT) AS no_show_covers
  FROM daily_service
  WHERE service_date BETWEEN CAST(? AS DATE) AND CAST(? AS DATE)
  GROUP BY restaurant_id, restaurant, platform, currency
) d
LEFT JOIN (
  SELECT restaurant_id, platform, currency, COUNT(amount) AS bills, CAST(SUM(amount) AS DECIMAL(38,4)) AS spend_total
  FROM payments
  WHERE kind = 'spend' AND service_date BETWEEN CAST(? AS DATE) AND CAST(? AS DATE)
  GROUP BY restaurant_id, platform, currency
) p ON p.restaurant_id = d.restaurant_id AND p.platform = d.platform AND p.currency = d.currency
ORDER BY d.restaurant_id, d.platform, d.currency;
