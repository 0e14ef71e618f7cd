-- Who is to be forgotten.
SELECT DISTINCT platform, customer_id FROM erasures;
