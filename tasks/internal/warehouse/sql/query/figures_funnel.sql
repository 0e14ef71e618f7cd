-- How far the bookings for the service dates from ? to ? came.
SELECT step_number AS place, step AS name, CAST(SUM(reservations) AS BIGINT) AS reservations,
  CAST(SUM(guests) AS BIGINT) AS guests
FROM status_funnel
WHERE service_date BETWEEN CAST(? AS DATE) AND CAST(? AS DATE)
GROUP BY step_number, step
ORDER BY step_number;
