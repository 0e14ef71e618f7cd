-- The first two run only where erasures that are heeded, or merges, landed. Erasures only grow: a newer rank of a reading takes
-- none back.
INSERT INTO newly_erased
SELECT DISTINCT e.platform, e.customer_id FROM landing_erasures e JOIN erasing t ON t.reading = e.reading
WHERE t.heeded AND NOT EXISTS (SELECT 1 FROM erasures x WHERE x.platform = e.platform AND x.customer_id = e.customer_id);

INSERT INTO erasures (platform, customer_id, reading, line, asked_at)
SELECT e.platform, e.customer_id, e.reading, e.line, t.read_at
FROM landing_erasures e JOIN erasing t ON t.reading = e.reading
WHERE t.heeded AND NOT EXISTS (
  SELECT 1 FROM erasures x
  WHERE x.platform = e.platform AND x.customer_id = e.customer_id AND x.reading = e.reading AND x.line = e.line
);

-- Runs only where something of the readings is held.
DELETE FROM held_erasures WHERE reading IN (SELECT reading FROM erasing);

-- Runs only where requests landed that are not heeded. What was heeded once, at an older rank, stays so.
INSERT INTO held_erasures (platform, customer_id, reading, line, asked_at)
SELECT DISTINCT e.platform, e.customer_id, e.reading, e.line, t.read_at
FROM landing_erasures e JOIN erasing t ON t.reading = e.reading
WHERE NOT t.heeded AND NOT EXISTS (
  SELECT 1 FROM erasures x
  WHERE x.platform = e.platform AND x.customer_id = e.customer_id AND x.reading = e.reading AND x.line = e.line
);
