-- The current rows of the touched keys, made again from all their observations. The text is about bookings; the same follows for
-- guests. winning_reservations is the text of sql/winning_reservations.sql, which is put in its place when this is read.

DELETE FROM reservations WHERE EXISTS (
  SELECT 1 FROM touched_reservations t
  WHERE t.platform = reservations.platform AND t.reservation_id = reservations.reservation_id
);
INSERT INTO reservations
SELECT * FROM winning_reservations;
