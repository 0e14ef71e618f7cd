-- Whom a platform (?) merged into whom, as far as it holds.
SELECT customer_id, survivor_id FROM standing_merges WHERE platform = ? ORDER BY customer_id;
