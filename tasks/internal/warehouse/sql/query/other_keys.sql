-- How many guests have tokens, and none under the key whose tokens begin so (?): who is looked for by that key is not found
-- there.
SELECT COUNT(*) AS guests FROM (
  SELECT platform, customer_id FROM customer_observations
  WHERE email_token IS NOT NULL OR phone_token IS NOT NULL
  GROUP BY platform, customer_id
  HAVING COUNT(CASE WHEN COALESCE(email_token, phone_token) LIKE ? THEN 1 END) = 0
) v;
