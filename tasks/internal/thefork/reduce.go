package thefork

import (
	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
)

// Reductions say what is left of records whose guest is erased on demand, by kind. Of a booking that is what the mapper reads,
// but for the guest; of a guest the id and the clock.
var Reductions = map[string]record.Reduction{
	reservation.KindReservation: {Guest: "customerUuid", Kept: []string{
		"reservationUuid", "restaurantUuid", "mealDate", "partySize", "status", "mealStatus", "reservationChannel", "createdAt",
		"updatedAt", "offerUuid", "offerDetails", "billAmount",
	}},
	reservation.KindCustomer: {Guest: "customerUuid", Kept: []string{"customerUuid", "creationDate", "lastUpdateDate"}},
}
