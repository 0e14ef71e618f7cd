package reconcile

import (
	"strings"
	"time"

	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
)

// conformed is a record as far as it is compared.
type conformed struct {
	id        string
	clock     Clock
	digest    string // of a booking
	date      string // of a booking; empty where it has none
	forgotten bool   // a guest who is to be
	refused   bool
}

// conform maps a record as validation does. Of a record that is refused it returns as much as could be read.
func (c *comparison) conform(kind string, raw []byte) (out conformed) {
	if len(raw) > record.MaxBytes || record.TooManyValues(raw) {
		return conformed{refused: true}
	}
	defer c.in.Arena.Reset()
	rec := c.in.Parse(raw)
	if rec == nil {
		return conformed{refused: true}
	}
	if kind == reservation.KindReservation {
		var row reservation.Reservation
		c.mapper.Reservation(rec, &row)
		out = conformed{id: row.ReservationID, clock: Clock{row.ClockEpoch, row.Clock}}
		out.digest = string(c.digester.Reservation(&row))
		if row.ServiceDate != nil {
			out.date = day(time.Unix(int64(*row.ServiceDate)*86400, 0).UTC())
		}
	} else {
		var row reservation.Customer
		c.mapper.Customer(rec, &row)
		out = conformed{id: row.CustomerID, clock: Clock{row.ClockEpoch, row.Clock}, forgotten: row.Forgotten}
	}
	out.id = strings.Clone(out.id) // it was the arena's
	out.refused = len(c.in.Problems) > 0
	return out
}
