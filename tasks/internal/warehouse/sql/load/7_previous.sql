-- What the current rows of the touched bookings were, to tell afterwards on which service dates something changed.

INSERT INTO previous_reservations
SELECT r.platform, r.reservation_id, r.service_date, r.clock_epoch, r.clock, r.digest FROM reservations r
JOIN touched_reservations t ON t.platform = r.platform AND t.reservation_id = r.reservation_id;
