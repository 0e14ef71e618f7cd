-- Updates that came later, by the platform's own time, under a lower sequence than an earlier one: the current row is then not
-- the latest. In the order of time a clock must not fall.
SELECT kind, platform, id, restaurant_id, clock_epoch, clock, updated_at, before_epoch, before_clock, before_updated_at,
  reading, line FROM (
  SELECT
    'reservation' AS kind, platform, reservation_id AS id, restaurant_id, clock_epoch, clock, updated_at, reading, line,
    LAG(clock_epoch) OVER (PARTITION BY platform, reservation_id ORDER BY updated_at, clock_epoch, clock) AS before_epoch,
    LAG(clock) OVER (PARTITION BY platform, reservation_id ORDER BY updated_at, clock_epoch, clock) AS before_clock,
    LAG(updated_at) OVER (PARTITION BY platform, reservation_id ORDER BY updated_at, clock_epoch, clock) AS before_updated_at
  FROM reservation_observations WHERE updated_at IS NOT NULL
  UNION ALL
  SELECT
    'customer' AS kind, platform, customer_id AS id, restaurant_id, clock_epoch, clock, updated_at, reading, line,
    LAG(clock_epoch) OVER (PARTITION BY platform, customer_id ORDER BY updated_at, clock_epoch, clock) AS before_epoch,
    LAG(clock) OVER (PARTITION BY platform, customer_id ORDER BY updated_at, clock_epoch, clock) AS before_clock,
    LAG(updated_at) OVER (PARTITION BY platform, customer_id ORDER BY updated_at, clock_epoch, clock) AS before_updated_at
  FROM customer_observations WHERE updated_at IS NOT NULL
) v
WHERE clock_epoch < before_epoch OR (clock_epoch = before_epoch AND clock < before_clock)
ORDER BY kind, platform, id, updated_at, reading, line;
