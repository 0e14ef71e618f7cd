-- A file was applied (?: its number, name, digest and the time).
INSERT INTO schema_versions (version, name, digest, applied_at) SELECT ?, ?, ?, CAST(? AS DATETIME);
