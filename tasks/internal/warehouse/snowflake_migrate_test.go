//go:build snowflake

package warehouse

import (
	"slices"
	"strings"
	"testing"

	"covers/tasks/internal/machine"
)

// A warehouse that is not the program's own is not made by whoever loads: its owner migrates it, as often as they like.
func TestMigrateOnEngines(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		if e.name == "duckdb" {
			return // brings its own schema up: the transcripts of load migrate show it
		}
		url := e.fresh(t, true)
		if _, err := Open(t.Context(), machine.This(), url, ReadWrite); err == nil ||
			!strings.Contains(err.Error(), "run load migrate") {
			t.Fatalf("opened without a schema: %v", err)
		}
		for _, run := range []struct {
			dry  bool
			want string
		}{{true, Pending}, {false, Applied}, {true, Before}, {false, Before}} {
			files, err := Migrate(t.Context(), machine.This(), url, run.dry)
			if err != nil {
				t.Fatal(err)
			}
			if slices.ContainsFunc(files, func(f SchemaFile) bool { return f.State != run.want }) || len(files) == 0 {
				t.Errorf("dry run %v: want all %q, got %v", run.dry, run.want, files)
			}
		}
		w, err := Open(t.Context(), machine.This(), url, ReadWrite)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
}
