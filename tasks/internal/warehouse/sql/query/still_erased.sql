-- How many of the guests in asked_for are erased.
SELECT COUNT(*) AS guests FROM (SELECT DISTINCT platform, customer_id FROM asked_for) a
WHERE EXISTS (SELECT 1 FROM erasures x WHERE x.platform = a.platform AND x.customer_id = a.customer_id);
