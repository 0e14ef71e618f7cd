//go:build cgo

package load

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/load/loadtest"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
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
		if got := strings.Contains(out.Text(), `"note":"planted-body reservation 1"}`); got != show {
			t.Errorf("bodies asked for: %v, shown: %v\n%s", show, got, out.Text())
		}
		line, err := json.Marshal(out)
		wt.Check(t, err)
		if strings.Contains(string(line), "planted-body") {
			t.Errorf("a body is in the result: %s", line)
		}
	}
}

// TestExplainMergedAndNoted: who is meant by the guest today, and which field was left out of a record, by its place.
func TestExplainMergedAndNoted(t *testing.T) {
	zone := func(name string) *lake.Zone {
		z, err := lake.Open(t.Context(), machine.This(), "mem://"+t.Name()+"-"+name)
		wt.Check(t, err)
		t.Cleanup(func() { _ = z.Close() })
		return z
	}
	url := "duckdb://" + t.TempDir() + "/covers.duckdb"
	o := ExplainOptions{
		Platform: "opentable", Reservation: "1001-1",
		Open: func(ctx context.Context, mode warehouse.Mode) (*warehouse.Warehouse, error) {
			return warehouse.Open(ctx, machine.This(), url, mode)
		},
		Raw: zone("raw"), Staging: zone("staging"), Processed: zone("processed"),
	}
	r := loadtest.First
	r.Merged = []reservation.Merge{wt.Merged("planted-guest", "other")}
	r.Customers = nil
	r.Noted = map[string]int64{reservation.KindReservation: 1} // of the first line
	wt.PublishRaw(t, o.Raw, 1, &r)
	wt.PublishStaging(t, o.Staging, &r)
	wt.Publish(t, o.Processed, 1, r)
	w, err := o.Open(t.Context(), warehouse.ReadWrite)
	wt.Check(t, err)
	_, err = w.Load(t.Context(), warehouse.LoadOptions{
		Processed: o.Processed, Revision: 1, Program: "test", Now: loadtest.First.ReadAt.Local,
	})
	wt.Check(t, err)
	wt.Check(t, w.Close())
	out, err := Explain(t.Context(), o)
	wt.Check(t, err)
	if out.Survivor != "other" || len(out.Observations) != 1 || !slices.Equal(out.Observations[0].Notes,
		[]Note{{"created_at", reservation.ReasonTime, "r"}}) {
		t.Errorf("%+v", out)
	}
	o.Reservation = "1001-2" // a walk-in, without a note
	if out, err = Explain(t.Context(), o); err != nil || out.Survivor != "" || out.Observations[0].Notes != nil {
		t.Errorf("%+v, %v", out, err)
	}
}
