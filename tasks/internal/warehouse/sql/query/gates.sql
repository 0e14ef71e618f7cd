-- How many rows the gate has.
SELECT COUNT(*) AS gates FROM load_gate;
