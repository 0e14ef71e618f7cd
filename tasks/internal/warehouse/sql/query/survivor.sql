-- Who is meant today by the guest of a booking (platform ?, reservation ?), where that is another than the booking names.
SELECT s.survivor_id FROM reservations r
JOIN survivors s ON s.platform = r.platform AND s.customer_id = r.customer_id
WHERE r.platform = ? AND r.reservation_id = ?;
