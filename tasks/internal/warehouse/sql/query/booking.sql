-- The current row of a booking (platform ?, reservation ?).
SELECT * FROM reservations WHERE platform = ? AND reservation_id = ?;
