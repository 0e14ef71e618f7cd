-- The current rows of the touched keys, made again from all their observations. Which observation is current: the platform's
-- clock first, then when it was read, then its content; the last two only make the choice certain. Observations read before
-- the record was absent, or at that very time, are out; where none is left there is no current row.

INSERT INTO previous_reservations
SELECT r.platform, r.reservation_id, r.service_date, r.clock_epoch, r.clock, r.digest FROM reservations r
JOIN touched_reservations t ON t.platform = r.platform AND t.reservation_id = r.reservation_id;

DELETE FROM reservations WHERE EXISTS (
  SELECT 1 FROM touched_reservations t
  WHERE t.platform = reservations.platform AND t.reservation_id = reservations.reservation_id
);
INSERT INTO reservations
SELECT o.* FROM reservation_observations o
JOIN touched_reservations t ON t.platform = o.platform AND t.reservation_id = o.reservation_id
LEFT JOIN (
  SELECT platform, id, MAX(read_at) AS read_at FROM absences WHERE kind = 'reservation' GROUP BY platform, id
) a ON a.platform = o.platform AND a.id = o.reservation_id
WHERE a.read_at IS NULL OR o.read_at > a.read_at
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY o.platform, o.reservation_id
  ORDER BY o.clock_epoch DESC, o.clock DESC, o.read_at DESC, o.digest DESC, o.reading DESC, o.line DESC
) = 1;

DELETE FROM customers WHERE EXISTS (
  SELECT 1 FROM touched_customers t WHERE t.platform = customers.platform AND t.customer_id = customers.customer_id
);
INSERT INTO customers
SELECT o.* FROM customer_observations o
JOIN touched_customers t ON t.platform = o.platform AND t.customer_id = o.customer_id
LEFT JOIN (
  SELECT platform, id, MAX(read_at) AS read_at FROM absences WHERE kind = 'customer' GROUP BY platform, id
) a ON a.platform = o.platform AND a.id = o.customer_id
WHERE a.read_at IS NULL OR o.read_at > a.read_at
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY o.platform, o.customer_id
  ORDER BY o.clock_epoch DESC, o.clock DESC, o.read_at DESC, o.digest DESC, o.reading DESC, o.line DESC
) = 1;
