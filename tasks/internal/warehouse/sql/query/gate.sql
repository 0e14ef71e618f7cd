-- How many loads and erasures there were.
SELECT passed FROM load_gate;
