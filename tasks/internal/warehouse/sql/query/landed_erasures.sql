-- What landed of requests to forget, by object and reading.
SELECT 'erasure' AS kind, object_key, reading, COUNT(*) AS landed FROM landing_erasures GROUP BY object_key, reading;
