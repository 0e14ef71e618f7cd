-- What the warehouse has of a restaurant at a platform (?, ?) for the service dates from ? to ?, and without one.
SELECT reservation_id AS id, clock_epoch, clock, digest, service_date
FROM reservations
WHERE platform = ? AND restaurant_id = ? AND (service_date IS NULL OR service_date BETWEEN CAST(? AS DATE) AND CAST(? AS DATE))
ORDER BY reservation_id;
