-- What a reading (?) says of merged guests, from a line to a line (?, ?).
SELECT * FROM merges WHERE reading = ? AND line BETWEEN ? AND ?;
