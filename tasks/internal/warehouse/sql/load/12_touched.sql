-- The keys whose current rows are made again, and those rows, as far as the choice and the service dates need them. The other
-- columns would cost most of a load: an engine that keeps columns reads them for all rows to find a few.
INSERT INTO touched_reservations
SELECT platform, reservation_id FROM landing_reservations
UNION
SELECT platform, reservation_id FROM again_reservations;

INSERT INTO previous_reservations (platform, reservation_id, clock_epoch, clock, read_at, digest, reading, line, service_date)
SELECT r.platform, r.reservation_id, r.clock_epoch, r.clock, r.read_at, r.digest, r.reading, r.line, r.service_date
FROM reservations r
JOIN touched_reservations t ON t.platform = r.platform AND t.reservation_id = r.reservation_id;

INSERT INTO touched_customers
SELECT platform, customer_id FROM landing_customers
UNION
SELECT platform, customer_id FROM again_customers;

INSERT INTO previous_customers (platform, customer_id, clock_epoch, clock, read_at, digest, reading, line)
SELECT r.platform, r.customer_id, r.clock_epoch, r.clock, r.read_at, r.digest, r.reading, r.line
FROM customers r
JOIN touched_customers t ON t.platform = r.platform AND t.customer_id = r.customer_id;
