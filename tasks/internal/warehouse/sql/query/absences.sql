-- When a booking (platform ?, reservation ?) was absent, the latest first.
SELECT reading, line, source, read_at FROM absences
WHERE kind = 'reservation' AND platform = ? AND id = ?
ORDER BY read_at DESC, reading DESC, line DESC;
