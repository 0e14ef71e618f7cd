-- Runs only where the ledger has readings that are taken now at an older rank. What they contributed at it goes, and the keys of
-- that are chosen again.
INSERT INTO again_reservations (platform, reservation_id)
SELECT platform, reservation_id FROM reservation_observations
WHERE reading IN (SELECT l.reading FROM loads l JOIN taking t ON t.reading = l.reading)
UNION
SELECT platform, id FROM absences
WHERE kind = 'reservation' AND reading IN (SELECT l.reading FROM loads l JOIN taking t ON t.reading = l.reading);

INSERT INTO again_customers (platform, customer_id)
SELECT platform, customer_id FROM customer_observations
WHERE reading IN (SELECT l.reading FROM loads l JOIN taking t ON t.reading = l.reading)
UNION
SELECT platform, id FROM superseding
WHERE kind = 'customer' AND reading IN (SELECT l.reading FROM loads l JOIN taking t ON t.reading = l.reading);

DELETE FROM reservation_observations WHERE reading IN (SELECT l.reading FROM loads l JOIN taking t ON t.reading = l.reading);
DELETE FROM customer_observations WHERE reading IN (SELECT l.reading FROM loads l JOIN taking t ON t.reading = l.reading);
DELETE FROM absences WHERE reading IN (SELECT l.reading FROM loads l JOIN taking t ON t.reading = l.reading);
DELETE FROM merges WHERE reading IN (SELECT l.reading FROM loads l JOIN taking t ON t.reading = l.reading);
DELETE FROM loads WHERE reading IN (SELECT t.reading FROM taking t);
