-- Runs only where guests are newly erased: whom and what that reaches, asked before the erasure takes the guest's id away.
INSERT INTO again_reservations (platform, reservation_id)
SELECT DISTINCT o.platform, o.reservation_id FROM reservation_observations o
JOIN newly_erased e ON e.platform = o.platform AND e.customer_id = o.customer_id;

INSERT INTO again_customers (platform, customer_id)
SELECT DISTINCT platform, customer_id FROM newly_erased;
