-- The tokens of a person who is looked for (care find, care forget).
CREATE OR REPLACE TEMPORARY TABLE sought (kind VARCHAR, token VARCHAR);
