// Package loadtest makes the zones of a small world for tests of loads: a booking that is read on two days, and what is asked of
// it later. Start with World.
package loadtest

import (
	"fmt"
	"testing"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
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
			Source: "opentable/101", Day: day.Format(time.DateOnly), By: lake.ByServiceDate, Name: fmt.Sprintf("0000005%d", week),
			Rank: wt.Rank(1), ReadAt: day.AddDate(0, 0, 1).Add(6 * time.Hour),
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
// reading once more, refused at a higher rank, in processed-newer at the rank of a newer contract,
// in processed-forged at one of a source's revision that no settings give, in processed-absent the Third.
func World(t testing.TB, dir string) {
	t.Helper()
	zone := func(name string) *lake.Zone {
		z, err := lake.Open(t.Context(), machine.This(), "file://"+dir+"/"+name)
		wt.Check(t, err)
		return z
	}
	raw, staging, processed := zone("raw"), zone("staging"), zone("processed")
	for _, r := range []wt.Result{First, Second} {
		wt.PublishRaw(t, raw, 1, &r)
		wt.PublishStaging(t, staging, &r)
		wt.Publish(t, processed, 1, r)
	}
	raised, newer, forged := First, First, First
	forged.Rank = lake.Rank{Contract: 1, Source: 9999, Key: 1}
	wt.Publish(t, zone("processed-forged"), 1, forged)
	raised.Rank, raised.Refused = lake.Rank{Contract: 1, Source: 1, Key: 2}, true
	wt.Publish(t, zone("processed-raised"), 1, raised)
	newer.Rank = wt.Rank(9999)
	wt.Publish(t, zone("processed-newer"), 1, newer)
	for _, r := range fridays() {
		wt.Publish(t, zone("processed-expected"), 1, r)
	}
	wt.Publish(t, zone("processed-corrected"), 1, correctedFriday())
	asked := Third
	wt.PublishRaw(t, raw, 1, &asked)
	wt.PublishStaging(t, staging, &asked)
	wt.Publish(t, zone("processed-absent"), 1, asked)
}
