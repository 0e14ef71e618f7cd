-- Touched: what the readings contributed at an older rank, what they contribute now, absent or not, and what an erasure
-- reaches (asked before the erasure takes the guest's id away).
INSERT INTO touched_reservations
SELECT platform, reservation_id FROM reservation_observations WHERE reading IN (SELECT reading FROM taking)
UNION
SELECT platform, reservation_id FROM landing_reservations
UNION
SELECT platform, id FROM absences WHERE kind = 'reservation' AND reading IN (SELECT reading FROM taking)
UNION
SELECT platform, id FROM landing_absences WHERE kind = 'reservation'
UNION
SELECT o.platform, o.reservation_id FROM reservation_observations o
JOIN newly_erased e ON e.platform = o.platform AND e.customer_id = o.customer_id;

-- Those that merges touch are there already.
INSERT INTO touched_customers
SELECT platform, customer_id FROM (
  SELECT platform, customer_id FROM customer_observations WHERE reading IN (SELECT reading FROM taking)
  UNION
  SELECT platform, customer_id FROM landing_customers
  UNION
  SELECT platform, id FROM absences WHERE kind = 'customer' AND reading IN (SELECT reading FROM taking)
  UNION
  SELECT platform, id FROM landing_absences WHERE kind = 'customer'
  UNION
  SELECT platform, customer_id FROM newly_erased
) v
EXCEPT
SELECT platform, customer_id FROM touched_customers;

-- The columns of a landing table are those of its target, in order, and the object's key.
DELETE FROM reservation_observations WHERE reading IN (SELECT reading FROM taking);
INSERT INTO reservation_observations SELECT l.* EXCLUDE (object_key) FROM landing_reservations l;
DELETE FROM customer_observations WHERE reading IN (SELECT reading FROM taking);
INSERT INTO customer_observations SELECT l.* EXCLUDE (object_key) FROM landing_customers l;
DELETE FROM absences WHERE reading IN (SELECT reading FROM taking);
INSERT INTO absences SELECT l.* EXCLUDE (object_key) FROM landing_absences l;
