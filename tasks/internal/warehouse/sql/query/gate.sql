-- How many loads and erasures there were. The table has one row; two programs that made it at once left two.
SELECT MAX(passed) AS passed FROM load_gate;
