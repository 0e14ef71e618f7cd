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
	for _, g := range s.forgottenOn(on) {
		if cards[g] == nil {
			cards[g] = &card{guest: g}
		}
		cards[g].forgotten = true
		cards[g].updated = max(cards[g].updated, c.from+22*hour+int64(mix2(uint64(g), 15)%7000)*second)
	}
	s.histories(cards, c)
	for _, card := range cards {
		if card.created != 0 { // who never booked cannot be forgotten
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

// touch notes that a booking changes its guest's own record on the day. Who was forgotten on an earlier day stays so.
func (s *site) touch(cards map[guest]*card, p *plan, c changes) {
	if p.guest == nobody {
		return
	}
	if on, asked := s.forgets(p.guest); asked && on < c.on {
		return
	}
	for _, e := range p.events[:p.n] {
		if e.at < c.from || e.at >= c.to || !e.what.visits() {
			continue
		}
		if cards[p.guest] == nil {
			cards[p.guest] = &card{guest: p.guest}
		}
		cards[p.guest].updated = max(cards[p.guest].updated, e.at)
	}
}

// histories fills in what the guests did until the day ended, by going through all bookings since they may have come.
func (s *site) histories(cards map[guest]*card, c changes) {
	first := c.on
	for g := range cards {
		first = min(first, g.begins())
	}
	for cohort := first; cohort <= c.on+1; cohort++ {
		for i := range s.made(cohort) {
			if card := cards[s.bookedBy(cohort, i)]; card != nil {
				card.add(s.plan(s.sketch(cohort, i)), c.to)
			}
		}
	}
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
