-- Runs only where there are keys to choose again: among all their observations. The choice reads a few columns of
-- those; when the chosen ones were read then says which blocks hold all their columns.
INSERT INTO next_reservations
WITH touched_reservations AS ( -- noqa: ST03
  SELECT DISTINCT platform, reservation_id FROM again_reservations
),
chosen AS (
  SELECT * FROM winning_reservations
)
SELECT o.* FROM reservation_observations o
JOIN chosen c ON c.read_at = o.read_at AND c.reading = o.reading AND c.line = o.line;
