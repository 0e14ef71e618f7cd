-- What each service date from ? to ? brought, by currency.
SELECT
  service_date, currency,
  CAST(SUM(reservations) AS BIGINT) AS reservations, CAST(SUM(requested) AS BIGINT) AS requested, CAST(SUM(booked) AS BIGINT) AS booked,
  CAST(SUM(arrived) AS BIGINT) AS arrived, CAST(SUM(seated) AS BIGINT) AS seated, CAST(SUM(completed) AS BIGINT) AS completed,
  CAST(SUM(cancelled) AS BIGINT) AS cancelled, CAST(SUM(no_shows) AS BIGINT) AS no_shows, CAST(SUM(declined) AS BIGINT) AS declined,
  CAST(SUM(covers) AS BIGINT) AS covers, CAST(SUM(expected_covers) AS BIGINT) AS expected_covers,
  CAST(SUM(no_show_covers) AS BIGINT) AS no_show_covers, CAST(SUM(spend_total) AS DECIMAL(18,4)) AS spend_total
FROM daily_service
WHERE service_date BETWEEN CAST(? AS DATE) AND CAST(? AS DATE)
GROUP BY service_date, currency
ORDER BY service_date, currency;
