//go:build cgo

package duckdb

import (
	"net/url"
	"path/filepath"
	"testing"

	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse/engine"
)

// TestVacuumWhenDue: deleted rows stay in the file while they are few, and a checkpoint of a process that finds them many clears
// them away.
func TestVacuumWhenDue(t *testing.T) {
	u := &url.URL{Path: filepath.Join(t.TempDir(), "covers.duckdb")}
	const rows = 4 * rowGroup
	// run opens the database, runs statements, closes it, and counts the rows that the table takes up then.
	run := func(sqls ...string) (takenUp int) {
		t.Helper()
		e, err := Opener.Open(t.Context(), machine.This(), u, engine.ReadWrite, nil)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := e.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range append(sqls, "CHECKPOINT") {
			if _, err := conn.ExecContext(t.Context(), text); err != nil {
				t.Fatal(err)
			}
		}
		const asks = "SELECT estimated_size FROM duckdb_tables() WHERE table_name = 'x'"
		err = conn.QueryRowContext(t.Context(), asks).Scan(&takenUp)
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		return takenUp
	}
	run(`CREATE TABLE x AS SELECT range AS i FROM range(0, 491520)`, "CREATE TABLE small AS SELECT 1 AS i")
	// Every tenth row: four row groups would go into no fewer without many more.
	if got := run("DELETE FROM x WHERE i % 10 = 0"); got != rows {
		t.Errorf("after few deletions the table takes up %d rows, not %d", got, rows)
	}
	if got := run("DELETE FROM x WHERE i % 2 = 0"); got != rows {
		t.Errorf("a process that finds few deleted rows leaves %d, not %d", got, rows)
	}
	if got := run("DELETE FROM x WHERE i = 1", "DELETE FROM small"); got > rows/2 {
		t.Errorf("after many deletions the table takes up %d rows, more than there are", got)
	}
}
