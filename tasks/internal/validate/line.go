package validate

import (
	"errors"
	"fmt"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/quality"
	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
)

// checker checks lines, a part at a time. There is one for each goroutine that does.
type checker struct {
	o       Options
	reading string
	parser  lake.LineParser
	in      *record.Reader
	mapper  platforms.Mapper
	digest  reservation.Digester
	counts  map[string]*kindCounts
	profile *quality.Tally

	part *part // that is being checked
}

func newChecker(o Options, reading lake.Reading, profile *quality.Tally) (*checker, error) {
	in := &record.Reader{}
	mapper, err := platforms.NewMapper(o.Source, o.Key.Clone(), in)
	if err != nil {
		return nil, err
	}
	return &checker{o: o, reading: reading.Reading, in: in, mapper: mapper, counts: newCounts(reading), profile: profile}, nil
}

// check checks the lines of a part. A record with its problems is the part's; what ends the work is its error.
func (c *checker) check(p *part) {
	c.part, c.in.Arena = p, p.arena
	defer func() { p.arena = c.in.Arena }()
	if p.block.TooLong {
		p.err = c.line(p.place(0), nil, true)
		p.lines = 1
		return
	}
	for rest := p.block.Bytes; len(rest) > 0 && p.err == nil; p.lines++ {
		var line []byte
		var tooLong bool
		line, rest, tooLong = lake.TakeLine(rest, record.MaxBytes)
		p.err = c.line(p.place(p.lines), line, tooLong)
	}
}

// place is where a record is in raw.
type place struct {
	object     *lake.Object
	objectLine int64 // from 1
	line       int64 // among the reading's lines of the kind, from 1
}

// place returns where the part's n-th line is, from 0.
func (p *part) place(n int64) place {
	objectLine := p.block.First + n
	return place{object: &p.object, objectLine: objectLine, line: p.object.FirstLine + objectLine - 1}
}

// line validates one raw line: it adds a row to its stream, or the reasons against it to the quarantine's. A line in the place
// of a record is our own and nothing of the platform's, so that a broken one is an error.
func (c *checker) line(at place, line []byte, tooLong bool) error {
	if tooLong || record.TooManyValues(line) {
		c.in.RefuseWhole(reservation.ReasonTooLarge, "at most 1 MiB and 50,000 values")
		c.refuse(at)
		return nil
	}
	l, err := c.parser.Parse(line)
	whole := err == nil && string(l.Kind) == at.object.Kind
	if l.InPlace() || errors.Is(err, lake.ErrInPlace) {
		return c.inPlace(at, l, whole)
	}
	if !whole {
		c.in.RefuseWhole(reservation.ReasonNotJSON, "a line of its kind with the time of its reading")
		c.refuse(at)
		return nil
	}
	c.in.Asked = l.Asked
	rec := c.in.Parse(l.Record)
	if rec == nil {
		c.refuse(at)
		return nil
	}
	origin := reservation.Origin{Reading: c.reading, Line: at.line, ReadAt: l.ReadAt.UnixMicro()}
	switch {
	case at.object.Kind == reservation.KindReservation:
		c.reservation(at, rec, origin)
	case !c.merge(at, rec, origin):
		c.customer(at, rec, origin)
	}
	return nil
}

// inPlace adds what a line says to be absent, or not read. Ids stand in the warehouse as the platforms have them.
func (c *checker) inPlace(at place, l lake.RawLine, whole bool) error {
	switch {
	case !whole || l.Unread == "" && !record.IsID(l.Absent):
		return fmt.Errorf("line %d says that a record is absent or was not read and is not such a line of its kind, with an id",
			at.objectLine)
	case l.Unread != "":
		c.counts[at.object.Kind].unread++
		c.quarantine(at, record.Problem{Reason: reservation.ReasonUnread, Rule: l.Why}, false)
	default:
		*c.part.absences.next() = reservation.Absence{
			Reading: c.reading, Line: at.line, Platform: c.o.Source.Platform, Source: c.o.Source.ID,
			Kind: at.object.Kind, ID: l.Absent, ReadAt: l.ReadAt.UnixMicro(),
		}
		c.counts[at.object.Kind].absent++
	}
	return nil
}

