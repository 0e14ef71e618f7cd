-- What the warehouse has of a source's guests at a platform (?, the beginning of its readings' ids ?) who are hidden and so have no
-- current row. The touched keys have the name that they have in a load.
WITH touched_customers AS (
  SELECT DISTINCT platform, customer_id FROM customer_observations WHERE hidden AND platform = ? AND reading LIKE ?
),
best AS (
  SELECT * FROM winning_customers
)
SELECT * FROM best WHERE hidden ORDER BY customer_id;
