-- Keys that are asked for.
CREATE OR REPLACE TEMPORARY TABLE touched_reservations (platform VARCHAR, reservation_id VARCHAR);
CREATE OR REPLACE TEMPORARY TABLE touched_customers (platform VARCHAR, customer_id VARCHAR);
