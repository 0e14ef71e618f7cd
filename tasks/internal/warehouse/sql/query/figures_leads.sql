-- How long ahead the bookings for the service dates from ? to ? were made, by spans of days that begin at first_day; -1 where
-- nobody knows when a booking was made.
SELECT COALESCE(first_day, -1) AS place, '' AS name, CAST(SUM(reservations) AS BIGINT) AS reservations,
  CAST(SUM(guests) AS BIGINT) AS guests
FROM (
  SELECT
    reservations, guests,
    CASE
      WHEN lead_days <= 0 THEN 0
      WHEN lead_days = 1 THEN 1
      WHEN lead_days <= 3 THEN 2
      WHEN lead_days <= 7 THEN 4
      WHEN lead_days <= 14 THEN 8
      WHEN lead_days <= 30 THEN 15
      WHEN lead_days > 30 THEN 31
    END AS first_day
  FROM lead_time
  WHERE service_date BETWEEN CAST(? AS DATE) AND CAST(? AS DATE)
) v
GROUP BY first_day
ORDER BY first_day;
