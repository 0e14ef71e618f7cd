package warehouse_test

import (
	"slices"
	"testing"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// What is held of a source is its own: not another restaurant's, date's or account's, and the current row alone.
func TestHeld(t *testing.T) {
	at := time.Date(2026, 3, 28, 1, 0, 0, 0, time.UTC)
	zone, err := lake.Open(t.Context(), machine.This(), "mem://held")
	if err != nil {
		t.Fatal(err)
	}
	defer zone.Close()
	other, later := wt.Booking(4, 1, ""), wt.Booking(3, 1, "")
	other.RestaurantID, later.ServiceDate = 102, wt.Day("2026-04-02")
	old := wt.Guest("old", 1)
	old.UpdatedAt = wt.Micros("2026-01-02T00:00:00")
	wt.Publish(t, zone, 1, wt.Result{
		Source: "opentable/101", Day: "2026-03-27", Name: "00000001", Rank: wt.Rank(1), ReadAt: at,
		Reservations: []reservation.Reservation{wt.Booking(2, 1, "erased"), wt.Booking(1, 1, ""), wt.Booking(1, 2, ""), later,
			other},
		Customers: []reservation.Customer{wt.Guest("a", 3), old, wt.Guest("erased", 5)},
		Erasures:  []reservation.Erasure{wt.Erase("erased")},
	}, wt.Result{
		Source: "opentable/102", Day: "2026-03-27", Name: "00000002", Rank: wt.Rank(1), ReadAt: at,
		Customers: []reservation.Customer{wt.Guest("of-102", 1)},
	})
	w, err := warehouse.Open(t.Context(), machine.This(), "duckdb://"+t.TempDir()+"/covers.duckdb", warehouse.ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.Load(t.Context(),
		warehouse.LoadOptions{Processed: zone, Revision: 1, Program: "test", Now: func() time.Time { return at }}); err != nil {
		t.Fatal(err)
	}
	var held []warehouse.Held
	gather := func(h warehouse.Held) {
		if (h.Digest == "") != (h.ID == "1001-2" || h.ID == "erased") {
			t.Errorf("%s has the digest %q", h.ID, h.Digest)
		}
		h.Digest = ""
		held = append(held, h)
	}
	if err := w.HeldReservations(t.Context(), reservation.OpenTable, 101, "2026-03-29", "2026-03-29", gather); err != nil {
		t.Fatal(err)
	}
	if want := []warehouse.Held{{ID: "1001-1", Epoch: 1, Clock: 2, Day: "2026-03-29"},
		{ID: "1001-2", Epoch: 1, Clock: 1, Day: "2026-03-29"}}; !slices.Equal(held, want) {
		t.Errorf("bookings %+v", held)
	}
	held = nil
	if err := w.HeldCustomers(t.Context(), reservation.OpenTable, "opentable/101", at.AddDate(0, 0, -7), at, gather); err != nil {
		t.Fatal(err)
	}
	if want := []warehouse.Held{
		{ID: "a", Epoch: 1, Clock: 3, ChangedAt: time.Date(2026, 3, 27, 9, 3, 0, 0, time.UTC)},
		{ID: "erased", Epoch: 1, Clock: 5},
	}; !slices.Equal(held, want) {
		t.Errorf("guests %+v", held)
	}
	var erased []string
	if err := w.ErasedGuests(t.Context(), reservation.OpenTable, func(id string) { erased = append(erased, id) }); err != nil ||
		!slices.Equal(erased, []string{"erased"}) {
		t.Errorf("erased %q, %v", erased, err)
	}
	for kind, ids := range map[string][]string{reservation.KindReservation: {"1001-3", "1001-9", "a"},
		reservation.KindCustomer: {"old", "1001-1"}} {
		found, err := w.HeldAmong(t.Context(), kind, reservation.OpenTable, ids)
		if err != nil || len(found) != 1 || found[0].ID != ids[0] || found[0].Clock != 1 || found[0].Digest == "" {
			t.Errorf("%s among %v: %+v, %v", kind, ids, found, err)
		}
	}
}
