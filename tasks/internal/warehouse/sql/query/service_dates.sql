-- The service dates on which a touched booking's current row changed, came or went.
SELECT DISTINCT service_date FROM (
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
