-- What the warehouse has of the bookings named in touched_reservations.
SELECT r.reservation_id AS id, r.clock_epoch, r.clock, r.digest
FROM reservations r JOIN touched_reservations t ON t.platform = r.platform AND t.reservation_id = r.reservation_id
ORDER BY id;
