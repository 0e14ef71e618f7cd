// Package loadtest makes the zones of a small world for tests of loads: a booking that is read on two days, and what is asked of
// it later. Start with World.
package loadtest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/quality"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// First and Second are the readings of two days: both have a booking (1001-1), the second time with an erasure of its guest.
var (
	First = wt.Result{
		Source: "opentable/101", Day: "2026-03-27", Name: "00000001", Rank: wt.Rank(1),
		ReadAt:       time.Date(2026, 3, 28, 1, 0, 0, 0, time.UTC),
		Reservations: []reservation.Reservation{wt.Booking(1, 1, "planted-guest"), wt.Booking(2, 1, "")},
		Customers:    []reservation.Customer{wt.Guest("planted-guest", 1)},
		Quarantined:  map[string]int64{reservation.KindReservation: 1},
	}
	Second = wt.Result{
		Source: "opentable/101", Day: "2026-03-28", Name: "00000002", Rank: wt.Rank(1), Unstable: true,
		ReadAt:       time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC),
		Reservations: []reservation.Reservation{wt.Booking(1, 2, "planted-guest")},
		Erasures:     []reservation.Erasure{wt.Erase("planted-guest")},
	}
)

// Third asked for two bookings by id, and for a guest, after the others: they were not there.
var Third = wt.Result{
	Source: "opentable/101", Day: "2026-03-28", By: lake.ByReconcile, Name: "00000003", Rank: wt.Rank(1),
	ReadAt: time.Date(2026, 3, 30, 1, 0, 0, 0, time.UTC),
	Absent: []reservation.Absence{wt.AbsentBooking(1), wt.AbsentBooking(7), wt.AbsentGuest("planted-guest")},
}

// fridays are five of them, read by date of the meal: forty bookings on each but the last, on which there is only an erasure; and
// a second reading of the last, with as many as ever, which is published apart.
func fridays() (out []wt.Result) {
	last := time.Date(2026, 3, 27, 0, 0, 0, 0, time.UTC)
	for week := 4; week >= 0; week-- {
		day := last.AddDate(0, 0, -7*week)
		r := wt.Result{
			Source: "opentable/101", Day: day.Format(time.DateOnly), By: lake.ByServiceDate, Name: fmt.Sprintf("0000005%d", week), Rank: wt.Rank(1),
			ReadAt: day.AddDate(0, 0, 1).Add(6 * time.Hour),
		}
		for i := range 40 {
			r.Reservations = append(r.Reservations, wt.Booking(1000*week+i, 1, ""))
		}
		if week == 0 {
			r.Reservations, r.Erasures = nil, []reservation.Erasure{wt.Erase("planted-guest")}
		}
		out = append(out, profiled(r))
	}
	return out
}

// correctedFriday is the last of fridays, read again.
func correctedFriday() wt.Result {
	r := fridays()[3]
	last := fridays()[4]
	r.Day, r.ReadAt, r.Name = last.Day, last.ReadAt.Add(time.Hour), "00000060"
	return profiled(r)
}

// profiled returns a result with its profile, as validate counts it.
func profiled(r wt.Result) wt.Result {
	tally := quality.NewTally(r.Day, r.By, r.ReadAt, time.UTC, "GBP")
	for i := range r.Reservations {
		tally.Reservation(&r.Reservations[i])
	}
	r.Profile = tally.Profile([]string{reservation.KindReservation, reservation.KindCustomer})
	return r
}

