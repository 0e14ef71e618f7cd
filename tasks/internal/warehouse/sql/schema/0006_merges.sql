-- Guests whose record the platform keeps no more: merged into another guest's, or archived and emptied (survivor_id is NULL where
-- the platform names none). Contributions of a reading, replaced with its newer rank. What was read of such a guest until then is
-- not current any more; what is read of it later is, and undoes the merge. Key: (reading, line). The columns are those of
-- reservation.Merge, in its order.
CREATE TABLE IF NOT EXISTS merges (
  reading     VARCHAR  NOT NULL,
  line        BIGINT   NOT NULL,
  platform    VARCHAR  NOT NULL,
  source      VARCHAR  NOT NULL,
  customer_id VARCHAR  NOT NULL,
  survivor_id VARCHAR,            -- as customer_id has it
  read_at     DATETIME NOT NULL
);

-- The ledger counts them in the table. The others are what validation counted: accepted records of which a field was left out,
-- records that the platform has and did not give, and the kinds of which nothing went in, because too much was refused:
-- reservation, customer, both with a comma between, or ''.
ALTER TABLE loads ADD COLUMN IF NOT EXISTS customer_merged BIGINT;
ALTER TABLE loads ADD COLUMN IF NOT EXISTS noted BIGINT;
ALTER TABLE loads ADD COLUMN IF NOT EXISTS unread BIGINT;
ALTER TABLE loads ADD COLUMN IF NOT EXISTS withheld VARCHAR;
UPDATE loads SET customer_merged = 0 WHERE customer_merged IS NULL;
UPDATE loads SET noted = 0 WHERE noted IS NULL;
UPDATE loads SET unread = 0 WHERE unread IS NULL;
UPDATE loads SET withheld = '' WHERE withheld IS NULL;

-- All that supersedes what was read of a record until then.
CREATE OR REPLACE VIEW superseding AS
SELECT reading, line, platform, kind, id, read_at FROM absences
UNION ALL
SELECT reading, line, platform, 'customer' AS kind, customer_id AS id, read_at FROM merges;

-- Which guests a platform ever held for one person, both ways, whether or not that was undone: an erasure goes to all of them, and
-- may not depend on what was known first.
CREATE OR REPLACE VIEW merge_links AS
SELECT platform, customer_id, survivor_id AS linked_id FROM merges WHERE survivor_id <> customer_id
UNION
SELECT platform, survivor_id AS customer_id, customer_id AS linked_id FROM merges WHERE survivor_id <> customer_id;

-- The platform's last word on each merged guest, unless the guest was read on their own since.
CREATE OR REPLACE VIEW standing_merges AS
SELECT platform, customer_id, survivor_id FROM (
  SELECT m.platform, m.customer_id, m.survivor_id FROM merges m
  LEFT JOIN (
    SELECT platform, customer_id, MAX(read_at) AS read_at FROM customer_observations GROUP BY platform, customer_id
  ) o ON o.platform = m.platform AND o.customer_id = m.customer_id
  WHERE o.read_at IS NULL OR o.read_at <= m.read_at
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY m.platform, m.customer_id ORDER BY m.read_at DESC, m.survivor_id DESC NULLS LAST, m.reading DESC, m.line DESC
  ) = 1
) v;

-- Who is meant by a merged guest today: the last of the chain. A chain that leads into a circle has no last one, and its guests
-- stand for themselves. The path keeps a circle from going on for ever.
CREATE OR REPLACE VIEW survivors AS
WITH RECURSIVE standing AS (
  SELECT platform, customer_id, survivor_id FROM standing_merges WHERE survivor_id IS NOT NULL
),
chain AS (
  SELECT platform, customer_id, survivor_id, CAST('|' || customer_id || '|' || survivor_id || '|' AS VARCHAR) AS path FROM standing
  UNION ALL
  SELECT c.platform, c.customer_id, s.survivor_id, CAST(c.path || s.survivor_id || '|' AS VARCHAR) AS path
  FROM chain c JOIN standing s ON s.platform = c.platform AND s.customer_id = c.survivor_id
  WHERE NOT CONTAINS(c.path, '|' || s.survivor_id || '|')
)
SELECT c.platform, c.customer_id, c.survivor_id FROM chain c
LEFT JOIN standing s ON s.platform = c.platform AND s.customer_id = c.survivor_id
WHERE s.customer_id IS NULL;

-- As in 0002_marts.sql, but that the records of a person that the platform merged are one guest.
CREATE OR REPLACE VIEW guest_return AS
SELECT
  restaurant_id, service_date, platform,
  COUNT(*) AS visits,
  COUNT(CASE WHEN customer_id IS NULL THEN 1 END) AS visits_of_unknown,
  COUNT(CASE WHEN customer_id IS NOT NULL AND visit = 1 THEN 1 END) AS first_visits,
  COUNT(CASE WHEN customer_id IS NOT NULL AND visit > 1 THEN 1 END) AS return_visits,
  COUNT(CASE WHEN customer_id IS NOT NULL AND visit > 1 AND service_date - last_date <= 30 THEN 1 END) AS returns_within_30_days,
  CAST(SUM(CASE WHEN customer_id IS NOT NULL AND visit > 1 THEN service_date - last_date END) AS BIGINT) AS days_since_last
FROM (
  SELECT
    restaurant_id, service_date, platform, customer_id,
    ROW_NUMBER() OVER (PARTITION BY platform, restaurant_id, customer_id ORDER BY service_date, scheduled_at NULLS LAST, reservation_id) AS visit,
    LAG(service_date) OVER (PARTITION BY platform, restaurant_id, customer_id ORDER BY service_date, scheduled_at NULLS LAST, reservation_id) AS last_date
  FROM (
    SELECT r.restaurant_id, r.service_date, r.platform, r.scheduled_at, r.reservation_id,
      COALESCE(s.survivor_id, r.customer_id) AS customer_id
    FROM reservations r
    LEFT JOIN survivors s ON s.platform = r.platform AND s.customer_id = r.customer_id
    WHERE r.status IN ('seated', 'completed') AND r.service_date IS NOT NULL
  ) p
) v
GROUP BY restaurant_id, service_date, platform;

-- As in 0004_analysts.sql, with the new columns.
CREATE OR REPLACE VIEW ledger AS
SELECT
  l.reading, l.source, l.day, l.asked_by, l.rank, l.refused, l.stable, l.read_at, l.loaded_at,
  CASE WHEN l.asked_by <> 'reconcile' AND l.day <= n.newest THEN CAST(n.newest - l.day AS BIGINT) END AS days_old,
  l.reservation_received, l.reservation_accepted, l.reservation_quarantined, l.reservation_landed,
  l.customer_received, l.customer_accepted, l.customer_quarantined, l.customer_landed, l.erasures, l.absent,
  l.customer_merged, l.noted, l.unread, l.withheld
FROM loads l
CROSS JOIN (
  SELECT COALESCE(MAX(CASE WHEN asked_by = 'updated' THEN day END), MAX(CASE WHEN asked_by <> 'reconcile' THEN day END)) AS newest FROM loads
) n;
