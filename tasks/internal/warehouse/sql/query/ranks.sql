SELECT reading, rank FROM loads;