func (c *checker) reservation(at place, rec *record.Value, origin reservation.Origin) {
	row := c.part.reservations.next()
	row.Origin = origin
	c.mapper.Reservation(rec, row)
	if c.refused(at) {
		c.part.reservations.takeBack()
		return
	}
	row.Digest = c.in.Arena.Copy(c.digest.Reservation(row))
	c.profile.Reservation(row)
	if row.CustomerID != nil && c.o.forgotten.Has(row.Platform, *row.CustomerID) {
		row.Erase()
	}
	c.counts[at.object.Kind].accepted++
}

// merge adds a record that says that a guest is another's now, and reports whether it is one.
func (c *checker) merge(at place, rec *record.Value, origin reservation.Origin) bool {
	row := c.part.merges.next()
	if !c.mapper.Merge(rec, row) {
		c.part.merges.takeBack()
		return false
	}
	row.Reading, row.Line, row.ReadAt = origin.Reading, origin.Line, origin.ReadAt
	row.Platform, row.Source = c.o.Source.Platform, c.o.Source.ID
	c.erase(origin, row.CustomerID, c.mapper.Forgotten(rec))
	if c.refused(at) {
		c.part.merges.takeBack()
		return true
	}
	c.counts[at.object.Kind].merged++
	return true
}

func (c *checker) customer(at place, rec *record.Value, origin reservation.Origin) {
	row := c.part.customers.next()
	row.Origin = origin
	c.mapper.Customer(rec, row)
	c.erase(origin, row.CustomerID, row.Forgotten) // counts whether or not the rest of the record is in order
	if c.refused(at) {
		c.part.customers.takeBack()
		return
	}
	row.Digest = c.in.Arena.Copy(c.digest.Customer(row))
	c.profile.Customer(row)
	if c.o.forgotten.Has(row.Platform, row.CustomerID) {
		row.Erase()
	}
	c.counts[at.object.Kind].accepted++
}

// erase adds a request to forget a guest, where it is one and says whom: a guest of the source's own. Another restaurant's
// guest is not this source's to erase, whatever its records say.
func (c *checker) erase(origin reservation.Origin, id string, forgotten bool) {
	if forgotten && id != "" && c.mapper.Own(id) {
		*c.part.erasures.next() = reservation.Erasure{
			Reading: origin.Reading, Line: origin.Line, Platform: c.o.Source.Platform, CustomerID: id,
		}
	}
}

// refused puts the record in quarantine where it has problems, and reports whether it has. Of one without, it adds what was
// noted.
func (c *checker) refused(at place) bool {
	if len(c.in.Problems) > 0 {
		c.refuse(at)
		return true
	}
	if len(c.in.Notes) == 0 {
		return false
	}
	n := c.counts[at.object.Kind]
	n.noted++
	for _, p := range c.in.Notes {
		n.notes[fieldNote{p.Reason, p.Field}]++
		c.quarantine(at, p, true)
	}
	return false
}

func (c *checker) refuse(at place) {
	n := c.counts[at.object.Kind]
	n.quarantined++
	seen := map[string]bool{}
	for _, p := range c.in.Problems {
		if !seen[p.Reason] {
			seen[p.Reason] = true
			n.reasons[p.Reason]++
		}
		c.quarantine(at, p, false)
	}
}

// quarantine adds a row to the quarantine, of a record that is refused or went in without a field.
func (c *checker) quarantine(at place, p record.Problem, noted bool) {
	*c.part.refusals.next() = reservation.Refusal{
		Reading: c.reading, Kind: at.object.Kind, Line: at.line,
		Object: at.object.Key, ObjectLine: at.objectLine,
		Reason: p.Reason, Field: p.Field, Rule: p.Rule, Noted: noted,
	}
}
