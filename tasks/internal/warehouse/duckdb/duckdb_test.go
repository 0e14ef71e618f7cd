//go:build cgo

package duckdb

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/duckdb/duckdb-go/v2"
	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse/engine"
)

// TestLeftInTheMaking: what a killed program left is removed when it is old, and only then.
func TestLeftInTheMaking(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{".covers.duckdb.new-old", ".covers.duckdb.new-young", "other"} {
		if err := os.Mkdir(filepath.Join(folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if name != ".covers.duckdb.new-young" {
			old := time.Now().Add(-2 * staleAfter)
			if err := os.Chtimes(filepath.Join(folder, name), old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	w, err := Opener.Open(t.Context(), machine.This(), &url.URL{Path: filepath.Join(folder, "covers.duckdb")}, engine.ReadWrite,
		nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var left []string
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if diff := gocmp.Diff([]string{".covers.duckdb.new-young", "covers.duckdb", "other"}, left); diff != "" {
		t.Error(diff)
	}
}

// TestErrors: what DuckDB says becomes a kind, and no value of a row.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		kind duckdb.ErrorType
		says string
		want fault.Kind
	}{
		{duckdb.ErrorTypeIO, "IO Error: Could not write file \"/x\": No space left on device", fault.Temporary},
		{duckdb.ErrorTypeTransaction,
			"TransactionContext Error: Failed to commit: Could not write file \"/x\": No space left on device", fault.Temporary},
		{duckdb.ErrorTypeTransaction, "TransactionContext Error: Conflict on update!", fault.Temporary},
		{duckdb.ErrorTypeIO, "IO Error: Could not set lock on file \"/x\": Conflicting lock is held in /bin/other program (PID " +
			"42). See also", fault.Temporary},
		{duckdb.ErrorTypeIO, "IO Error: Could not set lock on file \"/x\": Resource temporarily unavailable", fault.Temporary},
		{duckdb.ErrorTypeIO, "IO Error: Cannot open file \"/x\": Permission denied", fault.Denied},
		{duckdb.ErrorTypeOutOfMemory, "Out of Memory Error: could not allocate block", fault.Temporary},
		{duckdb.ErrorTypeConversion, "Conversion Error: Could not convert string \"planted\" to INT64\n\nLINE 1: planted",
			fault.Data},
		{duckdb.ErrorTypeConstraint, "Constraint Error: NOT NULL constraint failed: loads.day", fault.Data},
		{duckdb.ErrorTypeFatal, "FATAL Error: database has been invalidated", fault.Unavailable},
		{duckdb.ErrorTypeParser, "Parser Error: syntax error\n\nLINE 1: SELECT 'planted'", fault.Defect},
	} {
		err := (&database{}).Explain(context.Background(), "run x", &duckdb.Error{Type: c.kind, Msg: c.says})
		if fault.KindOf(err) != c.want || strings.Contains(err.Error(), "planted") || !strings.HasPrefix(err.Error(), "run x: ") {
			t.Errorf("%s: kind %d, want %d: %v", c.says, fault.KindOf(err), c.want, err)
		}
	}
	busy := &duckdb.Error{Type: duckdb.ErrorTypeTransaction, Msg: "TransactionContext Error: Conflict on update!"}
	full := &duckdb.Error{Type: duckdb.ErrorTypeTransaction,
		Msg: "TransactionContext Error: Failed to commit: No space left on device"}
	e := &database{}
	if ctx := context.Background(); !e.Busy(e.Explain(ctx, "x", busy)) || e.Busy(e.Explain(ctx, "x", full)) ||
		e.Busy(errors.New("another")) {
		t.Error("busy is not told from full")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := e.Explain(ctx, "x", busy); fault.KindOf(err) != fault.Stopped || e.Busy(err) {
		t.Errorf("stopped: %v", err)
	}
}
