-- Runs only where something landed that is not taken: two manifests name an object, or what is left out asks to forget
-- somebody. The last one runs where requests to forget landed.
-- Of what landed, the rows of the readings taken, out of an object of the manifest that each is taken from.
DELETE FROM landing_reservations WHERE NOT EXISTS (
  SELECT 1 FROM taking_objects o JOIN taking t ON t.manifest = o.manifest
  WHERE o.object_key = landing_reservations.object_key AND t.reading = landing_reservations.reading
);
DELETE FROM landing_customers WHERE NOT EXISTS (
  SELECT 1 FROM taking_objects o JOIN taking t ON t.manifest = o.manifest
  WHERE o.object_key = landing_customers.object_key AND t.reading = landing_customers.reading
);
DELETE FROM landing_absences WHERE NOT EXISTS (
  SELECT 1 FROM taking_objects o JOIN taking t ON t.manifest = o.manifest
  WHERE o.object_key = landing_absences.object_key AND t.reading = landing_absences.reading
);
DELETE FROM landing_merges WHERE NOT EXISTS (
  SELECT 1 FROM taking_objects o JOIN taking t ON t.manifest = o.manifest
  WHERE o.object_key = landing_merges.object_key AND t.reading = landing_merges.reading
);
DELETE FROM landing_erasures WHERE NOT EXISTS (
  SELECT 1 FROM taking_objects o JOIN erasing t ON t.manifest = o.manifest
  WHERE o.object_key = landing_erasures.object_key AND t.reading = landing_erasures.reading
);
