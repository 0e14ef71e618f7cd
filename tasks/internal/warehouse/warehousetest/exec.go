package warehousetest

import (
	"database/sql"
	"testing"
)

// ExecDuckDB changes a warehouse's file behind its back. Each statement must change a row.
func ExecDuckDB(t testing.TB, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("duckdb", path)
	Check(t, err)
	for _, statement := range statements {
		result, err := db.ExecContext(t.Context(), statement)
		Check(t, err)
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			t.Fatalf("%s changed %d rows, %v", statement, n, err)
		}
	}
	Check(t, db.Close())
}
