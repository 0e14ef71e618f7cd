-- The readings with rows that an erasure may have emptied: of the guests in newly_erased, and, since a booking then no longer
-- says whose it was, every booking of their platforms that lost its guest.
SELECT reading FROM customer_observations
WHERE digest = '' AND (platform, customer_id) IN (SELECT platform, customer_id FROM newly_erased)
UNION
SELECT reading FROM reservation_observations WHERE digest = '' AND platform IN (SELECT platform FROM newly_erased)
ORDER BY 1;
