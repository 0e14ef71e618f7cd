-- How far an erasure on demand reaches, before it: newly_erased holds the guests and those whom merges connect
-- with them, asked_for the ones that were named; each is counted once. A guest who was erased
-- before counts as neither present nor absent: their id is off the reservations by now.
WITH asked AS (
  SELECT n.platform, n.customer_id FROM (SELECT DISTINCT platform, customer_id FROM newly_erased) n
  WHERE NOT EXISTS (SELECT 1 FROM erasures x WHERE x.platform = n.platform AND x.customer_id = n.customer_id)
)
SELECT
  (SELECT COUNT(*) FROM asked) AS subjects,
  (
    SELECT COUNT(*) FROM asked a
    WHERE NOT EXISTS (SELECT 1 FROM asked_for f WHERE f.platform = a.platform AND f.customer_id = a.customer_id)
  ) AS connected,
  (
    SELECT COUNT(*) FROM asked a
    WHERE NOT EXISTS (SELECT 1 FROM customer_observations c WHERE c.platform = a.platform AND c.customer_id = a.customer_id)
      AND NOT EXISTS (SELECT 1 FROM reservation_observations r WHERE r.platform = a.platform AND r.customer_id = a.customer_id)
      AND NOT EXISTS (SELECT 1 FROM merge_links m WHERE m.platform = a.platform AND m.customer_id = a.customer_id)
  ) AS absent,
  (SELECT COUNT(*) FROM customer_observations c JOIN asked a
    ON a.platform = c.platform AND a.customer_id = c.customer_id) AS customer_observations,
  (SELECT COUNT(*) FROM reservation_observations r JOIN asked a ON a.platform = r.platform AND a.customer_id = r.customer_id)
    AS reservation_observations;
