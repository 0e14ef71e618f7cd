-- What is left to take once the gate is passed, and the older rank at which the ledger has it.
SELECT t.reading, l.rank FROM taking t LEFT JOIN loads l ON l.reading = t.reading ORDER BY t.reading;
