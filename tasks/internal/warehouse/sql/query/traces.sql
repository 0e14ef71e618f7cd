-- The records that say anything of the guests in newly_erased, by their place in raw: to be asked before an erasure, which
-- takes the guests off their reservations.
SELECT 'customer' AS kind, c.reading, c.line FROM customer_observations c
JOIN (SELECT DISTINCT platform, customer_id FROM newly_erased) n ON n.platform = c.platform AND n.customer_id = c.customer_id
UNION ALL
SELECT 'reservation', r.reading, r.line FROM reservation_observations r
JOIN (SELECT DISTINCT platform, customer_id FROM newly_erased) n ON n.platform = r.platform AND n.customer_id = r.customer_id
UNION ALL
SELECT 'merge', m.reading, m.line FROM merges m
JOIN (SELECT DISTINCT platform, customer_id FROM newly_erased) n ON n.platform = m.platform AND n.customer_id = m.customer_id
ORDER BY 2, 1, 3;
