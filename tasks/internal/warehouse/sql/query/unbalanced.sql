-- Readings just taken whose rows, counted again in the tables, are not what their manifest says: another number of rows, a line
-- twice, a line that the reading does not have, or not one row in the ledger. If there is any, the load is rolled back.
-- The lines of absent ids and of what was not read are among those of their kind's records, and so are those of merged guests.
SELECT reading, kind, expected, landed FROM (
  SELECT
    t.reading, 'reservation' AS kind, t.reservation_received + t.absent + t.unread AS most,
    CASE WHEN t.refused OR t.withheld LIKE '%reservation%' THEN 0 ELSE t.reservation_accepted END AS expected,
    COUNT(o.line) AS landed, COUNT(DISTINCT o.line) AS lines, MIN(o.line) AS first_line, MAX(o.line) AS last_line
  FROM taking t LEFT JOIN reservation_observations o ON o.reading = t.reading
  GROUP BY t.reading, t.reservation_received, t.absent, t.unread, t.refused, t.withheld, t.reservation_accepted
  UNION ALL
  SELECT
    t.reading, 'customer' AS kind, t.customer_received + t.absent + t.unread AS most,
    CASE WHEN t.refused OR t.withheld LIKE '%customer%' THEN 0 ELSE t.customer_accepted END AS expected,
    COUNT(o.line) AS landed, COUNT(DISTINCT o.line) AS lines, MIN(o.line) AS first_line, MAX(o.line) AS last_line
  FROM taking t LEFT JOIN customer_observations o ON o.reading = t.reading
  GROUP BY t.reading, t.customer_received, t.absent, t.unread, t.refused, t.withheld, t.customer_accepted
  UNION ALL
  SELECT
    t.reading, 'absence' AS kind, t.reservation_received + t.customer_received + t.absent + t.unread AS most,
    t.absent AS expected,
    COUNT(o.line) AS landed, COUNT(DISTINCT CASE WHEN o.kind = 'customer' THEN -o.line ELSE o.line END) AS lines,
    MIN(o.line) AS first_line, MAX(o.line) AS last_line
  FROM taking t LEFT JOIN absences o ON o.reading = t.reading
  GROUP BY t.reading, t.reservation_received, t.customer_received, t.absent, t.unread
  UNION ALL
  SELECT
    t.reading, 'merge' AS kind, t.customer_received + t.absent + t.unread AS most,
    t.customer_merged AS expected,
    COUNT(o.line) AS landed, COUNT(DISTINCT o.line) AS lines, MIN(o.line) AS first_line, MAX(o.line) AS last_line
  FROM taking t LEFT JOIN merges o ON o.reading = t.reading
  GROUP BY t.reading, t.customer_received, t.absent, t.unread, t.customer_merged
  UNION ALL
  SELECT
    t.reading, 'ledger' AS kind, 1 AS most, 1 AS expected,
    COUNT(l.reading) AS landed, COUNT(l.reading) AS lines, 1 AS first_line, 1 AS last_line
  FROM taking t LEFT JOIN loads l ON l.reading = t.reading
  GROUP BY t.reading
) v
WHERE landed <> expected OR lines <> landed OR first_line < 1 OR last_line > most
ORDER BY reading, kind;
