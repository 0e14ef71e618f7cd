-- The rank of every loaded reading, and of those with requests to forget that are not heeded, or were decided about, how many
-- such requests there are and what was decided last. A reading that was only left out is not loaded, and has no rank.
SELECT
  COALESCE(l.reading, h.reading) AS reading, l.rank, COALESCE(h.requests, 0) AS requests, h.decision
FROM loads l
FULL OUTER JOIN (
  SELECT reading, CAST(SUM(held) AS BIGINT) AS requests, MAX(decision) AS decision FROM (
    SELECT reading, 1 AS held, CAST(NULL AS VARCHAR) AS decision FROM held_erasures
    UNION ALL
    SELECT d.reading, 0 AS held, d.decision FROM (
      SELECT reading, decision FROM erasure_decisions
      QUALIFY ROW_NUMBER() OVER (PARTITION BY reading ORDER BY decision_number DESC) = 1
    ) d
  ) x
  GROUP BY reading
) h ON h.reading = l.reading;
