-- A decision on the requests to forget of a reading (?). The first three confirm them: what was held goes where requests that are
-- heeded are, and those newly erased follow as in load/05_erasures.sql.
INSERT INTO newly_erased
SELECT DISTINCT platform, customer_id FROM held_erasures e
WHERE e.reading = ? AND NOT EXISTS (
  SELECT 1 FROM erasures x WHERE x.platform = e.platform AND x.customer_id = e.customer_id
);
INSERT INTO erasures (platform, customer_id, reading, line, asked_at)
SELECT platform, customer_id, reading, line, asked_at FROM held_erasures WHERE reading = ?;
DELETE FROM held_erasures WHERE reading = ?;

-- What was decided: the decision, the requests, when, by whom, the program, the reading.
INSERT INTO erasure_decisions (decision_number, decision, requests, decided_at, decided_by, program, reading)
SELECT COALESCE(MAX(decision_number), 0) + 1, CAST(? AS VARCHAR), CAST(? AS BIGINT), CAST(? AS DATETIME), CAST(? AS VARCHAR),
  CAST(? AS VARCHAR), CAST(? AS VARCHAR)
FROM erasure_decisions;
