-- The ledger's entries of the days from ? to ?.
SELECT
  reading, source, day, asked_by, rank, refused, stable, read_at,
  reservation_received, reservation_accepted, reservation_quarantined, reservation_landed,
  customer_received, customer_accepted, customer_quarantined, customer_landed,
  erasures, manifest, result, program, loaded_at, absent,
  customer_merged, noted, unread, withheld
FROM loads
WHERE day BETWEEN CAST(? AS DATE) AND CAST(? AS DATE)
ORDER BY day, source, read_at, reading;
