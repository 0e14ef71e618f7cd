-- Which sources were read on which of the days from ? to ?, and loaded.
SELECT day, source
FROM loads
WHERE day BETWEEN CAST(? AS DATE) AND CAST(? AS DATE) AND NOT refused AND asked_by <> 'reconcile'
GROUP BY day, source
ORDER BY day, source;
