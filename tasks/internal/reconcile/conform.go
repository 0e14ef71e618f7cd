package reconcile

import (
	"slices"
	"strings"
	"time"

	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
)

// conformed is a record as far as it is compared.
type conformed struct {
	id        string
	clock     Clock
	digest    string // of a booking, or of a guest without what a token key decides
	date      string // of a booking; empty where it has none
	forgotten bool   // a guest who is to be
	merged    bool   // a guest whose record the platform keeps no more
	survivor  string // into whom; empty where the platform names none
	refused   bool
}

// conform maps a record as validation does, one that was asked for by its id with that id. Of a record that is refused it
// returns as much as could be read.
func (c *comparison) conform(kind, asked string, raw []byte) (out conformed) {
	if len(raw) > record.MaxBytes || record.TooManyValues(raw) {
		return conformed{refused: true}
	}
	defer c.in.Arena.Reset()
	rec := c.in.Parse(raw)
	if rec == nil {
		return conformed{refused: true}
	}
	c.in.Asked = asked
	if kind == reservation.KindReservation {
		var row reservation.Reservation
		c.mapper.Reservation(rec, &row)
		out = conformed{id: row.ReservationID, clock: Clock{row.ClockEpoch, row.Clock}}
		out.digest = string(c.digester.Reservation(&row))
		if row.ServiceDate != nil {
			out.date = day(time.Unix(int64(*row.ServiceDate)*86400, 0).UTC())
		}
	} else {
		out = c.conformGuest(rec)
	}
	out.id = strings.Clone(out.id) // it was the arena's
	out.refused = len(c.in.Problems) > 0
	return out
}

// conformGuest maps a guest's record, or one that says that the guest is another now.
func (c *comparison) conformGuest(rec *record.Value) conformed {
	var merge reservation.Merge
	var row reservation.Customer
	if !c.mapper.Merge(rec, &merge) {
		c.mapper.Customer(rec, &row)
		return conformed{
			id: row.CustomerID, clock: Clock{row.ClockEpoch, row.Clock}, forgotten: row.Forgotten,
			digest: string(c.digester.Keyless(&row)),
		}
	}
	out := conformed{id: merge.CustomerID, merged: true}
	if merge.SurvivorID != nil {
		out.survivor = strings.Clone(*merge.SurvivorID)
	}
	problems := slices.Clone(c.in.Problems) // what such a record lacks of a guest's is none of its own
	c.mapper.Customer(rec, &row)
	c.in.Problems, out.forgotten = problems, row.Forgotten
	return out
}
