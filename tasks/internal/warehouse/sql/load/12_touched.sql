-- The keys whose current rows are made again, and those rows. The text is about bookings; the same follows for guests.
INSERT INTO touched_reservations
SELECT platform, reservation_id FROM landing_reservations
UNION
SELECT platform, reservation_id FROM again_reservations;

INSERT INTO previous_reservations
SELECT r.* FROM reservations r
JOIN touched_reservations t ON t.platform = r.platform AND t.reservation_id = r.reservation_id;
