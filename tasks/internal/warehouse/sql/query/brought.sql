-- The guests whom a reading (?) had erased.
SELECT DISTINCT platform, customer_id FROM erasures WHERE reading = ?;
