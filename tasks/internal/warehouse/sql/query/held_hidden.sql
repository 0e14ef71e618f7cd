-- What the warehouse has of a source's guests at a platform (?, the beginning of its readings' ids ?) who are hidden, and so
-- have no current row. The touched keys have the name that they have in a load.
WITH touched_customers AS (
  SELECT DISTINCT platform, customer_id FROM customer_observations WHERE hidden AND platform = ? AND reading LIKE ?
),
candidate_customers AS ( -- noqa: ST03
  SELECT * FROM customer_observations
),
best AS (
  SELECT * FROM winning_customers
)
SELECT b.* FROM best b JOIN touched_customers t ON t.platform = b.platform AND t.customer_id = b.customer_id
WHERE b.hidden
ORDER BY b.customer_id;
