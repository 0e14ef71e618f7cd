package generate

import (
	"encoding/json"
	"testing"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/phone"
	"covers/tasks/internal/quality"
	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/thefork"
	"covers/tasks/internal/token"
)

// reader makes of a site's days what extract and validate would: a profile of each reading, by the platforms' own mappers.
type reader struct {
	*site
	t      testing.TB
	in     *record.Reader
	mapper interface {
		Reservation(*record.Value, *reservation.Reservation)
		Customer(*record.Value, *reservation.Customer)
	}
}

func newReader(t testing.TB, platform, zone string, seed uint64, records int64) *reader {
	s := testSite(t, platform, zone, seed, records)
	s.src.Kinds = []string{reservation.KindReservation,
		reservation.KindCustomer} // TheFork's guests too, as if of an account of one restaurant
	key, err := token.New("a token key for tests, long enough", 1, phone.Read)
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{site: s, t: t, in: &record.Reader{}}
	if s.openTable() {
		r.mapper = opentable.NewMapper(s.src, key, r.in)
	} else {
		r.mapper = thefork.NewMapper(s.src, key, r.in)
	}
	return r
}

// accident changes a record as the platform sends it, the n-th of its kind, or says that it is not sent.
type accident func(n int, record any) (sent bool)

// read returns the reading of a day by change, begun at six the next morning. spoil may be nil.
func (r *reader) read(on day, spoil accident) quality.Sample {
	c := r.changesOn(on)
	p := &pen{site: r.site, changes: c}
	bookings, cards := p.sequences()
	var records, guests []any
	for i, x := range c.bookings {
		plan := r.plan(r.sketch(x.cohort, x.index))
		b := standingOf(plan, plan.until(c.to))
		if r.openTable() {
			records = append(records, r.openTableReservation(b, bookings[i]))
		} else {
			records = append(records, r.theForkReservation(b))
		}
	}
	for i, card := range c.cards {
		if r.openTable() {
			guests = append(guests, r.openTableGuest(card, cards[i]))
		} else {
			guests = append(guests, r.theForkCustomer(card))
		}
	}
	return r.reading(on, lake.ByUpdated, records, guests, spoil)
}

// served returns the reading of a day by date of the meal, long after it.
func (r *reader) served(on day) quality.Sample {
	var records []any
	for cohort := on - maxLead - 1; cohort <= on+1; cohort++ {
		for i := range r.made(cohort) {
			k := r.sketch(cohort, i)
			if k.meal != on && k.movedTo != on {
				continue
			}
			plan := r.plan(k)
			b := standingOf(plan, plan.events[:plan.n])
			if time.UnixMilli(b.meal).In(r.src.Location).Format(time.DateOnly) != on.String() {
				continue
			}
			if r.openTable() {
				records = append(records, r.openTableReservation(b, int64(i+1)))
			} else {
				records = append(records, r.theForkReservation(b))
			}
		}
	}
	return r.reading(on, lake.ByServiceDate, records, nil, nil)
}

func (r *reader) reading(on day, by string, bookings, guests []any, spoil accident) quality.Sample {
	started := (on + 1).time().Add(30 * time.Hour)
	if by == lake.ByUpdated {
		started = (on + 1).time().Add(6 * time.Hour)
	}
	tally := quality.NewTally(on.String(), by, started, r.src.Location, r.src.Currency)
	for kind, records := range map[string][]any{reservation.KindReservation: bookings, reservation.KindCustomer: guests} {
		for n, x := range records {
			if spoil == nil || spoil(n, x) {
				r.count(tally, x, kind)
			}
		}
	}
	id := lake.NewReadingID(r.src.ID, on.String(), by, started, machine.This().Name(4))
	return quality.Sample{ID: id.String(), Source: r.src.ID, Day: on.String(), By: by, Profile: tally.Profile(r.src.Kinds)}
}

// count has the mapper read a record and the tally count it, where it is accepted.
func (r *reader) count(tally *quality.Tally, x any, kind string) {
	text, err := json.Marshal(x)
	if err != nil {
		r.t.Fatal(err)
	}
	v := r.in.Parse(text)
	if v == nil {
		r.t.Fatalf("a record of the simulator is no JSON object\n%s", text)
	}
	var booking reservation.Reservation
	var customer reservation.Customer
	guest := kind == reservation.KindCustomer
	if guest {
		r.mapper.Customer(v, &customer)
	} else {
		r.mapper.Reservation(v, &booking)
	}
	switch {
	case len(r.in.Problems) > 0:
		r.t.Fatalf("a record of the simulator is refused: %v\n%s", r.in.Problems, text)
	case guest:
		tally.Customer(&customer)
	default:
		tally.Reservation(&booking)
	}
}
