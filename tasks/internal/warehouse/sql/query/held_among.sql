-- What the warehouse has of the bookings and guests named in touched_reservations and touched_customers.
SELECT r.reservation_id AS id, r.clock_epoch, r.clock, r.digest, 'reservation' AS kind
FROM reservations r JOIN touched_reservations t ON t.platform = r.platform AND t.reservation_id = r.reservation_id
UNION ALL
SELECT c.customer_id AS id, c.clock_epoch, c.clock, c.digest, 'customer' AS kind
FROM customers c JOIN touched_customers t ON t.platform = c.platform AND t.customer_id = c.customer_id
ORDER BY kind, id;
