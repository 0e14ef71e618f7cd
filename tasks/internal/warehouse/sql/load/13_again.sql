-- Runs only where there are keys to choose again: among all their observations. Those are found as the previous rows are, by the
-- numbers of their keys and the times when they were read.
INSERT INTO next_reservations
WITH touched_reservations AS (
  SELECT DISTINCT platform, reservation_id FROM again_reservations
),
candidate_reservations AS ( -- noqa: ST03
  SELECT o.* FROM reservation_observations o
  JOIN (
    SELECT DISTINCT t.platform, t.reservation_id, k.read_at FROM reservation_observations k
    JOIN (
      SELECT u.platform, u.reservation_id, KEY_HASH(u.platform, u.reservation_id) AS key_hash FROM touched_reservations u
    ) t ON t.key_hash = k.key_hash
  ) p ON p.read_at = o.read_at AND p.platform = o.platform AND p.reservation_id = o.reservation_id
)
SELECT * FROM winning_reservations;
