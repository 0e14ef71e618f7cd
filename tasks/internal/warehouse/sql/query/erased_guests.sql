-- The guests of a platform (?) who are to be forgotten, whether or not the warehouse has a row of them.
SELECT DISTINCT customer_id FROM erasures WHERE platform = ? ORDER BY customer_id;
