//go:build cgo

package load

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/load/loadtest"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// TestExplainBodies: the record that the platform gave is in the text when asked for, and in no JSON.
func TestExplainBodies(t *testing.T) {
	dir := t.TempDir()
	loadtest.World(t, dir)
	zone := func(name string) *lake.Zone {
		z, err := lake.Open(t.Context(), machine.This(), "file://"+dir+"/"+name)
		wt.Check(t, err)
		t.Cleanup(func() { _ = z.Close() })
		return z
	}
	o := ExplainOptions{
		Platform: "opentable", Reservation: "1001-1", Bodies: true,
		Open: func(ctx context.Context, mode warehouse.Mode) (*warehouse.Warehouse, error) {
			return warehouse.Open(ctx, machine.This(), "duckdb://"+dir+"/covers.duckdb", mode)
		},
		Raw: zone("raw"), Staging: zone("staging"), Processed: zone("processed"),
	}
	w, err := o.Open(t.Context(), warehouse.ReadWrite)
	wt.Check(t, err)
	_, err = w.Load(t.Context(), warehouse.LoadOptions{
		Processed: o.Processed, Revision: 1, Program: "test", Now: loadtest.First.ReadAt.Local,
	})
	wt.Check(t, err)
	wt.Check(t, w.Close())
	for _, show := range []bool{true, false} {
		o.Bodies = show
		out, err := Explain(t.Context(), o)
		wt.Check(t, err)
		if got := strings.Contains(out.Text(), `{"note":"planted-body reservation 1"}`); got != show {
			t.Errorf("bodies asked for: %v, shown: %v\n%s", show, got, out.Text())
		}
		line, err := json.Marshal(out)
		wt.Check(t, err)
		if strings.Contains(string(line), "planted-body") {
			t.Errorf("a body is in the result: %s", line)
		}
	}
}
