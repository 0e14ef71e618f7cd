package forget

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// newOptions has the reading planted in every zone and in the warehouse.
func newOptions(t *testing.T) Options {
	t.Helper()
	url := "duckdb://" + t.TempDir() + "/covers.duckdb"
	r := planted()
	at := time.Date(2020, 4, 2, 4, 0, 0, 0, time.UTC)
	o := Options{
		Platform: "opentable", Customers: []string{"planted"}, Program: "test", Machine: machine.This(),
		Open: func(ctx context.Context, mode warehouse.Mode) (*warehouse.Warehouse, error) {
			return warehouse.Open(ctx, machine.This(), url, mode)
		},
	}
	for _, name := range []ZoneName{Raw, Staging, Processed} {
		o.Zones = append(o.Zones, Zone{name, openZone(t, string(name)), 30})
	}
	wt.PublishRaw(t, o.Zones[0].Zone, 1, &r)
	wt.PublishStaging(t, o.Zones[1].Zone, &r)
	wt.Publish(t, o.Zones[2].Zone, 1, r)
	w, err := o.Open(t.Context(), warehouse.ReadWrite)
	wt.Check(t, err)
	_, err = w.Load(t.Context(), warehouse.LoadOptions{
		Processed: o.Zones[2].Zone, Revision: 1, Program: "test", Now: func() time.Time { return at },
	})
	wt.Check(t, errors.Join(err, w.Close()))
	o.Machine.Now = func() time.Time { return at }
	return o
}

func TestRunErasesAndKeepsAReceipt(t *testing.T) {
	o := newOptions(t)
	o.Machine.Random = bytes.NewReader([]byte{0xc0, 0xff, 0xee, 0x01})
	out, err := Run(t.Context(), o)
	wt.Check(t, err)
	if out.Asked != 1 || out.Reached.Subjects != 1 || out.Reached.ReservationObservations != 2 || len(out.Left.Remaining) != 7 {
		t.Errorf("%+v", out)
	}
	// Whoever gives the clock and the randomness knows the receipt's name.
	if out.Key != "receipts/forget/forget-20200402T040000Z-c0ffee01.json" || !out.Receipt.Done {
		t.Errorf("%s, %+v", out.Key, out.Receipt)
	}
	var kept []string
	for e, err := range o.Zones[2].List(t.Context(), lake.ReceiptPrefix) {
		wt.Check(t, err)
		kept = append(kept, e.Key)
	}
	if len(kept) != 2 {
		t.Errorf("kept %q", kept)
	}
}

// A dry run opens nothing for writing.
func TestDryRunWritesNothing(t *testing.T) {
	o := newOptions(t)
	o.DryRun = true
	open := o.Open
	o.Open = func(ctx context.Context, mode warehouse.Mode) (*warehouse.Warehouse, error) {
		if mode != warehouse.ReadOnly {
			t.Errorf("opened with mode %v", mode)
		}
		return open(ctx, mode)
	}
	out, err := Run(t.Context(), o)
	wt.Check(t, err)
	if out.Receipt != nil || out.Key != "" || out.Reached.Subjects != 1 || len(out.Left.Remaining) != 7 {
		t.Errorf("%+v", out)
	}
	for e, err := range o.Zones[2].List(t.Context(), lake.ReceiptPrefix) {
		t.Errorf("left %s %v", e.Key, err)
	}
}

// Where the receipt cannot be kept, nothing is erased.
func TestNothingIsErasedWithoutAReceipt(t *testing.T) {
	o := newOptions(t)
	random := []byte{1, 2, 3, 4}
	o.Machine.Random = bytes.NewReader(random)
	taken := newReceipt(o, "", o.Machine.Now(), Found{})
	_, err := taken.keep(t.Context(), o.Zones)
	wt.Check(t, err)
	o.Machine.Random = bytes.NewReader(random)
	if out, err := Run(t.Context(), o); err == nil || out.Receipt.Done {
		t.Errorf("%+v", out)
	}
	o.Machine.Random, o.DryRun = machine.This().Random, true
	out, err := Run(t.Context(), o)
	wt.Check(t, err)
	if out.Reached.Subjects != 1 {
		t.Errorf("erased all the same: %+v", out.Reached)
	}
}