// World publishes the way of both readings below a folder: raw, staging, processed; and in processed-raised the First
// reading once more, refused at a higher rank, in processed-newer at the rank of a newer contract, in processed-absent the Third.
func World(t testing.TB, dir string) {
	t.Helper()
	zone := func(name string) *lake.Zone {
		z, err := lake.Open(t.Context(), machine.This(), "file://"+dir+"/"+name)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	raw, staging, processed := zone("raw"), zone("staging"), zone("processed")
	for _, r := range []wt.Result{First, Second} {
		r.Digest = publishRaw(t, raw, r)
		publishStaging(t, staging, r)
		wt.Publish(t, processed, 1, r)
	}
	raised, newer := First, First
	raised.Rank, raised.Refused = lake.Rank{Contract: 1, Source: 2, Key: 1}, true
	wt.Publish(t, zone("processed-raised"), 1, raised)
	newer.Rank = wt.Rank(9999)
	wt.Publish(t, zone("processed-newer"), 1, newer)
	for _, r := range fridays() {
		wt.Publish(t, zone("processed-expected"), 1, r)
	}
	wt.Publish(t, zone("processed-corrected"), 1, correctedFriday())
	asked := Third
	asked.Digest = publishRaw(t, raw, asked)
	publishStaging(t, staging, asked)
	wt.Publish(t, zone("processed-absent"), 1, asked)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// publishRaw writes a reading whose records are told apart by their names, and returns its manifest's SHA-256.
func publishRaw(t testing.TB, z *lake.Zone, r wt.Result) string {
	t.Helper()
	a := z.Begin(r.ReadAt, func() time.Time { return r.ReadAt })
	in := r.Input()
	m := lake.Reading{
		Version: lake.Version, Reading: in.Reading, Source: r.Source, Day: r.Day, By: in.By, StartedAt: r.ReadAt, FinishedAt: r.ReadAt,
		Sweeps: 1, Stable: !r.Unstable, Counts: map[string]lake.RawCounts{}, Program: "test",
	}
	for kind, n := range in.Counts {
		m.Counts[kind] = lake.RawCounts{Listed: n.Received + n.Absent, Received: n.Received, Absent: n.Absent}
		for line := int64(1); line <= n.Received+n.Absent; line++ { // an object a line
			w, err := a.NewObject(kind, in.Reading+"/", "ndjson.zst")
			check(t, err)
			packed, err := zstd.NewWriter(w)
			check(t, err)
			record := fmt.Sprintf(`{"note": "planted-body %s %d"}`, kind, line)
			request := fmt.Sprintf("request-%s-%d", r.Name, line)
			text := lake.AppendLine(nil, kind, request, r.ReadAt, []byte(record))
			if i := slices.IndexFunc(r.Absences(), func(a reservation.Absence) bool { return a.Kind == kind && a.Line == line }); i >= 0 {
				text = lake.AppendAbsent(nil, kind, request, r.ReadAt, r.Absent[i].ID)
			}
			_, err = packed.Write(text)
			check(t, err)
			check(t, packed.Close())
			o, err := w.Commit(t.Context(), 1, line)
			check(t, err)
			m.Objects = append(m.Objects, o)
		}
	}
	key := lake.ManifestKey(r.ID())
	_, err := a.Publish(t.Context(), key, m)
	check(t, err)
	found, err := lake.Read[lake.Reading](t.Context(), z, key)
	check(t, err)
	return found.SHA256
}

func publishStaging(t testing.TB, z *lake.Zone, r wt.Result) {
	t.Helper()
	a := z.Begin(r.ReadAt, func() time.Time { return r.ReadAt })
	in := r.Input()
	m := lake.Result{
		Version: lake.Version, Reading: in.Reading, Source: r.Source, Day: r.Day, By: in.By, Rank: r.Rank, Input: r.Digest,
		Stable: in.Stable, ReadAt: r.ReadAt, Counts: in.Counts, Erasures: in.Erasures, WrittenAt: r.ReadAt, Program: "test",
	}
	reservations, customers, erasures := r.Rows()
	prefix := in.Reading + "/" + r.Rank.String() + "/"
	refusals := make([]reservation.Refusal, r.Quarantined[reservation.KindReservation])
	for i := range refusals {
		refusals[i] = reservation.Refusal{Reading: in.Reading, Kind: reservation.KindReservation, Line: 3, Reason: reservation.ReasonRange}
	}
	m.Objects = put(t, a, m.Objects, reservation.KindReservation, prefix, reservations)
	m.Objects = put(t, a, m.Objects, reservation.KindCustomer, prefix, customers)
	m.Objects = put(t, a, m.Objects, lake.KindErasure, prefix, erasures)
	m.Objects = put(t, a, m.Objects, lake.KindQuarantine, prefix, refusals)
	m.Objects = put(t, a, m.Objects, lake.KindAbsence, prefix, r.Absences())
	_, err := a.Publish(t.Context(), in.Result, m)
	check(t, err)
}

func put[T any](t testing.TB, a *lake.Attempt, to []lake.Object, kind, prefix string, all []T) []lake.Object {
	t.Helper()
	w := parquetrows.NewWriter[T](a, kind, prefix)
	defer w.Abort()
	check(t, w.Write(all))
	to, err := w.Close(t.Context(), to)
	check(t, err)
	return to
}
