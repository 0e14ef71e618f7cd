-- What dashboards and notebooks need beside the marts, for a role that may read views alone.

-- Each restaurant's services by date, with the restaurant's name, and how far ahead the date is. A day is read once it is over,
-- so the next one is tonight: 0 is the day after the newest that was read, -1 the newest itself. The wall clock has no say: what
-- is shown is always an evening that the warehouse knows something of. days_ahead is null where the date is.
CREATE OR REPLACE VIEW evenings AS
SELECT
  r.restaurant_id, x.name AS restaurant, r.service_date,
  CAST(r.service_date - n.newest - 1 AS BIGINT) AS days_ahead
FROM (SELECT DISTINCT restaurant_id, service_date FROM reservations) r
LEFT JOIN restaurants x ON x.restaurant_id = r.restaurant_id
-- A reading asked for by service date may be of a day to come; those count only where there are no others.
CROSS JOIN (
  SELECT COALESCE(MAX(CASE WHEN asked_by = 'updated' AND NOT refused THEN day END), MAX(day)) AS newest FROM loads
) n;

-- The ledger, without the keys of its objects. days_old: how many days the reading's day is older than the newest one that was
-- asked for in the same way, of whatever source; the smallest of a source says how far that source is behind.
CREATE OR REPLACE VIEW ledger AS
SELECT
  reading, source, day, asked_by, rank, refused, stable, read_at, loaded_at,
  CAST(MAX(day) OVER (PARTITION BY asked_by) - day AS BIGINT) AS days_old,
  reservation_received, reservation_accepted, reservation_quarantined, reservation_landed,
  customer_received, customer_accepted, customer_quarantined, customer_landed, erasures, absent
FROM loads;
