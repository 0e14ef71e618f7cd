-- The numbers of the keys that landed, made as schema/0009_hashes.sql made those of what was there before. The text is about
-- bookings; the same follows for guests, and about the keys to choose again.
UPDATE landing_reservations
SET key_hash = CAST(SUBSTR(TRANSLATE(MD5(CONCAT(platform, '/', reservation_id)), 'abcdef', '012345'), 1, 15) AS BIGINT);
