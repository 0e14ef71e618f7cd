package main

import (
	"testing"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

func openTestZone(t *testing.T, dir, name string) *lake.Zone {
	t.Helper()
	z, err := lake.Open(t.Context(), machine.This(), "file://"+dir+"/"+name)
	wt.Check(t, err)
	t.Cleanup(func() { _ = z.Close() })
	return z
}

// makeWarehouse leaves a warehouse below a folder that knows the guest "planted": two bookings and an observation.
func makeWarehouse(t *testing.T, dir string) {
	t.Helper()
	at := time.Date(2026, 3, 28, 1, 0, 0, 0, time.UTC)
	zone := openTestZone(t, dir, "world")
	wt.Publish(t, zone, 1, wt.Result{
		Source: "opentable/101", Day: "2026-03-27", Name: "00000001", Rank: wt.Rank(1), ReadAt: at,
		Reservations: []reservation.Reservation{wt.Booking(1, 1, "planted"), wt.Booking(2, 1, "planted")},
		Customers:    []reservation.Customer{wt.Guest("planted", 1)},
	})
	load(t, dir, zone, at)
}

// makeLake leaves two readings below a folder, and what was made of them: on the 27th of two guests, "planted" with two bookings
// and "other" with one, on the 28th of "other" alone. In raw every line has an object of its own.
func makeLake(t *testing.T, dir string) {
	t.Helper()
	at := time.Date(2020, 3, 29, 1, 0, 0, 0, time.UTC)
	publishAndLoad(t, dir, 1, at.Add(3*time.Hour), wt.Result{
		Source: "opentable/101",
		Day:    "2020-03-27",
		Name:   "00000001",
		Rank:   wt.Rank(1),
		ReadAt: at,
		Reservations: []reservation.Reservation{
			wt.Booking(1, 1, "planted"),
			wt.Booking(2, 1, "other"),
			wt.Booking(3, 1, "planted"),
		},
		Customers: []reservation.Customer{wt.Guest("other", 1), wt.Guest("planted", 1)},
	}, wt.Result{
		Source: "opentable/101", Day: "2020-03-28", Name: "00000002", Rank: wt.Rank(1), ReadAt: at,
		Reservations: []reservation.Reservation{wt.Booking(2, 2, "other")},
	})
}

// makeHeld leaves two readings, and what was made of them: in the first are two guests with a booking each, the second asks to
// forget both, which is held.
func makeHeld(t *testing.T, dir string) {
	t.Helper()
	at := time.Date(2026, 3, 28, 1, 0, 0, 0, time.UTC)
	publishAndLoad(t, dir, 1000, at.AddDate(0, 0, 1).Add(3*time.Hour), wt.Result{
		Source: "opentable/101", Day: "2026-03-27", Name: "00000001", Rank: wt.Rank(1), ReadAt: at,
		Reservations: []reservation.Reservation{wt.Booking(1, 1, "planted"), wt.Booking(2, 1, "other")},
		Customers:    []reservation.Customer{wt.Guest("planted", 1), wt.Guest("other", 1)},
	}, wt.Result{
		Source: "opentable/101", Day: "2026-03-28", Name: "00000002", Rank: wt.Rank(1), ReadAt: at.AddDate(0, 0, 1),
		Erasures: []reservation.Erasure{wt.Erase("planted"), wt.Erase("other")}, Held: "2 of 2 guests ask to be forgotten",
	})
}

// makeTwoDays leaves the readings of wt.TwoDays in every stage.
func makeTwoDays(t *testing.T, dir string) {
	t.Helper()
	first, second := wt.TwoDays()
	publishAndLoad(t, dir, 1000, second.ReadAt.Add(3*time.Hour), first, second)
}

func publishAndLoad(t *testing.T, dir string, lines int, at time.Time, results ...wt.Result) {
	t.Helper()
	raw, staging, processed := openTestZone(t, dir, "raw"), openTestZone(t, dir, "staging"), openTestZone(t, dir, "processed")
	for _, r := range results {
		wt.PublishRaw(t, raw, lines, &r)
		wt.PublishStaging(t, staging, &r)
		wt.Publish(t, processed, 1, r)
	}
	load(t, dir, processed, at)
}

// load loads a processed zone into the folder's warehouse.
func load(t *testing.T, dir string, processed *lake.Zone, at time.Time) {
	t.Helper()
	w, err := warehouse.Open(t.Context(), machine.This(), "duckdb://"+dir+"/covers.duckdb", warehouse.ReadWrite)
	wt.Check(t, err)
	_, err = w.Load(
		t.Context(),
		warehouse.LoadOptions{Processed: processed, Revision: 9, Program: "test", Now: func() time.Time { return at }},
	)
	wt.Check(t, err)
	wt.Check(t, w.Close())
}

// The tokens of ana.nunez@example.org and +44 20 7946 0999 under the scripts' key, as openssl makes them: half of an
// HMAC-SHA-256 of the kind, a zero byte and the value.
const anaEmail, anaPhone = "k1:04efbd39bbc240b2069dcbbbebbf69d5", "k1:f1dbcc186056fe160dcbbab1d4e6d2d5"

// makePerson leaves two readings: Ana is a guest of a restaurant at OpenTable, with two bookings, and of the group at TheFork,
// and Ben is another guest.
func makePerson(t *testing.T, dir string) {
	t.Helper()
	at := time.Date(2020, 3, 29, 1, 0, 0, 0, time.UTC)
	ana, ben, group := wt.Guest("1001-ana", 1), wt.Guest("1001-ben", 1), wt.Guest("7a1d3c90", 1)
	ana.EmailToken, ben.EmailToken = wt.Text(anaEmail), wt.Text("k1:ben")
	group.Platform, group.RestaurantID, group.EmailToken, group.PhoneToken = reservation.TheFork, nil, wt.Text(anaEmail),
		wt.Text(anaPhone)
	publishAndLoad(t, dir, 1, at.Add(3*time.Hour), wt.Result{
		Source: "opentable/101", Day: "2020-03-27", Name: "00000001", Rank: wt.Rank(1), ReadAt: at,
		Reservations: []reservation.Reservation{
			wt.Booking(1, 1, "1001-ana"), wt.Booking(2, 1, "1001-ben"), wt.Booking(3, 1, "1001-ana"),
		},
		Customers: []reservation.Customer{ana, ben},
	}, wt.Result{
		Source: "thefork/group-main", Day: "2020-03-27", Name: "00000002", Rank: wt.Rank(1), ReadAt: at,
		Customers: []reservation.Customer{group},
	})
}
