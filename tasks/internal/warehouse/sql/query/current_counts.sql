-- How many current rows come from the readings of each of the days from ? to ? (twice) and each source. They were read from ?
-- to ? (twice), which an engine can tell without reading the rest: rows lie in the order of their loads.
SELECT l.day, l.source, 'reservation' AS kind, COUNT(*) AS current_rows
FROM reservations r JOIN loads l ON l.reading = r.reading
WHERE l.day BETWEEN CAST(? AS DATE) AND CAST(? AS DATE) AND r.read_at BETWEEN CAST(? AS DATETIME) AND CAST(? AS DATETIME)
GROUP BY l.day, l.source
UNION ALL
SELECT l.day, l.source, 'customer' AS kind, COUNT(*) AS current_rows
FROM customers r JOIN loads l ON l.reading = r.reading
WHERE l.day BETWEEN CAST(? AS DATE) AND CAST(? AS DATE) AND r.read_at BETWEEN CAST(? AS DATETIME) AND CAST(? AS DATETIME)
GROUP BY l.day, l.source
ORDER BY day, source, kind;
