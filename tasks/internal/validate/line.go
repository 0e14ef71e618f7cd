package validate

import (
	"errors"
	"fmt"

	"github.com/valyala/fastjson"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
)

// place is where a record is in raw.
type place struct {
	object     lake.Object
	objectLine int64 // from 1
	line       int64 // among the reading's lines of the kind, from 1
}

// kindCounts are how many records of one kind there are.
type kindCounts struct {
	accepted, quarantined int64
	absent                int64 // these are no records
	reasons               map[string]int64
}

// line validates one raw line: it adds a row to its stream, or the reasons against it to the quarantine's. A line that says that
// a record is absent is our own and nothing of the platform's, so that a broken one is an error.
func (d *derivation) line(at place, line lake.Line) error {
	if line.TooLong || record.TooManyValues(line.Bytes) {
		d.in.RefuseWhole(reservation.ReasonTooLarge, "at most 1 MiB and 50,000 values")
		d.refuse(at)
		return nil
	}
	l, err := lake.ParseLine(line.Bytes)
	whole := err == nil && string(l.Kind) == at.object.Kind
	if l.Absent != "" || errors.Is(err, lake.ErrInPlace) {
		return d.absent(at, l, whole)
	}
	if !whole {
		d.in.RefuseWhole(reservation.ReasonNotJSON, "a line of its kind with the time of its reading")
		d.refuse(at)
		return nil
	}
	rec := d.in.Parse(l.Record)
	if rec == nil {
		d.refuse(at)
		return nil
	}
	valid := record.ValidText(line.Bytes)
	origin := reservation.Origin{Reading: d.reading.Reading, Line: at.line, ReadAt: l.ReadAt.UnixMicro()}
	if at.object.Kind == reservation.KindReservation {
		d.reservation(at, rec, origin, valid)
	} else {
		d.customer(at, rec, origin, valid)
	}
	return nil
}

// absent adds what a line says to be absent. Ids stand in the warehouse as the platforms have them.
func (d *derivation) absent(at place, l lake.RawLine, whole bool) error {
	if !whole || !record.IsID(l.Absent) {
		return fmt.Errorf("line %d says that something is absent and is not such a line of its kind, with an id", at.objectLine)
	}
	*d.absences.next() = reservation.Absence{
		Reading: d.reading.Reading, Line: at.line, Platform: d.o.Source.Platform, Source: d.o.Source.ID,
		Kind: at.object.Kind, ID: l.Absent, ReadAt: l.ReadAt.UnixMicro(),
	}
	d.counts[at.object.Kind].absent++
	return nil
}

func (d *derivation) reservation(at place, rec *fastjson.Value, origin reservation.Origin, valid bool) {
	row := d.reservations.next()
	row.Origin = origin
	d.mapper.Reservation(rec, row)
	if d.refused(at, valid) {
		d.reservations.takeBack()
		return
	}
	row.Digest = d.in.Arena.Copy(d.digest.Reservation(row))
	d.profile.Reservation(row)
	d.counts[at.object.Kind].accepted++
}

func (d *derivation) customer(at place, rec *fastjson.Value, origin reservation.Origin, valid bool) {
	row := d.customers.next()
	row.Origin = origin
	d.mapper.Customer(rec, row)
	if row.Forgotten && row.CustomerID != "" { // counts whether or not the rest of the record is in order
		*d.erasures.next() = reservation.Erasure{
			Reading: origin.Reading, Line: at.line, Platform: row.Platform, CustomerID: row.CustomerID,
		}
	}
	if d.refused(at, valid) {
		d.customers.takeBack()
		return
	}
	row.Digest = d.in.Arena.Copy(d.digest.Customer(row))
	d.profile.Customer(row)
	d.counts[at.object.Kind].accepted++
}

// refused puts the record in quarantine where it has problems, and reports whether it has. Broken text makes every other finding
// doubtful, so that it is then the one reason.
func (d *derivation) refused(at place, valid bool) bool {
	if !valid {
		d.in.RefuseWhole(reservation.ReasonEncoding, "valid UTF-8 and whole escapes")
	}
	if len(d.in.Problems) == 0 {
		return false
	}
	d.refuse(at)
	return true
}

func (d *derivation) refuse(at place) {
	n := d.counts[at.object.Kind]
	n.quarantined++
	seen := map[string]bool{}
	for _, p := range d.in.Problems {
		if !seen[p.Reason] {
			seen[p.Reason] = true
			n.reasons[p.Reason]++
		}
		*d.refusals.next() = reservation.Refusal{
			Reading: d.reading.Reading, Kind: at.object.Kind, Line: at.line,
			Object: at.object.Key, ObjectLine: at.objectLine,
			Reason: p.Reason, Field: p.Field, Rule: p.Rule,
		}
	}
}
