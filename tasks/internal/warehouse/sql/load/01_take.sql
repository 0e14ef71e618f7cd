-- From here on nobody else loads.
UPDATE load_gate SET passed = passed + 1;
