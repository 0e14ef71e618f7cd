-- What a reading (?) says to be absent, from a line to a line (?, ?).
SELECT * FROM absences WHERE reading = ? AND line BETWEEN ? AND ?;
