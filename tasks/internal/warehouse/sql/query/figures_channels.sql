-- Where the bookings for the service dates from ? to ? came from.
SELECT platform, channel, CAST(SUM(reservations) AS BIGINT) AS reservations, CAST(SUM(covers) AS BIGINT) AS covers
FROM channel_mix
WHERE service_date BETWEEN CAST(? AS DATE) AND CAST(? AS DATE)
GROUP BY platform, channel
ORDER BY platform, channel;
