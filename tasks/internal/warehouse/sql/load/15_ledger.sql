-- One row a reading; what it replaces is gone by now. What landed, or is absent or merged, is counted in the rows, not taken
-- from the manifest: the two are compared before the commit.
INSERT INTO loads
SELECT
  t.reading, t.source, t.day, t.asked_by, t.rank, t.refused, t.stable, t.read_at,
  t.reservation_received, t.reservation_accepted, t.reservation_quarantined, COALESCE(r.landed, 0),
  t.customer_received, t.customer_accepted, t.customer_quarantined, COALESCE(c.landed, 0),
  t.erasures, t.manifest, t.result, t.program, t.loaded_at, COALESCE(a.landed, 0),
  COALESCE(m.landed, 0), t.noted, t.unread, t.withheld
FROM taking t
LEFT JOIN (SELECT reading, COUNT(*) AS landed FROM landing_reservations GROUP BY reading) r ON r.reading = t.reading
LEFT JOIN (SELECT reading, COUNT(*) AS landed FROM landing_customers GROUP BY reading) c ON c.reading = t.reading
LEFT JOIN (SELECT reading, COUNT(*) AS landed FROM landing_absences GROUP BY reading) a ON a.reading = t.reading
LEFT JOIN (SELECT reading, COUNT(*) AS landed FROM landing_merges GROUP BY reading) m ON m.reading = t.reading;
