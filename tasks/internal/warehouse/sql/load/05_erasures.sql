-- Runs only where erasures or merges landed. Erasures only grow: a newer rank of a reading takes none back.
INSERT INTO newly_erased
SELECT DISTINCT platform, customer_id FROM landing_erasures e
WHERE NOT EXISTS (SELECT 1 FROM erasures x WHERE x.platform = e.platform AND x.customer_id = e.customer_id);

INSERT INTO erasures (platform, customer_id, reading, line, asked_at)
SELECT e.platform, e.customer_id, e.reading, e.line, t.read_at
FROM landing_erasures e JOIN erasing t ON t.reading = e.reading
WHERE NOT EXISTS (
  SELECT 1 FROM erasures x
  WHERE x.platform = e.platform AND x.customer_id = e.customer_id AND x.reading = e.reading AND x.line = e.line
);
