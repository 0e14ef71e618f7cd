-- What landed, by object and reading.
SELECT 'reservation' AS kind, object_key, reading, COUNT(*) AS landed FROM landing_reservations GROUP BY object_key, reading
UNION ALL
SELECT 'customer' AS kind, object_key, reading, COUNT(*) AS landed FROM landing_customers GROUP BY object_key, reading
UNION ALL
SELECT 'absence' AS kind, object_key, reading, COUNT(*) AS landed FROM landing_absences GROUP BY object_key, reading
UNION ALL
SELECT 'merge' AS kind, object_key, reading, COUNT(*) AS landed FROM landing_merges GROUP BY object_key, reading;
