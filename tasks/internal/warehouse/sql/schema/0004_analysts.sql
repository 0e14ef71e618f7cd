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

-- The ledger, without the keys of its objects. days_old: how many days the reading's day is older than the newest of which changes
-- were read, of whatever source (the newest asked for by service date, where changes were never read). The smallest of a source
-- says how far that source is behind, so it is null where a reading does not read a day: for a reconcile, which asks for single
-- records, and for a day to come.
CREATE OR REPLACE VIEW ledger AS
SELECT
  l.reading, l.source, l.day, l.asked_by, l.rank, l.refused, l.stable, l.read_at, l.loaded_at,
  CASE WHEN l.asked_by <> 'reconcile' AND l.day <= n.newest THEN CAST(n.newest - l.day AS BIGINT) END AS days_old,
  l.reservation_received, l.reservation_accepted, l.reservation_quarantined, l.reservation_landed,
  l.customer_received, l.customer_accepted, l.customer_quarantined, l.customer_landed, l.erasures, l.absent
FROM loads l
CROSS JOIN (
  SELECT COALESCE(MAX(CASE WHEN asked_by = 'updated' THEN day END), MAX(CASE WHEN asked_by <> 'reconcile' THEN day END)) AS newest FROM loads
) n;
