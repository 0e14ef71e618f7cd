-- The current rows of the touched keys, as far as the choice and the service dates need them. An engine that keeps columns would
-- read each of these for all rows, to find a few. So one column, of numbers, says when the rows were read that may be those; with
-- that, blocks whose rows were all read earlier or later are passed over, and the rest is read of few. (DISTINCT, so that an
-- engine does that first.)
INSERT INTO previous_reservations (platform, reservation_id, clock_epoch, clock, read_at, digest, reading, line, service_date)
SELECT r.platform, r.reservation_id, r.clock_epoch, r.clock, r.read_at, r.digest, r.reading, r.line, r.service_date
FROM reservations r
JOIN (
  SELECT DISTINCT t.platform, t.reservation_id, k.read_at FROM reservations k
  JOIN (
    SELECT u.platform, u.reservation_id, KEY_HASH(u.platform, u.reservation_id) AS key_hash FROM (
      SELECT platform, reservation_id FROM landing_reservations
      UNION
      SELECT platform, reservation_id FROM again_reservations
    ) u
  ) t ON t.key_hash = k.key_hash
) p ON p.read_at = r.read_at AND p.platform = r.platform AND p.reservation_id = r.reservation_id;

INSERT INTO previous_customers (platform, customer_id, clock_epoch, clock, read_at, digest, reading, line)
SELECT r.platform, r.customer_id, r.clock_epoch, r.clock, r.read_at, r.digest, r.reading, r.line
FROM customers r
JOIN (
  SELECT DISTINCT t.platform, t.customer_id, k.read_at FROM customers k
  JOIN (
    SELECT u.platform, u.customer_id, KEY_HASH(u.platform, u.customer_id) AS key_hash FROM (
      SELECT platform, customer_id FROM landing_customers
      UNION
      SELECT platform, customer_id FROM again_customers
    ) u
  ) t ON t.key_hash = k.key_hash
) p ON p.read_at = r.read_at AND p.platform = r.platform AND p.customer_id = r.customer_id;
