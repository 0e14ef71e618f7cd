package load

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"covers/contract"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/quality"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/warehouse"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// bookings is a reading by change of a day, so many minutes after it, with so many bookings.
func bookings(day, name string, late, n int64) warehouse.Taken {
	return warehouse.Taken{Input: lake.Input{
		Reading: "opentable/101/" + day + "/updated/" + name, Source: "opentable/101", Day: day, By: lake.ByUpdated,
		Rank: lake.Rank{Contract: 1, Source: 1, Key: 1},
		Profile: &lake.Profile{Late: late, Kinds: map[string]lake.KindProfile{
			reservation.KindReservation: {Rows: n}, reservation.KindCustomer: {},
		}},
	}}
}

// An empty day is left out; what a newer reading of it is worth depends on whether that can be held against other days.
func TestWhatMakesUpForAReadingLeftOut(t *testing.T) {
	registry, err := source.Load(restaurantsFile(t))
	if err != nil {
		t.Fatal(err)
	}
	const day = "2026-03-27"
	zone := hundredsBefore(t, day)
	for name, c := range map[string]struct {
		newer  warehouse.Taken
		madeUp bool
	}{
		"as expected":                   {bookings(day, "20260328T070000.000Z-00000002", 420, 100), true},
		"empty, too":                    {bookings(day, "20260328T070000.000Z-00000002", 420, 0), false},
		"empty, on Monday":              {bookings(day, "20260330T080000.000Z-00000002", 56*60, 0), false},
		"too late to be held to others": {bookings(day, "20260330T080000.000Z-00000002", 56*60, 100), false},
	} {
		g := newGate(registry, zone)
		empty := bookings(day, "20260328T060000.000Z-00000001", 360, 0)
		left, err := g.leaveOut(t.Context(), []warehouse.Taken{empty, c.newer})
		if err != nil {
			t.Fatal(err)
		}
		if !left[empty.Reading] || g.madeUp[empty.Reading] != c.madeUp {
			t.Errorf("%s: left out %v, made up %v", name, left, g.madeUp)
		}
	}
}

// A day of the weeks before that is damaged is not known, and holds up no load.
func TestADamagedDayHoldsUpNoOther(t *testing.T) {
	registry, err := source.Load(restaurantsFile(t))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	earlier := quality.Earlier(contract.Get(), "2026-03-27")[7]
	if err := os.MkdirAll(filepath.Join(dir, earlier), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, earlier, "0123456789abcdef.json"), []byte(`{"version":99}`), 0o600); err != nil {
		t.Fatal(err)
	}
	zone, err := lake.Open(t.Context(), machine.This(), "file://"+dir)
	if err != nil {
		t.Fatal(err)
	}
	defer zone.Close()
	if _, err := lake.ProcessedOf(t.Context(), zone, earlier); err == nil {
		t.Fatal("the manifest is not damaged")
	}
	g := newGate(registry, zone)
	left, err := g.leaveOut(t.Context(), []warehouse.Taken{bookings("2026-03-27", "20260328T060000.000Z-00000001", 360, 0)})
	if err != nil || len(left) != 0 {
		t.Errorf("%v, %v", left, err)
	}
}

// hundredsBefore returns a processed zone in which each of the days before that count has a reading of a hundred bookings.
func hundredsBefore(t *testing.T, day string) *lake.Zone {
	t.Helper()
	zone, err := lake.Open(t.Context(), machine.This(), "mem://"+t.Name())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = zone.Close() })
	for _, earlier := range quality.Earlier(contract.Get(), day) {
		read, err := time.Parse(time.DateOnly, earlier)
		if err != nil {
			t.Fatal(err)
		}
		r := wt.Result{
			Source: "opentable/101", Day: earlier, Name: "00000001", Rank: wt.Rank(1), ReadAt: read.Add(30 * time.Hour),
			Profile: bookings(earlier, "", 360, 100).Profile,
		}
		for i := range 100 {
			r.Reservations = append(r.Reservations, wt.Booking(i, 1, ""))
		}
		wt.Publish(t, zone, 1, r)
	}
	return zone
}

func restaurantsFile(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../../restaurants.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return path
}
