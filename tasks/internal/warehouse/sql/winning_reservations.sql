-- Which of the candidates of each touched key is current, the one rule for it: of its observations, or of those that can win.
-- The platform's clock decides first, then when it was read, then its content; the last two only make the choice certain.
-- Observations read before the record was absent (or, of a guest, merged), or at that very time, are out; where none is left
-- there is no current row. Of guests TRUE reads "not hidden": what is current is decided first, so that a hidden guest has no
-- row, and not an older one. And FALSE reads "asks to be forgotten and is not heeded": such a record cannot win, as if it were
-- not there. (An erasure that is heeded leaves an empty digest.)
SELECT o.* FROM candidate_reservations o
JOIN touched_reservations t ON t.platform = o.platform AND t.reservation_id = o.reservation_id
LEFT JOIN (
  SELECT platform, id, MAX(read_at) AS read_at FROM superseding WHERE kind = 'reservation' GROUP BY platform, id
) a ON a.platform = o.platform AND a.id = o.reservation_id
WHERE (a.read_at IS NULL OR o.read_at > a.read_at) AND NOT FALSE
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY o.platform, o.reservation_id
  ORDER BY o.clock_epoch DESC, o.clock DESC, o.read_at DESC, o.digest DESC, o.reading DESC, o.line DESC
) = 1 AND TRUE;
