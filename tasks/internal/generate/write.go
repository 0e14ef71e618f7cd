package generate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
)

// form is how a platform writes its records. Each function also notes in the line what the server finds the record by.
type form struct {
	booking  func(s *site, b standing, sequence int64, line *simulator.Line) (record any)
	card     func(s *site, c card, sequence int64, line *simulator.Line) (record any)
	numbered bool // records have a place in a sequence
}

var forms = map[string]form{
	reservation.OpenTable: {
		booking: func(s *site, b standing, sequence int64, line *simulator.Line) any {
			r := s.openTableReservation(b, sequence)
			line.ID, line.SequenceID, line.State, line.ConfirmationID = r.ID, r.SequenceID, r.State, r.ConfirmationID
			return r
		},
		card: func(s *site, c card, sequence int64, line *simulator.Line) any {
			line.SequenceID = sequence
			if c.archived {
				return s.openTableArchived(c)
			}
			return s.openTableGuest(c, sequence)
		},
		numbered: true,
	},
	reservation.TheFork: {
		booking: func(s *site, b standing, _ int64, line *simulator.Line) any {
			r := s.theForkReservation(b)
			line.ID, line.State = r.ReservationUUID, r.Status
			return r
		},
		card: func(s *site, c card, _ int64, _ *simulator.Line) any { return s.theForkCustomer(c) },
	},
}

// pen writes the records of one site and day.
type pen struct {
	*site
	changes
	sheet  *simulator.Writer
	record bytes.Buffer
	json   *json.Encoder
}

// write writes all records, in the order of their last change, and returns the day's highest sequence number.
func (s *site) write(ctx context.Context, c changes, sheet *simulator.Writer,
	shares map[string]float64) (sequence int64, err error) {
	if most := s.sequencesADay(); len(c.bookings)+len(c.cards) >= most {
		return 0, fault.New(fault.Usage, "choose another --seed or --records",
			"%s has more than %d records on %s, more than it has sequence numbers a day", s.src.ID, most-1, c.on)
	}
	p := &pen{site: s, changes: c, sheet: sheet}
	p.json = json.NewEncoder(&p.record)
	p.json.SetEscapeHTML(false)
	bookings, cards := p.sequences()
	if err := p.bookings(ctx, bookings, newSpoiler(target{s.src.Platform, reservation.KindReservation}, shares)); err != nil {
		return 0, err
	}
	if err := p.cards(ctx, cards, newSpoiler(target{s.src.Platform, reservation.KindCustomer}, shares)); err != nil {
		return 0, err
	}
	if !s.form.numbered {
		return 0, nil
	}
	return p.sequence(len(c.bookings) + len(c.cards)), nil
}

// sequencesADay is how many sequence numbers a day has, so many that no day has as many records. A day's begin above those of the
// day before. The gaps stand for events that nobody sees: a record shows the last of a day.
func (s *site) sequencesADay() int { return s.perDay*16 + 150 }

// sequence returns the n-th sequence number of the day, from 1.
func (p *pen) sequence(n int) int64 {
	return int64(p.on-dayOf(simulator.Epoch))*int64(p.sequencesADay()) + int64(n)
}

// sequences numbers bookings and cards together, in the order of their last change.
func (p *pen) sequences() (bookings, cards []int64) {
	bookings, cards = make([]int64, len(p.changes.bookings)), make([]int64, len(p.changes.cards))
	i, j := 0, 0
	for i+j < len(bookings)+len(cards) {
		n := p.sequence(i + j + 1)
		if j == len(cards) || i < len(bookings) && p.changes.bookings[i].updated <= p.changes.cards[j].updated {
			bookings[i] = n
			i++
		} else {
			cards[j] = n
			j++
		}
	}
	return bookings, cards
}

// clock returns an instant as the platform's records say it: OpenTable's have whole seconds.
func (s *site) clock(ms int64) int64 {
	if s.openTable() {
		ms -= ms % second
	}
	return ms
}

// follow brings a booking up to what became of its guest's record by the end of the day.
func (p *pen) follow(b *standing, c change) {
	b.updated = c.updated
	g, ok := p.standsFor(b.guest, p.on)
	b.forgotten = !ok
	if ok && p.merging == movingBookings {
		b.guest = g
	}
}

func (p *pen) bookings(ctx context.Context, sequences []int64, s spoiler) error {
	file, err := p.sheet.Kind(reservation.KindReservation)
	if err != nil {
		return err
	}
	for i, c := range p.changes.bookings {
		if i%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		booking := p.plan(p.sketch(c.cohort, c.index))
		b := standingOf(booking, booking.until(p.to))
		p.follow(&b, c)
		line := simulator.Line{
			UpdatedAt: p.clock(b.updated), ScheduledAt: b.meal,
			ScheduledLocal: time.UnixMilli(b.meal).In(p.src.Location).Format(opentable.LocalTime),
		}
		if b.guest != nobody {
			line.GuestID = p.guestID(b.guest)
		}
		record := p.form.booking(p.site, b, sequences[i], &line)
		if err := p.line(file, reservation.KindReservation, line, record, s); err != nil {
			return err
		}
	}
	return nil
}

func (p *pen) cards(ctx context.Context, sequences []int64, s spoiler) error {
	file, err := p.sheet.Kind(reservation.KindCustomer)
	if err != nil {
		return err
	}
	for i, c := range p.changes.cards {
		if i%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		line := simulator.Line{UpdatedAt: p.clock(c.updated), ID: p.guestID(c.guest)}
		record, spoils := p.form.card(p.site, c, sequences[i], &line), s
		if c.archived {
			spoils = spoiler{} // there is nothing left to spoil
		}
		if err := p.line(file, reservation.KindCustomer, line, record, spoils); err != nil {
			return err
		}
	}
	return nil
}

// line writes one record, spoilt or not, and its answer.
func (p *pen) line(file *simulator.FileWriter, kind string, line simulator.Line, record any, s spoiler) error {
	p.record.Reset()
	if err := p.json.Encode(record); err != nil {
		return fmt.Errorf("write a record: %w", err)
	}
	line.Record = bytes.TrimSuffix(p.record.Bytes(), []byte("\n"))
	key := mixText(mix2(p.key, uint64(p.on)), line.ID)
	spoilt, defect, expect, err := s.spoil(key, line.Record)
	if err != nil {
		return err
	}
	line.Record = spoilt
	if err := file.Line(line); err != nil {
		return err
	}
	if defect == "" {
		return nil
	}
	return p.sheet.Answer(simulator.Answer{Kind: kind, ID: line.ID, Defect: defect, Expect: expect})
}
