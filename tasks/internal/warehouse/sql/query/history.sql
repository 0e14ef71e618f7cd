-- All observations of a booking (platform ?, reservation ?), the current one first.
SELECT * FROM reservation_observations
WHERE platform = ? AND reservation_id = ?
ORDER BY clock_epoch DESC, clock DESC, read_at DESC, digest DESC, reading DESC, line DESC;
