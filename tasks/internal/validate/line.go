package validate

import (
	"errors"
	"fmt"
	"strings"

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
	accepted, quarantined, merged int64
	absent, unread                int64 // these are no records
	reasons                       map[string]int64
	noted                         int64 // of those accepted or merged
	notes                         map[fieldNote]int64
}

// fieldNote is why a field was left out.
type fieldNote struct{ reason, field string }

// noteCounts returns the notes as a manifest has them; nil where there are none.
func (n *kindCounts) noteCounts() map[string]int64 {
	if len(n.notes) == 0 {
		return nil
	}
	counts := map[string]int64{}
	for note, records := range n.notes {
		counts[strings.TrimSpace(note.reason+" "+note.field)] += records
	}
	return counts
}

// line validates one raw line: it adds a row to its stream, or the reasons against it to the quarantine's. A line in the place
// of a record is our own and nothing of the platform's, so that a broken one is an error.
func (d *derivation) line(at place, line lake.Line) error {
	if line.TooLong || record.TooManyValues(line.Bytes) {
		d.in.RefuseWhole(reservation.ReasonTooLarge, "at most 1 MiB and 50,000 values")
		d.refuse(at)
		return nil
	}
	l, err := lake.ParseLine(line.Bytes)
	whole := err == nil && string(l.Kind) == at.object.Kind
	if l.InPlace() || errors.Is(err, lake.ErrInPlace) {
		return d.inPlace(at, l, whole)
	}
	if !whole {
		d.in.RefuseWhole(reservation.ReasonNotJSON, "a line of its kind with the time of its reading")
		d.refuse(at)
		return nil
	}
	d.in.Asked = l.Asked
	rec := d.in.Parse(l.Record)
	if rec == nil {
		d.refuse(at)
		return nil
	}
	origin := reservation.Origin{Reading: d.reading.Reading, Line: at.line, ReadAt: l.ReadAt.UnixMicro()}
	switch {
	case at.object.Kind == reservation.KindReservation:
		d.reservation(at, rec, origin)
	case !d.merge(at, rec, origin):
		d.customer(at, rec, origin)
	}
	return nil
}

// inPlace adds what a line says to be absent, or not read. Ids stand in the warehouse as the platforms have them.
func (d *derivation) inPlace(at place, l lake.RawLine, whole bool) error {
	switch {
	case !whole || l.Unread == "" && !record.IsID(l.Absent):
		return fmt.Errorf("line %d says that a record is absent or was not read and is not such a line of its kind, with an id",
			at.objectLine)
	case l.Unread != "":
		d.counts[at.object.Kind].unread++
		d.quarantine(at, record.Problem{Reason: reservation.ReasonUnread, Rule: l.Why}, false)
	default:
		*d.absences[at.object.Kind].next() = reservation.Absence{
			Reading: d.reading.Reading, Line: at.line, Platform: d.o.Source.Platform, Source: d.o.Source.ID,
			Kind: at.object.Kind, ID: l.Absent, ReadAt: l.ReadAt.UnixMicro(),
		}
		d.counts[at.object.Kind].absent++
	}
	return nil
}

func (d *derivation) reservation(at place, rec *record.Value, origin reservation.Origin) {
	row := d.reservations.next()
	row.Origin = origin
	d.mapper.Reservation(rec, row)
	if d.refused(at) {
		d.reservations.takeBack()
		return
	}
	row.Digest = d.in.Arena.Copy(d.digest.Reservation(row))
	d.profile.Reservation(row)
	d.counts[at.object.Kind].accepted++
}

// merge adds a record that says that a guest is another's now, and reports whether it is one.
func (d *derivation) merge(at place, rec *record.Value, origin reservation.Origin) bool {
	row := d.merges.next()
	if !d.mapper.Merge(rec, row) {
		d.merges.takeBack()
		return false
	}
	row.Reading, row.Line, row.ReadAt = origin.Reading, origin.Line, origin.ReadAt
	row.Platform, row.Source = d.o.Source.Platform, d.o.Source.ID
	d.erase(origin, row.CustomerID, d.mapper.Forgotten(rec))
	if d.refused(at) {
		d.merges.takeBack()
		return true
	}
	d.counts[at.object.Kind].merged++
	return true
}

func (d *derivation) customer(at place, rec *record.Value, origin reservation.Origin) {
	row := d.customers.next()
	row.Origin = origin
	d.mapper.Customer(rec, row)
	d.erase(origin, row.CustomerID, row.Forgotten) // counts whether or not the rest of the record is in order
	if d.refused(at) {
		d.customers.takeBack()
		return
	}
	row.Digest = d.in.Arena.Copy(d.digest.Customer(row))
	d.profile.Customer(row)
	d.counts[at.object.Kind].accepted++
}

// erase adds a request to forget a guest, where it is one and says whom.
func (d *derivation) erase(origin reservation.Origin, id string, forgotten bool) {
	if forgotten && id != "" {
		*d.erasures.next() = reservation.Erasure{
			Reading: origin.Reading, Line: origin.Line, Platform: d.o.Source.Platform, CustomerID: id,
		}
	}
}

// refused puts the record in quarantine where it has problems, and reports whether it has. Of one without, it adds what was
// noted.
func (d *derivation) refused(at place) bool {
	if len(d.in.Problems) > 0 {
		d.refuse(at)
		return true
	}
	if len(d.in.Notes) == 0 {
		return false
	}
	n := d.counts[at.object.Kind]
	n.noted++
	for _, p := range d.in.Notes {
		n.notes[fieldNote{p.Reason, p.Field}]++
		d.quarantine(at, p, true)
	}
	return false
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
		d.quarantine(at, p, false)
	}
}

// quarantine adds a row to the quarantine, of a record that is refused or went in without a field.
func (d *derivation) quarantine(at place, p record.Problem, noted bool) {
	*d.refusals.next() = reservation.Refusal{
		Reading: d.reading.Reading, Kind: at.object.Kind, Line: at.line,
		Object: at.object.Key, ObjectLine: at.objectLine,
		Reason: p.Reason, Field: p.Field, Rule: p.Rule, Noted: noted,
	}
}
