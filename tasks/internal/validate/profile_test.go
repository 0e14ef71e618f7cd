package validate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/validate"
	vt "covers/tasks/internal/validate/validatetest"
)

// A result says what its accepted rows look like: refused records, and those that changed on another day, are no part of it.
func TestAResultHasAProfile(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	o.MaxRefused = 1
	vt.WriteReading(t, o, vt.First, map[string][]string{
		reservations: {
			vt.OpenTable(1), vt.OpenTable(2, `"Done"`, `"Seated"`), vt.OpenTable(3, `"Done"`, `"Gone"`),
			vt.OpenTable(4, `2026-03-28T21:05:`, `2026-03-27T21:05:`),
		},
		customers: {vt.Guest(1), vt.Guest(2, `"forgotten":false`, `"forgotten":true`)},
	})
	r := one(t, o)
	if r.Profile == nil || r.Counts[reservations].Accepted != 3 || r.Counts[customers].Accepted != 2 {
		t.Fatalf("%+v", r)
	}
	bookings, guests := r.Profile.Kinds[reservations], r.Profile.Kinds[customers]
	want := map[string]map[string]int64{"status": {"completed": 1, "seated": 1}, "channel": {"web": 2}}
	spent := bookings.Spend != nil && bookings.Spend.Rows == 1
	if d := cmp.Diff(want, bookings.Values); d != "" || bookings.Rows != 2 || bookings.Known["seated_at"] != 2 || !spent {
		t.Errorf("%+v\n%s", bookings, d)
	}
	if guests.Rows != 1 {
		t.Errorf("%+v", guests)
	}
}

func TestWhatWasReconciledHasNoProfile(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	vt.WriteReading(t, o, vt.First, map[string][]string{reservations: {vt.OpenTable(1)}})
	found, err := lake.Readings(ctx, o.Raw, o.Source.ID, vt.Day)
	if err != nil {
		t.Fatal(err)
	}
	m := found[0].Manifest
	m.By = lake.ByReconcile
	id := lake.ReadingID{Source: o.Source.ID, Day: vt.Day, By: m.By, Name: vt.First}
	m.Reading = id.String()
	m.Objects = nil
	for kind := range m.Counts {
		m.Counts[kind] = lake.RawCounts{}
	}
	vt.Publish(t, o.Raw.Begin(vt.Now), id, m)
	out, err := validate.Run(ctx, o)
	if err != nil || len(out.Results) != 2 {
		t.Fatalf("%+v, %v", out, err)
	}
	for _, d := range out.Results {
		if (d.Result.Profile == nil) != (d.Result.By == lake.ByReconcile) {
			t.Errorf("%s: %+v", d.Result.Reading, d.Result.Profile)
		}
	}
}
