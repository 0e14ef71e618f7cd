-- Runs only where there are keys to choose again: among all their observations.
INSERT INTO next_reservations
WITH touched_reservations AS ( -- noqa: ST03
  SELECT DISTINCT platform, reservation_id FROM again_reservations
)
SELECT * FROM winning_reservations;
