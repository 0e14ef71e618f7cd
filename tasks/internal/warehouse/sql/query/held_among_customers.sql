-- What the warehouse has of the guests named in touched_customers, hidden ones among them.
WITH candidate_customers AS ( -- noqa: ST03
  SELECT * FROM customer_observations
),
best AS (
  SELECT * FROM winning_customers
)
SELECT * FROM best ORDER BY customer_id;
