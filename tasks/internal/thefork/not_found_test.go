package thefork_test

import (
	"testing"

	"covers/tasks/internal/reservation"
	"covers/tasks/internal/thefork"
)

func TestNotFound(t *testing.T) {
	for code, want := range map[string][2]bool{ // of a reservation, of a customer
		"RESERVATION_NOT_FOUND": {true, true}, "CUSTOMER_NOT_FOUND": {false, true}, "": {false, false}, "GONE": {false, false},
	} {
		got := [2]bool{thefork.NotFound(reservation.KindReservation, code), thefork.NotFound(reservation.KindCustomer, code)}
		if got != want {
			t.Errorf("%q: %v", code, got)
		}
	}
}
