-- What the warehouse has of a reading's bookings (?), from a line to a line (?, ?).
SELECT * FROM reservation_observations WHERE reading = ? AND line BETWEEN ? AND ?;
