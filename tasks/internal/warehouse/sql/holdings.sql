-- Every row of the warehouse that says anything of the guests in newly_erased, table by table (care export). The order is that of
-- holdingsOf.
SELECT c.* FROM customer_observations c
JOIN (SELECT DISTINCT platform, customer_id FROM newly_erased) n ON n.platform = c.platform AND n.customer_id = c.customer_id
ORDER BY c.read_at, c.reading, c.line;
SELECT c.* FROM customers c
JOIN (SELECT DISTINCT platform, customer_id FROM newly_erased) n ON n.platform = c.platform AND n.customer_id = c.customer_id
ORDER BY c.platform, c.customer_id;
SELECT r.* FROM reservation_observations r
JOIN (SELECT DISTINCT platform, customer_id FROM newly_erased) n ON n.platform = r.platform AND n.customer_id = r.customer_id
ORDER BY r.read_at, r.reading, r.line;
SELECT r.* FROM reservations r
JOIN (SELECT DISTINCT platform, customer_id FROM newly_erased) n ON n.platform = r.platform AND n.customer_id = r.customer_id
ORDER BY r.platform, r.reservation_id;
SELECT m.* FROM merges m
WHERE (m.platform, m.customer_id) IN (SELECT platform, customer_id FROM newly_erased)
  OR (m.platform, m.survivor_id) IN (SELECT platform, customer_id FROM newly_erased)
ORDER BY m.read_at, m.reading, m.line;
SELECT a.* FROM absences a
JOIN (SELECT DISTINCT platform, customer_id FROM newly_erased) n ON n.platform = a.platform AND n.customer_id = a.id
WHERE a.kind = 'customer'
ORDER BY a.read_at, a.reading, a.line;
SELECT e.* FROM erasures e
JOIN (SELECT DISTINCT platform, customer_id FROM newly_erased) n ON n.platform = e.platform AND n.customer_id = e.customer_id
ORDER BY e.asked_at, e.platform, e.customer_id;
SELECT h.* FROM held_erasures h
JOIN (SELECT DISTINCT platform, customer_id FROM newly_erased) n ON n.platform = h.platform AND n.customer_id = h.customer_id
ORDER BY h.asked_at, h.platform, h.customer_id;
