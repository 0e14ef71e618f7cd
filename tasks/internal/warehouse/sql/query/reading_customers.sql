-- What the warehouse has of a reading's guests (?), from a line to a line (?, ?).
SELECT * FROM customer_observations WHERE reading = ? AND line BETWEEN ? AND ?;
