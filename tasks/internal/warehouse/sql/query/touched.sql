-- How far the load reached.
SELECT
  (SELECT COUNT(*) FROM touched_reservations) AS touched_reservations,
  (SELECT COUNT(*) FROM touched_customers) AS touched_customers,
  (SELECT COUNT(*) FROM newly_erased) AS erased_customers;
