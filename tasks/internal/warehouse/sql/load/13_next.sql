-- The next current row of a key to which only observations were added is chosen among the present one and what landed: the
-- present one stands for all that was there. The text is about bookings; the same follows for guests. winning_reservations is
-- the text of sql/winning_reservations.sql, which is put in its place when this is read; it finds here fewer rows under the
-- table's name.
INSERT INTO next_reservations
WITH reservation_observations AS ( -- noqa: ST03
  SELECT p.* FROM previous_reservations p
  WHERE NOT EXISTS (
    SELECT 1 FROM again_reservations g WHERE g.platform = p.platform AND g.reservation_id = p.reservation_id
  )
  UNION ALL
  SELECT l.* EXCLUDE (object_key) FROM landing_reservations l
  WHERE NOT EXISTS (
    SELECT 1 FROM again_reservations g WHERE g.platform = l.platform AND g.reservation_id = l.reservation_id
  )
)
SELECT * FROM winning_reservations;

-- Where the present row stays, nothing is done to it.
DELETE FROM touched_reservations WHERE EXISTS (
  SELECT 1 FROM previous_reservations p
  JOIN next_reservations n
    ON n.platform = p.platform AND n.reservation_id = p.reservation_id AND n.reading = p.reading AND n.line = p.line
  WHERE p.platform = touched_reservations.platform AND p.reservation_id = touched_reservations.reservation_id
);
