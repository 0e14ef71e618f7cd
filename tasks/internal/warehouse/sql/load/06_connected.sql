-- An erasure goes on to every guest whom the platform ever held for the same person, one step of a chain at a time: run again
-- until nothing is added. Each guest of a person of whom one is erased gets such a row, the first one too, so that it does not
-- show which was known first. Nobody asked for them at a time of their own. A time that told when the merge was learned, or by
-- which of several erasures, would let the order of loads show: it is the beginning of the calendar's count.
INSERT INTO newly_erased
SELECT DISTINCT l.platform, l.linked_id FROM merge_links l
JOIN erasures e ON e.platform = l.platform AND e.customer_id = l.customer_id
WHERE NOT EXISTS (SELECT 1 FROM erasures x WHERE x.platform = l.platform AND x.customer_id = l.linked_id)
  AND NOT EXISTS (SELECT 1 FROM newly_erased y WHERE y.platform = l.platform AND y.customer_id = l.linked_id);

INSERT INTO erasures (platform, customer_id, cause, asked_at)
SELECT DISTINCT l.platform, l.linked_id, 'merge', CAST('1970-01-01 00:00:00' AS DATETIME) FROM merge_links l
JOIN erasures e ON e.platform = l.platform AND e.customer_id = l.customer_id
WHERE NOT EXISTS (
  SELECT 1 FROM erasures x WHERE x.platform = l.platform AND x.customer_id = l.linked_id AND x.cause = 'merge'
);
