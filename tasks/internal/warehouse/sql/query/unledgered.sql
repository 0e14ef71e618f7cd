-- Readings that the tables have rows of and the ledger does not name; ? is what the ids of a day's readings look like.
SELECT reading, COUNT(*) AS observed FROM (
  SELECT reading FROM reservation_observations WHERE reading LIKE ?
  UNION ALL
  SELECT reading FROM customer_observations WHERE reading LIKE ?
  UNION ALL
  SELECT reading FROM absences WHERE reading LIKE ?
  UNION ALL
  SELECT reading FROM merges WHERE reading LIKE ?
) o
WHERE NOT EXISTS (SELECT 1 FROM loads l WHERE l.reading = o.reading)
GROUP BY reading
ORDER BY reading;
