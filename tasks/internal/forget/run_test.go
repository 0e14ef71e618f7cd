package forget

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/forgotten"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/reservation"
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
		Guests:  []warehouse.Subject{{Platform: "opentable", CustomerID: "planted"}},
		Program: "test", By: "operator", Reference: "R-1", Machine: machine.This(),
		Open: func(ctx context.Context, mode warehouse.Mode) (*warehouse.Warehouse, error) {
			return warehouse.Open(ctx, machine.This(), url, mode)
		},
		Compact: func(ctx context.Context) (warehouse.Compacted, error) {
			return warehouse.Compact(ctx, machine.This(), url)
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

// keysOf returns the keys of a zone.
func keysOf(t *testing.T, z *lake.Zone) (all []string) {
	t.Helper()
	for e, err := range z.List(t.Context(), "") {
		wt.Check(t, err)
		all = append(all, e.Key)
	}
	return all
}

func TestRunErasesAndKeepsAReceipt(t *testing.T) {
	o := newOptions(t)
	o.Machine.Random = bytes.NewReader([]byte{0xc0, 0xff, 0xee, 0x01})
	out, err := Run(t.Context(), o)
	wt.Check(t, err)
	if out.Asked != 1 || out.Reached.Subjects != 1 || out.Reached.ReservationObservations != 2 || len(out.Left.Remaining) != 3 {
		t.Errorf("%+v", out)
	}
	want := map[ZoneName]Emptied{Staging: {Objects: 2, Rows: 3}, Processed: {Objects: 2, Rows: 3}}
	if d := gocmp.Diff(want, out.Emptied); d != "" {
		t.Error(d)
	}
	// Whoever gives the clock and the randomness knows the receipt's name.
	if out.Key != "receipts/forget/forget-20200402T040000Z-c0ffee01.json" || !out.Receipt.Done || !out.Receipt.Compacted.File {
		t.Errorf("%s, %+v", out.Key, out.Receipt)
	}
	if out.Receipt.By != "operator" || out.Receipt.Reference != "R-1" {
		t.Errorf("%+v", out.Receipt)
	}
	var kept []string
	for e, err := range o.Zones[2].List(t.Context(), lake.ReceiptPrefix) {
		wt.Check(t, err)
		kept = append(kept, e.Key)
	}
	if len(kept) != 2 {
		t.Errorf("kept %q", kept)
	}
	listed, err := forgotten.Read(t.Context(), o.Zones[1].Zone)
	wt.Check(t, err)
	if !listed.Has("opentable", "planted") || listed.Has("opentable", "other") {
		t.Error("validation is not told who is forgotten, or of somebody else")
	}
}

// Of the guest's rows the objects keep what an erased row has in the warehouse, and of others' every byte of content; manifests
// say what is there, are known by their old names, and what they named is gone. A second time there is nothing to do.
func TestWhatIsLeftInTheObjects(t *testing.T) {
	o := newOptions(t)
	staging, processed := o.Zones[1].Zone, o.Zones[2].Zone
	results := func() []lake.Found[lake.Result] {
		all, err := lake.Results(t.Context(), staging, "opentable/101", "2020-03-27")
		wt.Check(t, err)
		return all
	}
	before := results()
	_, err := Run(t.Context(), o)
	wt.Check(t, err)
	after := results()
	if len(after) != 1 || after[0].SHA256 != before[0].SHA256 || after[0].Key != before[0].Key {
		t.Fatalf("%+v", after)
	}
	m := after[0].Manifest
	if r := m.Rewritten; r == nil || r.Rows != 3 || len(r.Replaced) != 0 || r.First != before[0].SHA256 {
		t.Errorf("%+v", r)
	}
	days, err := lake.ProcessedOf(t.Context(), processed, "2020-03-27")
	wt.Check(t, err)
	for _, in := range []struct {
		zone    *lake.Zone
		objects []lake.Object
	}{{staging, m.Objects}, {processed, days[0].Manifest.Objects}} {
		customers := rowsOf[reservation.Customer](t, in.zone, in.objects, reservation.KindCustomer)
		restaurant := int64(101)
		was := planted()
		want := reservation.Customer{
			Origin: customers[1].Origin, Platform: "opentable", RestaurantID: &restaurant, CustomerID: "planted", ClockEpoch: 1,
			Clock: was.Customers[1].Clock, Forgotten: true,
		}
		want.Digest = ""
		if d := gocmp.Diff(want, customers[1]); d != "" {
			t.Error(d)
		}
		var d reservation.Digester
		if c := customers[0]; c.CustomerID != "other" || c.EmailToken == nil || c.Digest != string(d.Customer(&c)) {
			t.Errorf("%+v", c)
		}
		bookings := rowsOf[reservation.Reservation](t, in.zone, in.objects, reservation.KindReservation)
		for i, b := range bookings {
			if i == 1 {
				if b.CustomerID == nil || b.Digest != string(d.Reservation(&b)) {
					t.Errorf("another guest's booking: %+v", b)
				}
			} else if b.CustomerID != nil || b.Digest != "" || b.SpendTotal == nil {
				t.Errorf("%+v", b)
			}
		}
	}
	for _, o := range before[0].Manifest.Objects {
		if _, err := staging.Stat(t.Context(), o.Key); err == nil {
			t.Errorf("%s is still there", o.Key)
		}
	}
	keys := keysOf(t, staging)
	again, err := Run(t.Context(), o)
	wt.Check(t, err)
	if again.Changed() {
		t.Errorf("%+v", again)
	}
	if d := gocmp.Diff(keys, keysOf(t, staging)); d != "" {
		t.Error(d)
	}
}

func rowsOf[T any](t *testing.T, z *lake.Zone, objects []lake.Object, kind string) (all []T) {
	t.Helper()
	for _, o := range objects {
		if o.Kind == kind {
			wt.Check(t, parquetrows.Read(t.Context(), z, o, func(batch []T) error {
				all = append(all, batch...)
				return nil
			}))
		}
	}
	return all
}

// A dry run opens nothing for writing, writes nothing, and says what a run would do.
func TestDryRunWritesNothing(t *testing.T) {
	o := newOptions(t)
	o.DryRun, o.EraseRaw = true, true
	open := o.Open
	o.Open = func(ctx context.Context, mode warehouse.Mode) (*warehouse.Warehouse, error) {
		if mode != warehouse.ReadOnly {
			t.Errorf("opened with mode %v", mode)
		}
		return open(ctx, mode)
	}
	o.Compact = func(context.Context) (warehouse.Compacted, error) {
		t.Error("the file was made anew")
		return warehouse.Compacted{}, nil
	}
	var before [][]string
	for _, z := range o.Zones {
		before = append(before, keysOf(t, z.Zone))
	}
	out, err := Run(t.Context(), o)
	wt.Check(t, err)
	if out.Receipt != nil || out.Key != "" || out.Reached.Subjects != 1 || len(out.Guests) != 1 {
		t.Errorf("%+v", out)
	}
	want := map[ZoneName]Emptied{
		Raw: {Objects: 3, Rows: 3}, Staging: {Objects: 2, Rows: 3}, Processed: {Objects: 2, Rows: 3},
	}
	if d := gocmp.Diff(want, out.Emptied); d != "" {
		t.Error(d)
	}
	for i, z := range o.Zones {
		if d := gocmp.Diff(before[i], keysOf(t, z.Zone)); d != "" {
			t.Errorf("%s: %s", z.Name, d)
		}
	}
}

// Where the receipt cannot be kept, nothing is erased.
func TestNothingIsErasedWithoutAReceipt(t *testing.T) {
	o := newOptions(t)
	random := []byte{1, 2, 3, 4}
	o.Machine.Random = bytes.NewReader(random)
	taken := newReceipt(o, o.Machine.Now(), Outcome{})
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
