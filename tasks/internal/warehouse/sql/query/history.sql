-- All observations of a booking (platform ?, reservation ?): the current one first, those from before it was absent last.
SELECT o.* FROM reservation_observations o
LEFT JOIN (
  SELECT platform, id, MAX(read_at) AS read_at FROM absences WHERE kind = 'reservation' GROUP BY platform, id
) a ON a.platform = o.platform AND a.id = o.reservation_id
WHERE o.platform = ? AND o.reservation_id = ?
ORDER BY CASE WHEN o.read_at <= a.read_at THEN 1 ELSE 0 END,
  o.clock_epoch DESC, o.clock DESC, o.read_at DESC, o.digest DESC, o.reading DESC, o.line DESC;
