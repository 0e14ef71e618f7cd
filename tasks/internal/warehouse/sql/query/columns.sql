-- The columns of the tables and views, to hold them against the data contract.
SELECT LOWER(table_name), LOWER(column_name), UPPER(data_type), numeric_precision, numeric_scale FROM information_schema.columns
WHERE LOWER(table_schema) = LOWER(CURRENT_SCHEMA())
ORDER BY table_name, ordinal_position;
