-- Who asks to be forgotten and is not heeded, by the reading that says so.
SELECT DISTINCT reading, platform, customer_id FROM held_erasures;
