//go:build cgo

package warehouse

import (
	"cmp"
	"context"
	"database/sql/driver"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"covers/tasks/internal/machine"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// profiled has DuckDB write down what each statement of a session did.
type profiled struct {
	driver.Connector
	file string
}

func (p profiled) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	for _, set := range []string{"PRAGMA enable_profiling = 'json'", "PRAGMA profiling_output = '" + p.file + "'"} {
		if _, err := c.(driver.ExecerContext).ExecContext(ctx, set, nil); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// profile is an operator of a statement, as DuckDB writes it.
type profile struct {
	Rows     int64     `json:"operator_rows_scanned"`
	Children []profile `json:"children"`
}

func (p profile) rows() int64 {
	sum := p.Rows
	for _, c := range p.Children {
		sum += c.rows()
	}
	return sum
}

// rowsRead runs work on the warehouse of a file, and returns how many rows each of its statements read, by the engine's own
// profile.
func rowsRead(t *testing.T, path string, work func(*Warehouse)) map[string]int64 {
	t.Helper()
	file := filepath.Join(t.TempDir(), "profile.json")
	read := map[string]int64{}
	w, err := open(
		t.Context(),
		machine.This(),
		"duckdb://"+path+"?threads=1",
		ReadWrite,
		func(c driver.Connector) driver.Connector {
			return &hooked{Connector: profiled{c, file}, after: func(call string, err error) error {
				text, missing := os.ReadFile(file)
				if missing != nil || err != nil {
					return err // BEGIN and COMMIT have none
				}
				var p profile
				wt.Check(t, json.Unmarshal(text, &p))
				wt.Check(t, os.Remove(file))
				read[call] += p.rows()
				return nil
			}}
		},
	)
	wt.Check(t, err)
	clear(read) // of the opening
	work(w)
	wt.Check(t, w.Close())
	return read
}

// mayGrow are the statements of an ordinary load that read more rows where there is more history, and why. What is not here
// reads what landed, or what is as small as the ledger.
var mayGrow = map[string]string{
	"load/11_previous.sql:1": "the present rows of the keys that landed are looked up by the keys' numbers, which lie anywhere",
	"load/11_previous.sql:2": "likewise",
}

// TestRowsReadDoNotGrow loads an ordinary day into a history and into one eight times as long, and compares how many rows each
// statement reads.
func TestRowsReadDoNotGrow(t *testing.T) {
	const days = 100
	h := wt.Long{Bookings: 40}
	zone := newZone(t)
	read := func(days int) map[string]int64 {
		path := filepath.Join(t.TempDir(), "covers.duckdb")
		w, err := Open(t.Context(), machine.This(), "duckdb://"+path, ReadWrite)
		wt.Check(t, err)
		wt.Check(t, w.Close())
		h.Fill(t, path, days)
		wt.Publish(t, zone, 1, h.Results(days, 1)...)
		return rowsRead(t, path, func(w *Warehouse) {
			if out := mustLoad(t, w, options(zone, h.Day(days))); len(out.Taken) != 2 {
				t.Fatalf("took %d readings", len(out.Taken))
			}
		})
	}
	short, long := read(days), read(8*days)
	names := map[string]string{}
	listed, err := LoadStatements("duckdb://memory")
	wt.Check(t, err)
	for _, s := range listed {
		names[s.SQL] = s.Name
	}
	const ledger = 5000 // more than its rows, and less than those of any other table
	grown := map[string]bool{}
	for _, call := range slices.Sorted(maps.Keys(long)) {
		name := cmp.Or(names[call], call[:min(60, len(call))])
		if long[call] <= short[call]+ledger {
			continue
		}
		grown[name] = true
		if mayGrow[name] == "" {
			t.Errorf("%s reads %d rows, and %d from a history eight times as long", name, short[call], long[call])
		}
	}
	for name := range mayGrow {
		if !grown[name] {
			t.Errorf("%s does not read more rows from a longer history: it needs no exception", name)
		}
	}
}
