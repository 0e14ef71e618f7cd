-- The next current rows in place of the previous ones. The text is about bookings; the same follows for guests.
-- Where the present row was chosen among itself and what landed, nothing is done to it. (When the previous ones were read says
-- which blocks they are in.)
DELETE FROM reservations
WHERE (platform, reservation_id, read_at) IN (
  SELECT p.platform, p.reservation_id, p.read_at FROM previous_reservations p
  LEFT JOIN next_reservations n
    ON n.platform = p.platform AND n.reservation_id = p.reservation_id AND n.reading = p.reading AND n.line = p.line
  LEFT JOIN again_reservations g ON g.platform = p.platform AND g.reservation_id = p.reservation_id
  WHERE n.reading IS NULL OR g.platform IS NOT NULL
);
INSERT INTO reservations
SELECT n.* REPLACE (KEY_HASH(n.platform, n.reservation_id) AS key_hash) FROM next_reservations n
LEFT JOIN previous_reservations p
  ON p.platform = n.platform AND p.reservation_id = n.reservation_id AND p.reading = n.reading AND p.line = n.line
LEFT JOIN (SELECT DISTINCT platform, reservation_id FROM again_reservations) g
  ON g.platform = n.platform AND g.reservation_id = n.reservation_id
WHERE p.reading IS NULL OR g.platform IS NOT NULL;
