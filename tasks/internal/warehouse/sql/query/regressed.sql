-- Updates that came later, by the platform's own time, under a lower sequence than an earlier one: the current row is then not
-- the latest. In the order of time a clock must not fall. Of all observations only those of the keys are put in that order
-- which the readings of the days from ? to ? have, read from ? to ? (both twice, and the days once more): what they say is
-- told, and no other.
SELECT kind, platform, id, restaurant_id, clock_epoch, clock, updated_at, before_epoch, before_clock, before_updated_at,
  reading, line FROM (
  SELECT
    'reservation' AS kind, o.platform, o.reservation_id AS id, o.restaurant_id, o.clock_epoch, o.clock,
    o.updated_at, o.reading, o.line,
    LAG(o.clock_epoch) OVER (
      PARTITION BY o.platform, o.reservation_id ORDER BY o.updated_at, o.clock_epoch, o.clock
    ) AS before_epoch,
    LAG(o.clock) OVER (PARTITION BY o.platform, o.reservation_id ORDER BY o.updated_at, o.clock_epoch, o.clock) AS before_clock,
    LAG(o.updated_at) OVER (
      PARTITION BY o.platform, o.reservation_id ORDER BY o.updated_at, o.clock_epoch, o.clock
    ) AS before_updated_at
  FROM reservation_observations o
  JOIN (
    SELECT DISTINCT t.platform, t.reservation_id FROM reservation_observations t JOIN loads l ON l.reading = t.reading
    WHERE l.day BETWEEN CAST(? AS DATE) AND CAST(? AS DATE) AND t.read_at BETWEEN CAST(? AS DATETIME) AND CAST(? AS DATETIME)
  ) k ON k.platform = o.platform AND k.reservation_id = o.reservation_id
  WHERE o.updated_at IS NOT NULL
  UNION ALL
  SELECT
    'customer' AS kind, o.platform, o.customer_id AS id, o.restaurant_id, o.clock_epoch, o.clock, o.updated_at, o.reading, o.line,
    LAG(o.clock_epoch) OVER (
      PARTITION BY o.platform, o.customer_id ORDER BY o.updated_at, o.clock_epoch, o.clock
    ) AS before_epoch,
    LAG(o.clock) OVER (PARTITION BY o.platform, o.customer_id ORDER BY o.updated_at, o.clock_epoch, o.clock) AS before_clock,
    LAG(o.updated_at) OVER (
      PARTITION BY o.platform, o.customer_id ORDER BY o.updated_at, o.clock_epoch, o.clock
    ) AS before_updated_at
  FROM customer_observations o
  JOIN (
    SELECT DISTINCT t.platform, t.customer_id FROM customer_observations t JOIN loads l ON l.reading = t.reading
    WHERE l.day BETWEEN CAST(? AS DATE) AND CAST(? AS DATE) AND t.read_at BETWEEN CAST(? AS DATETIME) AND CAST(? AS DATETIME)
  ) k ON k.platform = o.platform AND k.customer_id = o.customer_id
  WHERE o.updated_at IS NOT NULL
) v
WHERE (clock_epoch < before_epoch OR (clock_epoch = before_epoch AND clock < before_clock))
  AND reading IN (SELECT reading FROM loads WHERE day BETWEEN CAST(? AS DATE) AND CAST(? AS DATE))
ORDER BY kind, platform, id, updated_at, reading, line;
