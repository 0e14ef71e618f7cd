-- Runs only where absent ids landed.
INSERT INTO again_reservations (platform, reservation_id)
SELECT DISTINCT platform, id FROM landing_absences WHERE kind = 'reservation';
INSERT INTO again_customers (platform, customer_id)
SELECT DISTINCT platform, id FROM landing_absences WHERE kind = 'customer';
INSERT INTO absences SELECT l.* EXCLUDE (object_key) FROM landing_absences l;
