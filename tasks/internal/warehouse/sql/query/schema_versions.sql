-- The files that were applied.
SELECT DISTINCT version, name, digest FROM schema_versions ORDER BY version;
