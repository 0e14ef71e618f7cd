-- A guest who has a current row was last seen so. One who has none was never seen, or is absent or merged since, or is hidden:
-- of a hidden guest, and of no other, what is there already may still win over what landed.
INSERT INTO again_customers (platform, customer_id)
SELECT o.platform, o.customer_id FROM customer_observations o
JOIN landing_customers l ON l.platform = o.platform AND l.customer_id = o.customer_id
WHERE o.hidden = TRUE;

-- The columns of a landing table are those of its target, in order, and the object's key. Each row gets the number of its key, as
-- schema/0009_hashes.sql gave it to those that were there before.
INSERT INTO reservation_observations
SELECT l.* EXCLUDE (object_key) REPLACE (KEY_HASH(l.platform, l.reservation_id) AS key_hash) FROM landing_reservations l;
INSERT INTO customer_observations
SELECT l.* EXCLUDE (object_key) REPLACE (KEY_HASH(l.platform, l.customer_id) AS key_hash) FROM landing_customers l;
