-- Is there a schema at all?
SELECT table_name FROM information_schema.tables
  WHERE LOWER(table_name) = 'schema_versions' AND LOWER(table_schema) = LOWER(CURRENT_SCHEMA());
