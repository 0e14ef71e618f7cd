-- A person asked to be forgotten (care forget): asked_for holds the guests, ? are the cause and the time. Those whom merges
-- connect with them follow, by load/4_connected.sql.
INSERT INTO erasures (platform, customer_id, cause, asked_at)
SELECT n.platform, n.customer_id, ?, CAST(? AS DATETIME) FROM (SELECT DISTINCT platform, customer_id FROM asked_for) n
WHERE NOT EXISTS (
  SELECT 1 FROM erasures x WHERE x.platform = n.platform AND x.customer_id = n.customer_id AND COALESCE(x.cause, '') <> 'merge'
);

INSERT INTO touched_reservations
SELECT DISTINCT o.platform, o.reservation_id FROM reservation_observations o
JOIN newly_erased e ON e.platform = o.platform AND e.customer_id = o.customer_id;

INSERT INTO touched_customers SELECT DISTINCT platform, customer_id FROM newly_erased;
