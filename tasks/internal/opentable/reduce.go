package opentable

import (
	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
)

// Reductions say what is left of records whose guest is erased on demand, by kind. Of a booking that is what the mapper reads,
// but for the guest; of a guest the id, the clock, what a request to be forgotten says, and of a merge which guest is meant.
var Reductions = map[string]record.Reduction{
	reservation.KindReservation: {Guest: "guest_id", Kept: []string{
		"id", "rid", "sequence_id", "state", "party_size", "origin", "table_category",
		"created_date", "created_date_utc", "updated_at", "updated_at_utc", "scheduled_time", "scheduled_time_utc",
		"arrived_time", "arrived_time_utc", "seated_time", "seated_time_utc", "done_time", "done_time_utc",
		"currency_code", "currency_denominator", "pos_data", "experience_details", "deposit", "marketing_opted_out",
	}},
	reservation.KindCustomer: {Guest: "id", Kept: []string{
		"id", "rid", "sequence_id", "updated_at", "updated_at_utc", "forgotten", "archived", "primary_guest",
	}},
}
