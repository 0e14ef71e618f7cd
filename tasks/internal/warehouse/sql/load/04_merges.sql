-- Runs only where merges landed. They come before the rest of what the readings bring: they say whom an erasure reaches.
INSERT INTO again_customers (platform, customer_id)
SELECT DISTINCT platform, customer_id FROM landing_merges;
INSERT INTO merges SELECT l.* EXCLUDE (object_key) FROM landing_merges l;
