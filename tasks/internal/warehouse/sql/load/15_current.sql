-- The next current rows in place of the previous ones. The text is about bookings; the same follows for guests.
-- (When the previous ones were read says which blocks they are in.)
DELETE FROM reservations
WHERE (platform, reservation_id, read_at) IN (
  SELECT p.platform, p.reservation_id, p.read_at FROM previous_reservations p
  JOIN touched_reservations t ON t.platform = p.platform AND t.reservation_id = p.reservation_id
);
INSERT INTO reservations
SELECT n.* FROM next_reservations n
JOIN touched_reservations t ON t.platform = n.platform AND t.reservation_id = n.reservation_id;
