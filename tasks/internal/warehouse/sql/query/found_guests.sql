-- The guests in newly_erased: who was named (asked_for) and whom merges connect with them, whose guests they are, by which
-- tokens of sought they were found, and what there is of them. A guest of whom no observation is left has neither source nor
-- restaurant.
SELECT
  n.platform, n.customer_id, o.source, o.restaurant_id,
  COALESCE(o.by_email, 0) AS by_email, COALESCE(o.by_phone, 0) AS by_phone,
  COALESCE(o.observations, 0) AS observations, COALESCE(b.bookings, 0) AS bookings,
  CASE WHEN a.customer_id IS NULL THEN 1 ELSE 0 END AS merged
FROM (SELECT DISTINCT platform, customer_id FROM newly_erased) n
LEFT JOIN (SELECT DISTINCT platform, customer_id FROM asked_for) a
  ON a.platform = n.platform AND a.customer_id = n.customer_id
LEFT JOIN (
  SELECT
    c.platform, c.customer_id, MIN(l.source) AS source, MIN(c.restaurant_id) AS restaurant_id, COUNT(*) AS observations,
    COUNT(e.token) AS by_email, COUNT(p.token) AS by_phone
  FROM customer_observations c
  JOIN (SELECT DISTINCT platform, customer_id FROM newly_erased) w
    ON w.platform = c.platform AND w.customer_id = c.customer_id
  LEFT JOIN loads l ON l.reading = c.reading
  LEFT JOIN (SELECT DISTINCT token FROM sought WHERE kind = 'email') e ON e.token = c.email_token
  LEFT JOIN (SELECT DISTINCT token FROM sought WHERE kind = 'phone') p ON p.token = c.phone_token
  GROUP BY c.platform, c.customer_id
) o ON o.platform = n.platform AND o.customer_id = n.customer_id
LEFT JOIN (
  SELECT r.platform, r.customer_id, COUNT(DISTINCT r.reservation_id) AS bookings
  FROM reservation_observations r
  JOIN (SELECT DISTINCT platform, customer_id FROM newly_erased) w
    ON w.platform = r.platform AND w.customer_id = r.customer_id
  GROUP BY r.platform, r.customer_id
) b ON b.platform = n.platform AND b.customer_id = n.customer_id
ORDER BY n.platform, o.source, n.customer_id;
