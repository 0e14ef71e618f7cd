-- The sizes of the parties that booked for the service dates from ? to ?; 9 stands for nine and more.
SELECT party AS place, '' AS name, COUNT(*) AS reservations, CAST(SUM(party_size) AS BIGINT) AS guests
FROM (
  SELECT party_size, CASE WHEN party_size > 9 THEN 9 ELSE party_size END AS party
  FROM reservations
  WHERE service_date BETWEEN CAST(? AS DATE) AND CAST(? AS DATE)
) v
GROUP BY party
ORDER BY party;
