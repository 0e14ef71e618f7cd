-- The next current rows in place of the previous ones. The text is about bookings; the same follows for guests.
DELETE FROM reservations
WHERE (platform, reservation_id) IN (SELECT platform, reservation_id FROM touched_reservations);
INSERT INTO reservations
SELECT n.* FROM next_reservations n
JOIN touched_reservations t ON t.platform = n.platform AND t.reservation_id = n.reservation_id;
