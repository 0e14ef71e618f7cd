-- How many current rows come from the readings of each day and source.
SELECT l.day, l.source, 'reservation' AS kind, COUNT(*) AS current_rows
FROM reservations r JOIN loads l ON l.reading = r.reading GROUP BY l.day, l.source
UNION ALL
SELECT l.day, l.source, 'customer' AS kind, COUNT(*) AS current_rows
FROM customers r JOIN loads l ON l.reading = r.reading GROUP BY l.day, l.source
ORDER BY day, source, kind;
