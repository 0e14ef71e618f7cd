-- From here on nobody else loads.
UPDATE load_gate SET passed = passed + 1;

-- Another load may have been first: what the ledger has at this rank or a newer one is not taken again.
DELETE FROM taking WHERE reading IN (
  SELECT t.reading FROM taking t JOIN loads l ON l.reading = t.reading WHERE l.rank >= t.rank
);

-- The readings left out are there already.
INSERT INTO erasing SELECT reading, manifest, read_at FROM taking;

-- Of what landed, the rows of the readings taken, out of an object of the manifest that each is taken from.
DELETE FROM landing_reservations WHERE NOT EXISTS (
  SELECT 1 FROM taking_objects o JOIN taking t ON t.manifest = o.manifest
  WHERE o.object_key = landing_reservations.object_key AND t.reading = landing_reservations.reading
);
DELETE FROM landing_customers WHERE NOT EXISTS (
  SELECT 1 FROM taking_objects o JOIN taking t ON t.manifest = o.manifest
  WHERE o.object_key = landing_customers.object_key AND t.reading = landing_customers.reading
);
DELETE FROM landing_erasures WHERE NOT EXISTS (
  SELECT 1 FROM taking_objects o JOIN erasing t ON t.manifest = o.manifest
  WHERE o.object_key = landing_erasures.object_key AND t.reading = landing_erasures.reading
);
DELETE FROM landing_absences WHERE NOT EXISTS (
  SELECT 1 FROM taking_objects o JOIN taking t ON t.manifest = o.manifest
  WHERE o.object_key = landing_absences.object_key AND t.reading = landing_absences.reading
);
DELETE FROM landing_merges WHERE NOT EXISTS (
  SELECT 1 FROM taking_objects o JOIN taking t ON t.manifest = o.manifest
  WHERE o.object_key = landing_merges.object_key AND t.reading = landing_merges.reading
);
