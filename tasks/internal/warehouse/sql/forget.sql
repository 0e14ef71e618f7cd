-- A person asked to be forgotten (care forget): asked_for holds the guests, ? are the cause and the time. Those whom merges
-- connect with them follow, by load/06_connected.sql. A guest whom a reading had erased before gets a row all the same: it stays
-- when that is taken back.
INSERT INTO erasures (platform, customer_id, cause, asked_at)
SELECT n.platform, n.customer_id, ?, CAST(? AS DATETIME) FROM (SELECT DISTINCT platform, customer_id FROM asked_for) n
WHERE NOT EXISTS (
  SELECT 1 FROM erasures x WHERE x.platform = n.platform AND x.customer_id = n.customer_id AND x.cause <> 'merge'
);
