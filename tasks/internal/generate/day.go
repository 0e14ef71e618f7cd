package generate

import (
	"cmp"
	"slices"
)

// change is a booking that changes on a day.
type change struct {
	updated int64 // its last change of the day, milliseconds since 1970
	cohort  day
	index   int
}

// changes is all that a day has of a site, without the records themselves.
type changes struct {
	on       day
	from, to int64 // the day, in milliseconds since 1970
	bookings []change
	cards    []card
}

// changesOn finds what changes at a site on a UTC day: a function of the site and the day alone.
func (s *site) changesOn(on day) changes {
	c := changes{on: on, from: on.time().UnixMilli(), to: (on + 1).time().UnixMilli()}
	cards := map[guest]*card{}
	for cohort := on - horizon; cohort <= on+1; cohort++ {
		for i := range s.made(cohort) {
			k := s.sketch(cohort, i)
			if !k.mayChange(on) {
				continue
			}
			p := s.plan(k)
			if !p.changes(c.from, c.to) {
				continue
			}
			events := p.until(c.to)
			c.bookings = append(c.bookings, change{events[len(events)-1].at, cohort, i})
			s.touch(cards, p, c)
		}
	}
	for _, e := range s.endings(on) {
		s.end(cards, e, c)
	}
	s.histories(cards, &c)
	for _, card := range cards {
		if card.merged && card.created != 0 {
			kept := cards[card.survivor]
			kept.updated = max(kept.updated, s.endsAt(card.guest, on))
		}
	}
	for _, card := range cards {
		if card.created != 0 && card.updated != 0 { // of who never booked there is no record
			what, since := s.becomes(card.guest)
			card.hidden = what == hides && since <= on
			c.cards = append(c.cards, *card)
		}
	}
	slices.SortFunc(c.bookings, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.updated, b.updated), cmp.Compare(a.cohort, b.cohort), cmp.Compare(a.index, b.index))
	})
	slices.SortFunc(c.cards, func(a, b card) int {
		return cmp.Or(cmp.Compare(a.updated, b.updated), cmp.Compare(a.guest, b.guest))
	})
	return c
}

// of returns a guest's card, a new one where there is none.
func of(cards map[guest]*card, g guest) *card {
	if cards[g] == nil {
		cards[g] = &card{guest: g}
	}
	return cards[g]
}

// end notes what becomes of a guest's record on the day, late in the evening.
func (s *site) end(cards map[guest]*card, e ending, c changes) {
	at := s.endsAt(e.guest, c.on)
	touched := of(cards, e.guest)
	switch e.what {
	case forgets:
		touched.forgotten = true
	case archives:
		touched.archived = true
	case merges:
		survivor, _, ok := s.mergesInto(e.guest)
		if !ok {
			if touched.updated == 0 {
				delete(cards, e.guest)
			}
			return
		}
		touched.archived, touched.merged, touched.survivor = true, true, survivor
		of(cards, survivor) // whose record changes if there is one to merge
	}
	touched.updated = max(touched.updated, at)
}

// endsAt returns when on a day it happens that something becomes of a guest's record.
func (s *site) endsAt(g guest, on day) int64 {
	return on.time().UnixMilli() + 22*hour + int64(mix2(uint64(g), 15)%7000)*second
}

// touch notes that a booking changes its guest's own record on the day, or that of whom the guest was merged into before. Who was
// forgotten on an earlier day stays so.
func (s *site) touch(cards map[guest]*card, p *plan, c changes) {
	if p.guest == nobody {
		return
	}
	g, ok := s.standsFor(p.guest, c.on-1)
	if !ok {
		return
	}
	for _, e := range p.events[:p.n] {
		if e.at < c.from || e.at >= c.to || !e.what.visits() {
			continue
		}
		touched := of(cards, g)
		touched.updated = max(touched.updated, e.at)
	}
}

// histories fills in what the guests did until the day ended, by going through all bookings since they may have come. A booking
// counts for all guests that its own was merged into by then. Where bookings move with their guests, those of the day's merges
// change.
func (s *site) histories(cards map[guest]*card, c *changes) {
	first := c.on
	for g := range cards {
		first = min(first, g.begins())
	}
	moves := moving{changes: c}
	for cohort := first; cohort <= c.on+1; cohort++ {
		for i := range s.made(cohort) {
			g := s.bookedBy(cohort, i)
			var p *plan
			for g != nobody {
				if card := cards[g]; card != nil {
					if p == nil {
						p = s.plan(s.sketch(cohort, i))
					}
					card.add(p, c.to)
					if card.merged && s.merging == movingBookings {
						moves.add(s.endsAt(g, c.on), change{cohort: cohort, index: i})
					}
				}
				survivor, on, ok := s.mergesInto(g)
				if !ok || on > c.on {
					break
				}
				g = survivor
			}
		}
	}
}

// moving adds bookings that move with their guests to a day's changes.
type moving struct {
	*changes
	places map[change]int // of those that change anyway, without the time
}

func (m *moving) add(at int64, b change) {
	if m.places == nil {
		m.places = map[change]int{}
		for i, known := range m.bookings {
			m.places[change{cohort: known.cohort, index: known.index}] = i
		}
	}
	if i, ok := m.places[b]; ok {
		m.bookings[i].updated = max(m.bookings[i].updated, at)
		return
	}
	b.updated = at
	m.bookings = append(m.bookings, b)
}

// add adds a booking to its guest's history.
func (c *card) add(p *plan, to int64) {
	for _, e := range p.until(to) {
		switch e.what {
		case made:
			if c.created == 0 || e.at < c.created {
				c.created = e.at
			}
		case seated:
			c.visits++
			if c.firstVisit == 0 || e.at < c.firstVisit {
				c.firstVisit = e.at
			}
			c.lastVisit = max(c.lastVisit, e.at)
		}
	}
}
