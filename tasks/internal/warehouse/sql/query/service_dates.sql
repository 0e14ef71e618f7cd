-- The service dates on which a touched booking's current row changed, came or went.
SELECT DISTINCT service_date FROM (
  (
    SELECT platform, reservation_id, service_date, clock_epoch, clock, digest FROM previous_reservations
    EXCEPT
    SELECT platform, reservation_id, service_date, clock_epoch, clock, digest FROM reservations
  )
  UNION ALL
  (
    SELECT r.platform, r.reservation_id, r.service_date, r.clock_epoch, r.clock, r.digest FROM reservations r
    JOIN touched_reservations t ON t.platform = r.platform AND t.reservation_id = r.reservation_id
    EXCEPT
    SELECT platform, reservation_id, service_date, clock_epoch, clock, digest FROM previous_reservations
  )
) v
WHERE service_date IS NOT NULL
ORDER BY service_date;
