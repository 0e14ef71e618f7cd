package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// makeWarehouse leaves a warehouse below a folder that knows the guest "planted": two bookings and an observation.
func makeWarehouse(t *testing.T, dir string) {
	t.Helper()
	at := time.Date(2026, 3, 28, 1, 0, 0, 0, time.UTC)
	zone, err := lake.Open(t.Context(), machine.This(), "file://"+dir+"/world")
	if err != nil {
		t.Fatal(err)
	}
	defer zone.Close()
	wt.Publish(t, zone, 1, wt.Result{
		Source: "opentable/101", Day: "2026-03-27", Name: "00000001", Rank: wt.Rank(1), ReadAt: at,
		Reservations: []reservation.Reservation{wt.Booking(1, 1, "planted"), wt.Booking(2, 1, "planted")},
		Customers:    []reservation.Customer{wt.Guest("planted", 1)},
	})
	w, err := warehouse.Open(t.Context(), machine.This(), "duckdb://"+dir+"/covers.duckdb", warehouse.ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Load(t.Context(), warehouse.LoadOptions{Processed: zone, Revision: 1, Program: "test", Now: func() time.Time { return at }}); err != nil {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// makeLake leaves two readings below a folder, and what was made of them: on the 27th of two guests, "planted" with two bookings
// and "other" with one, on the 28th of "other" alone. In raw every line has an object of its own.
func makeLake(t *testing.T, dir string) {
	t.Helper()
	zone := func(name string) *lake.Zone {
		z, err := lake.Open(t.Context(), machine.This(), "file://"+dir+"/"+name)
		check(t, err)
		t.Cleanup(func() { _ = z.Close() })
		return z
	}
	raw, staging, processed := zone("raw"), zone("staging"), zone("processed")
	at := time.Date(2020, 3, 29, 1, 0, 0, 0, time.UTC)
	for _, r := range []wt.Result{{
		Source: "opentable/101", Day: "2020-03-27", Name: "00000001", Rank: wt.Rank(1), ReadAt: at,
		Reservations: []reservation.Reservation{wt.Booking(1, 1, "planted"), wt.Booking(2, 1, "other"), wt.Booking(3, 1, "planted")},
		Customers:    []reservation.Customer{wt.Guest("other", 1), wt.Guest("planted", 1)},
	}, {
		Source: "opentable/101", Day: "2020-03-28", Name: "00000002", Rank: wt.Rank(1), ReadAt: at,
		Reservations: []reservation.Reservation{wt.Booking(2, 2, "other")},
	}} {
		r.Digest = publishRaw(t, raw, r)
		publishStaging(t, staging, r)
		wt.Publish(t, processed, 1, r)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// publishRaw gives the manifest's SHA-256.
func publishRaw(t *testing.T, z *lake.Zone, r wt.Result) string {
	t.Helper()
	a := z.Begin(r.ReadAt, func() time.Time { return r.ReadAt })
	in := r.Input()
	m := lake.Reading{
		Version: lake.Version, Reading: in.Reading, Source: r.Source, Day: r.Day, By: in.By, StartedAt: r.ReadAt, FinishedAt: r.ReadAt,
		Sweeps: 1, Stable: true, Counts: map[string]lake.RawCounts{}, Program: "test",
	}
	for kind, n := range in.Counts {
		m.Counts[kind] = lake.RawCounts{Listed: n.Received, Received: n.Received}
		for line := int64(1); line <= n.Received; line++ {
			w, err := a.NewObject(kind, in.Reading+"/", "ndjson.zst")
			check(t, err)
			_, err = fmt.Fprintf(w, "%s %d", kind, line)
			check(t, err)
			o, err := w.Commit(t.Context(), 1, line)
			check(t, err)
			m.Objects = append(m.Objects, o)
		}
	}
	_, err := a.Publish(t.Context(), lake.ManifestKey(r.ID()), m)
	check(t, err)
	found, err := lake.Read[lake.Reading](t.Context(), z, lake.ManifestKey(r.ID()))
	check(t, err)
	return found.SHA256
}

func publishStaging(t *testing.T, z *lake.Zone, r wt.Result) {
	t.Helper()
	a := z.Begin(r.ReadAt, func() time.Time { return r.ReadAt })
	in := r.Input()
	m := lake.Result{
		Version: lake.Version, Reading: in.Reading, Source: r.Source, Day: r.Day, By: in.By, Rank: r.Rank, Input: r.Digest,
		Stable: in.Stable, ReadAt: r.ReadAt, Counts: in.Counts, WrittenAt: r.ReadAt, Program: "test",
	}
	reservations, customers, _ := r.Rows()
	m.Objects = put(t, a, m.Objects, reservation.KindReservation, in.Reading+"/"+r.Rank.String()+"/", reservations)
	m.Objects = put(t, a, m.Objects, reservation.KindCustomer, in.Reading+"/"+r.Rank.String()+"/", customers)
	_, err := a.Publish(t.Context(), in.Result, m)
	check(t, err)
}

func put[T any](t *testing.T, a *lake.Attempt, to []lake.Object, kind, prefix string, all []T) []lake.Object {
	t.Helper()
	w := parquetrows.NewWriter[T](a, kind, prefix)
	defer w.Abort()
	check(t, w.Write(all))
	to, err := w.Close(t.Context(), to)
	check(t, err)
	return to
}

// loadLake loads the processed zone of makeLake.
func loadLake(t *testing.T, dir string) {
	t.Helper()
	z, err := lake.Open(t.Context(), machine.This(), "file://"+dir+"/processed")
	check(t, err)
	defer z.Close()
	w, err := warehouse.Open(t.Context(), machine.This(), "duckdb://"+dir+"/covers.duckdb", warehouse.ReadWrite)
	check(t, err)
	_, err = w.Load(t.Context(), warehouse.LoadOptions{Processed: z, Revision: 1, Program: "test", Now: func() time.Time { return time.Date(2020, 3, 29, 4, 0, 0, 0, time.UTC) }})
	check(t, err)
	check(t, w.Close())
}

func TestWhatForgetTells(t *testing.T) {
	for want, c := range map[string]struct {
		asked int64
		done  warehouse.Forgotten
	}{
		"remembered 1 guest (1 of them are in the warehouse), erased 1 observation of guests and 2 of reservations": {
			1, warehouse.Forgotten{Subjects: 1, CustomerObservations: 1, ReservationObservations: 2}},
		"remembered 2 guests (1 of them are in the warehouse), erased 0 observations of guests and 0 of reservations; " +
			"1 guest had been remembered before; 1 guest not found in the warehouse: check the id; it is remembered all the same": {
			3, warehouse.Forgotten{Subjects: 2, Absent: 1}},
	} {
		if got := told(c.asked, c.done); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if text := wouldTell(2, warehouse.Forgotten{Subjects: 2, Absent: 2}); !strings.Contains(text, "2 guests not found in the warehouse: check the ids; they would be remembered all the same") {
		t.Error(text)
	}
}

// What is gone must have had the time to go, and people read of it too.
func TestWhatIsGone(t *testing.T) {
	dir := t.TempDir()
	makeLake(t, dir)
	raw, err := lake.OpenThere(t.Context(), machine.This(), "file://"+dir+"/raw")
	check(t, err)
	defer raw.Close()
	other, err := lake.Open(t.Context(), machine.This(), "mem://"+t.Name())
	check(t, err)
	defer other.Close()
	const reading = "opentable/101/2020-03-27/updated/20200329T010000.000Z-00000001"
	traces := []warehouse.Trace{{Kind: reservation.KindReservation, Reading: reading, Line: 1}}
	zones := []zone{{"raw", raw, 30}, {"staging", other, 90}}
	expiry := time.Date(2020, 6, 27, 1, 0, 0, 0, time.UTC)
	if _, err := look(t.Context(), zones, traces, expiry.Add(-time.Second)); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "check --staging") {
		t.Error(err)
	}
	f, err := look(t.Context(), zones, traces, expiry)
	check(t, err)
	if len(f.Remaining) != 1 || len(f.Gone) != 1 {
		t.Errorf("%+v", f)
	}
	if text := f.text(zones); !strings.HasPrefix(text, "raw: 1 object still there, the last until ") ||
		!strings.HasSuffix(text, "\nstaging: 0 objects still there\n  gone: reading "+reading+"\n") {
		t.Error(text)
	}
}
