-- From here on nobody else loads.
UPDATE load_gate SET passed = passed + 1;

-- Runs only where another load was first: what the ledger has at this rank or a newer one is not taken again.
DELETE FROM taking WHERE reading IN (
  SELECT t.reading FROM taking t JOIN loads l ON l.reading = t.reading WHERE l.rank >= t.rank
);

-- Runs only where a reading taken asks to forget somebody. The readings left out are there already.
INSERT INTO erasing SELECT reading, manifest, read_at FROM taking;
