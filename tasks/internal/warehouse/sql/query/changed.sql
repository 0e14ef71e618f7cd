-- What a load changed: how many bookings and guests it touched, and the service dates on which a booking's current row changed,
-- came or went.
SELECT 'reservation' AS kind, CAST(NULL AS DATE) AS service_date, COUNT(*) AS touched FROM (
  SELECT platform, reservation_id FROM landing_reservations
  UNION
  SELECT platform, reservation_id FROM again_reservations
) r
UNION ALL
SELECT 'customer' AS kind, CAST(NULL AS DATE) AS service_date, COUNT(*) AS touched FROM (
  SELECT platform, customer_id FROM landing_customers
  UNION
  SELECT platform, customer_id FROM again_customers
) c
UNION ALL
SELECT DISTINCT 'service date' AS kind, service_date, 0 AS touched FROM (
  (
    SELECT platform, reservation_id, service_date, clock_epoch, clock, digest FROM previous_reservations
    EXCEPT
    SELECT platform, reservation_id, service_date, clock_epoch, clock, digest FROM next_reservations
  )
  UNION ALL
  (
    SELECT platform, reservation_id, service_date, clock_epoch, clock, digest FROM next_reservations
    EXCEPT
    SELECT platform, reservation_id, service_date, clock_epoch, clock, digest FROM previous_reservations
  )
) v
WHERE service_date IS NOT NULL
ORDER BY service_date;
