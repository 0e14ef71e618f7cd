-- The columns of the tables and views, to hold them against the data contract.
SELECT
  LOWER(table_name) AS of_table, LOWER(column_name) AS name, UPPER(data_type) AS engine_type,
  numeric_precision AS digits, numeric_scale AS decimals
FROM information_schema.columns
WHERE LOWER(table_schema) = LOWER(CURRENT_SCHEMA())
ORDER BY table_name, ordinal_position;
