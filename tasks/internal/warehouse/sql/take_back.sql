-- Erasures that a reading (?) brought are taken back: its requests are held again. What a person asked for, or another reading,
-- stays. Whom an erasure reached through merges is found anew among what is left: newly_erased holds those whom merges connect
-- with the reading's guests, and load/06_connected.sql follows.
INSERT INTO held_erasures (platform, customer_id, reading, line, asked_at)
SELECT platform, customer_id, reading, line, asked_at FROM erasures WHERE reading = ?;
DELETE FROM erasures WHERE reading = ?;
DELETE FROM erasures WHERE cause = 'merge' AND (platform, customer_id) IN (SELECT platform, customer_id FROM newly_erased);
DELETE FROM newly_erased;
