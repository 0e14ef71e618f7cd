-- Which bookings that a day's readings (of ?) touch have another current row than their observations say, by the rule of
-- winning_reservations.sql: another observation's, none or one too many, or other content. One row: how many keys there are, how
-- many of them differ, and of the first the observation that should be current and the one that is. The same text, with the other
-- word, is about guests. The touched keys have the name that they have in a load.
WITH readings AS (
  SELECT reading FROM loads WHERE day = CAST(? AS DATE)
),
touched_reservations AS (
  SELECT platform, reservation_id FROM reservation_observations WHERE reading IN (SELECT reading FROM readings)
  UNION
  SELECT platform, id FROM superseding WHERE kind = 'reservation' AND reading IN (SELECT reading FROM readings)
  UNION
  SELECT platform, reservation_id FROM reservations WHERE reading IN (SELECT reading FROM readings)
),
candidate_reservations AS ( -- noqa: ST03
  SELECT * FROM reservation_observations
),
best AS (
  SELECT * FROM winning_reservations
),
held AS (
  SELECT c.* FROM reservations c JOIN touched_reservations t ON t.platform = c.platform AND t.reservation_id = c.reservation_id
),
differing AS (
  SELECT
    COALESCE(b.platform, h.platform) AS platform, COALESCE(b.reservation_id, h.reservation_id) AS id,
    b.reading AS should_reading, b.line AS should_line, h.reading AS is_reading, h.line AS is_line
  FROM best b FULL OUTER JOIN held h ON h.platform = b.platform AND h.reservation_id = b.reservation_id
  WHERE b.reading IS NULL OR h.reading IS NULL OR b.reading <> h.reading OR b.line <> h.line
  UNION
  SELECT x.platform, x.reservation_id, x.reading AS should_reading, x.line AS should_line, h.reading AS is_reading,
    h.line AS is_line
  FROM (SELECT * FROM best EXCEPT SELECT * FROM held) x
  JOIN held h ON h.platform = x.platform AND h.reservation_id = x.reservation_id AND h.reading = x.reading AND h.line = x.line
  UNION
  SELECT platform, reservation_id, MIN(reading), MIN(line), MAX(reading), MAX(line)
  FROM held GROUP BY platform, reservation_id HAVING COUNT(*) > 1
)
SELECT
  (SELECT COUNT(*) FROM touched_reservations) AS touched_keys,
  (SELECT COUNT(*) FROM (SELECT DISTINCT platform, id FROM differing) d) AS differing_keys,
  f.should_reading, f.should_line, f.is_reading, f.is_line
FROM (SELECT 1 AS one) x LEFT JOIN differing f ON x.one = 1
ORDER BY f.platform, f.id, f.should_reading, f.should_line, f.is_reading, f.is_line
LIMIT 1;
