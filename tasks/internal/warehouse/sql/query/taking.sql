-- What is left to take once the gate is passed.
SELECT reading FROM taking ORDER BY reading;
