-- By reading, the requests to forget that are not heeded, and what was decided of them last.
SELECT
  COALESCE(h.reading, d.reading) AS reading, COALESCE(h.requests, 0) AS requests, COALESCE(h.guests, 0) AS guests,
  d.decision, d.decided_at, d.decided_by, d.program
FROM (
  SELECT reading, COUNT(*) AS requests, COUNT(DISTINCT customer_id) AS guests FROM held_erasures GROUP BY reading
) h
FULL OUTER JOIN (
  SELECT * FROM erasure_decisions QUALIFY ROW_NUMBER() OVER (PARTITION BY reading ORDER BY decision_number DESC) = 1
) d ON d.reading = h.reading
ORDER BY COALESCE(h.reading, d.reading);
