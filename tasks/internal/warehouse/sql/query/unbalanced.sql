-- Readings to take whose rows, counted again, are not what their manifest says: another number of rows, a line twice, or a line
-- that the reading does not have. If there is any, the load is rolled back. (That all these rows go in and no others is proven
-- by the numbers of rows that the load's statements change.)
-- The lines of absent ids and of what was not read are among those of their kind's records, and so are those of merged guests.
SELECT reading, kind, expected, landed FROM (
  SELECT
    t.reading, 'reservation' AS kind, t.reservation_received + t.absent + t.unread AS most,
    CASE WHEN t.refused OR t.withheld LIKE '%reservation%' THEN 0 ELSE t.reservation_accepted END AS expected,
    COUNT(o.line) AS landed, COUNT(DISTINCT o.line) AS lines, MIN(o.line) AS first_line, MAX(o.line) AS last_line
  FROM taking t LEFT JOIN landing_reservations o ON o.reading = t.reading
  GROUP BY t.reading, t.reservation_received, t.absent, t.unread, t.refused, t.withheld, t.reservation_accepted
  UNION ALL
  SELECT
    t.reading, 'customer' AS kind, t.customer_received + t.absent + t.unread AS most,
    CASE WHEN t.refused OR t.withheld LIKE '%customer%' THEN 0 ELSE t.customer_accepted END AS expected,
    COUNT(o.line) AS landed, COUNT(DISTINCT o.line) AS lines, MIN(o.line) AS first_line, MAX(o.line) AS last_line
  FROM taking t LEFT JOIN landing_customers o ON o.reading = t.reading
  GROUP BY t.reading, t.customer_received, t.absent, t.unread, t.refused, t.withheld, t.customer_accepted
  UNION ALL
  SELECT
    t.reading, 'absence' AS kind, t.reservation_received + t.customer_received + t.absent + t.unread AS most,
    t.absent AS expected,
    COUNT(o.line) AS landed, COUNT(DISTINCT CASE WHEN o.kind = 'customer' THEN -o.line ELSE o.line END) AS lines,
    MIN(o.line) AS first_line, MAX(o.line) AS last_line
  FROM taking t LEFT JOIN landing_absences o ON o.reading = t.reading
  GROUP BY t.reading, t.reservation_received, t.customer_received, t.absent, t.unread
  UNION ALL
  SELECT
    t.reading, 'merge' AS kind, t.customer_received + t.absent + t.unread AS most,
    t.customer_merged AS expected,
    COUNT(o.line) AS landed, COUNT(DISTINCT o.line) AS lines, MIN(o.line) AS first_line, MAX(o.line) AS last_line
  FROM taking t LEFT JOIN landing_merges o ON o.reading = t.reading
  GROUP BY t.reading, t.customer_received, t.absent, t.unread, t.customer_merged
) v
WHERE landed <> expected OR lines <> landed OR first_line < 1 OR last_line > most
ORDER BY reading, kind;
