-- The next current row of a key to which only observations were added is chosen among the present one and what landed: the
-- present one stands for all that was there. The text is about bookings; the same follows for guests. winning_reservations is
-- the text of sql/winning_reservations.sql, which is put in its place when this is read.
INSERT INTO next_reservations
WITH touched_reservations AS ( -- noqa: ST03
  SELECT DISTINCT platform, reservation_id FROM landing_reservations
),
candidate_reservations AS ( -- noqa: ST03
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
