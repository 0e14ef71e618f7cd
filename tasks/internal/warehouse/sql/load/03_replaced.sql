-- Runs only where the ledger has readings that are taken now at an older rank. What they contributed at it goes, and the keys of
-- that are chosen again. (When their rows were read says which blocks they are in.)
INSERT INTO again_reservations (platform, reservation_id)
SELECT o.platform, o.reservation_id FROM reservation_observations o
JOIN (
  SELECT DISTINCT reading, read_at FROM reservation_observations
  WHERE reading IN (SELECT l.reading FROM loads l JOIN taking t ON t.reading = l.reading)
) p ON p.read_at = o.read_at AND p.reading = o.reading
UNION
SELECT platform, id FROM absences
WHERE kind = 'reservation' AND reading IN (SELECT l.reading FROM loads l JOIN taking t ON t.reading = l.reading);

INSERT INTO again_customers (platform, customer_id)
SELECT o.platform, o.customer_id FROM customer_observations o
JOIN (
  SELECT DISTINCT reading, read_at FROM customer_observations
  WHERE reading IN (SELECT l.reading FROM loads l JOIN taking t ON t.reading = l.reading)
) p ON p.read_at = o.read_at AND p.reading = o.reading
UNION
SELECT platform, id FROM superseding
WHERE kind = 'customer' AND reading IN (SELECT l.reading FROM loads l JOIN taking t ON t.reading = l.reading);

DELETE FROM reservation_observations WHERE reading IN (SELECT l.reading FROM loads l JOIN taking t ON t.reading = l.reading);
DELETE FROM customer_observations WHERE reading IN (SELECT l.reading FROM loads l JOIN taking t ON t.reading = l.reading);
DELETE FROM absences WHERE reading IN (SELECT l.reading FROM loads l JOIN taking t ON t.reading = l.reading);
DELETE FROM merges WHERE reading IN (SELECT l.reading FROM loads l JOIN taking t ON t.reading = l.reading);
DELETE FROM loads WHERE reading IN (SELECT t.reading FROM taking t);
