-- Which files of this folder were applied, and what they said: a changed file is refused, so that a table never differs
-- from the text that is said to have made it. Every statement of this folder can be run again (IF NOT EXISTS, OR REPLACE),
-- because a DDL statement commits on its own and a load may die between two of them.
CREATE TABLE IF NOT EXISTS schema_versions (
  version    BIGINT   NOT NULL,  -- of the file's name
  name       VARCHAR  NOT NULL,
  digest     VARCHAR  NOT NULL,  -- SHA-256 of the file, hexadecimal
  applied_at DATETIME NOT NULL
);
