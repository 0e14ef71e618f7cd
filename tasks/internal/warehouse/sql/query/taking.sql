-- The rank at which the ledger has each reading that is to be taken, once the gate is passed.
SELECT t.reading, l.rank FROM taking t LEFT JOIN loads l ON l.reading = t.reading ORDER BY t.reading;
