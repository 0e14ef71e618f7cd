-- What the warehouse has of a source's guests at a platform (?, the beginning of its readings' ids ?) that changed from ? to ?,
-- and of those who were erased, whose times are gone.
SELECT * FROM customers
WHERE platform = ? AND reading LIKE ?
  AND (digest = '' OR COALESCE(updated_at, created_at) BETWEEN CAST(? AS DATETIME) AND CAST(? AS DATETIME))
ORDER BY customer_id;
