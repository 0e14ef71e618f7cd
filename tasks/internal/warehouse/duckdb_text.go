package warehouse

import "strings"

// duckLandText is DuckDB's way to land: it reads Parquet files and gives each row its object's key. Columns go by name, so
// that an older file may lack one. It is here without cgo too, for a dry run's list and for the tests of the text.
func duckLandText(table, paths, pairs string) string {
	return `INSERT INTO ` + table + ` BY NAME
SELECT p.* EXCLUDE (object_path), f.object_key
FROM read_parquet([` + paths + `], union_by_name = true, filename = 'object_path') p
JOIN (VALUES ` + pairs + `) f(object_path, object_key) ON f.object_path = p.object_path`
}

// literal quotes a text for SQL.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
