// Package duckdb is the engine inside the process: a file that one writing process may have open, or memory. Without cgo it says
// that it is not there.
//
// Start with Opener.
package duckdb

import (
	"net/url"
	"time"

	"covers/tasks/internal/warehouse/engine"
)

// Opener opens duckdb:///absolute/path/covers.duckdb, or duckdb://memory for a database that lives as long as it is open.
var Opener = engine.Opener{
	Open: open, Compact: compact,
	LandTexts: func(_ *url.URL, l engine.Landing) []string {
		return []string{landText(l.Table, "'…'", "('…', '…')")}
	},
	Patience: 2 * time.Minute,
	Embedded: true,
}

// landText returns DuckDB's way to land: it reads Parquet files and gives each row its object's key. Columns go by name, so
// that an older file may lack one. It is here without cgo too, for a dry run's list and for the tests of the text.
func landText(table, paths, pairs string) string {
	return `INSERT INTO ` + table + ` BY NAME
SELECT p.* EXCLUDE (object_path), f.object_key
FROM read_parquet([` + paths + `], union_by_name = true, hive_partitioning = false, filename = 'object_path') p
JOIN (VALUES ` + pairs + `) f(object_path, object_key) ON f.object_path = p.object_path`
}
