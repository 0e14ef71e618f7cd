package main

import (
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// makeWarehouse leaves a warehouse below a folder that knows the guest "planted": two bookings and an observation.
func makeWarehouse(t *testing.T, dir string) {
	t.Helper()
	at := time.Date(2026, 3, 28, 1, 0, 0, 0, time.UTC)
	zone, err := lake.Open(t.Context(), "file://"+dir+"/world")
	if err != nil {
		t.Fatal(err)
	}
	defer zone.Close()
	wt.Publish(t, zone, 1, wt.Result{
		Source: "opentable/101", Day: "2026-03-27", Name: "00000001", Rank: wt.Rank(1), ReadAt: at,
		Reservations: []reservation.Reservation{wt.Booking(1, 1, "planted"), wt.Booking(2, 1, "planted")},
		Customers:    []reservation.Customer{wt.Guest("planted", 1)},
	})
	w, err := warehouse.Open(t.Context(), "duckdb://"+dir+"/covers.duckdb", warehouse.ReadWrite)
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
