-- The guests in newly_erased.
SELECT DISTINCT platform, customer_id FROM newly_erased;
