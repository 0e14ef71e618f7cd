package generate

import "time"

// happening is what happens to a booking.
type happening uint8

const (
	made     happening = iota
	answered           // TheFork: the restaurant accepts the request
	refused            // TheFork: or does not
	called             // OpenTable: the restaurant rang and nobody confirmed
	confirmed
	resized
	moved
	noted
	cancels
	isLate
	partlyArrived
	arrived
	partlySeated
	seated
	appetizer
	entree
	dessert
	cleared
	checkDropped
	paid
	tableBussed
	done
	missed
	assumedSeated
	assumedDone
	corrected // after the meal: the tip on the bill, or a note
)

// event is one change of a booking. At is in milliseconds since 1970, UTC; the record's clock shows it.
type event struct {
	at   int64
	what happening
}

// plan is the whole life of a booking, from the day it is made to its last change.
type plan struct {
	sketch
	events [32]event
	n      int

	requested bool  // TheFork: the restaurant has to answer
	party     int   // as booked
	newParty  int   // after the event resized
	meals     int64 // milliseconds: when the meal is booked for
	newMeal   int64 // after the event moved
}

func (p *plan) add(at int64, h happening) {
	if p.n > 0 && at <= p.events[p.n-1].at {
		at = p.events[p.n-1].at + 1000
	}
	p.events[p.n] = event{at, h}
	p.n++
}

func (p *plan) last() int64 { return p.events[p.n-1].at }

// until returns the events before an instant.
func (p *plan) until(cut int64) []event {
	n := p.n
	for n > 0 && p.events[n-1].at >= cut {
		n--
	}
	return p.events[:n]
}

// changes reports whether something happens in a span of time, from inclusive, to exclusive.
func (p *plan) changes(from, to int64) bool {
	for _, e := range p.events[:p.n] {
		if e.at >= from && e.at < to {
			return true
		}
	}
	return false
}

const (
	second = int64(1000)
	minute = 60 * second
	hour   = 60 * minute
)

// at returns the instant of a wall clock time at the restaurant. Minutes beyond the day go on into the next.
func (s *site) at(date day, minutes int) int64 {
	return time.Date(1970, 1, 1+int(date), 0, minutes, 0, 0, s.src.Location).UnixMilli()
}

// plan works a sketch out.
func (s *site) plan(k sketch) *plan {
	p := &plan{sketch: k}
	d := roll(mix2(k.key, 8))
	p.party = parties.draw(&d)
	p.newParty = p.party
	sitting := s.sittings.draw(&d)
	p.meals = s.at(k.meal, sitting)
	p.newMeal = p.meals
	if k.how == walkIn {
		// Walk-ins come when they come.
		p.meals += int64(d.below(15))*minute + int64(d.below(60))*second
		p.newMeal = p.meals
		p.add(p.meals, made)
		s.meal(p, &d, p.meals)
		return p
	}
	jitter := int64(d.below(60))*second + int64(d.below(1000))
	if k.meal == k.cohort {
		before := d.between(5, 119)
		if !d.chance(s.lastMinute) {
			before = d.between(120, sitting-480)
		}
		p.add(s.at(k.cohort, sitting-before)+jitter, made)
	} else {
		p.add(s.at(k.cohort, hours.draw(&d)*60+d.below(60))+jitter, made)
	}
	if open := s.ahead(p, &d, sitting); open {
		s.meal(p, &d, p.newMeal)
	}
	return p
}

// ahead plans what happens between booking and meal. It reports whether the meal is still to come.
func (s *site) ahead(p *plan, d *dice, sitting int) (open bool) {
	made := p.events[0].at
	if !s.openTable() && (p.party > 8 || p.fate == declined || d.chance(50)) {
		p.requested = true
		wait := min(int64(d.between(5, 600))*minute, (p.meals-made)/2)
		if p.fate == declined {
			p.add(made+wait, refused)
			return false
		}
		p.add(made+wait, answered)
	}
	end := p.meals
	if p.fate == cancelled {
		from, to := s.cancelSpan(p, d)
		end = from + (to-from)*int64(d.between(20, 995))/1000
	}
	s.edits(p, d, end, sitting)
	if p.fate == cancelled {
		p.add(max(end, p.last()+minute), cancels)
		return false
	}
	if call := p.newMeal - int64(d.between(20*60, 52*60))*minute; p.confirmed && call > p.last() {
		if d.chance(300) {
			p.add(call-int64(d.between(30, 300))*minute, called)
		}
		p.add(call, confirmed)
	}
	return true
}

// cancelSpan returns the span in which a booking is cancelled: before the day of the meal, or on it.
func (s *site) cancelSpan(p *plan, d *dice) (from, to int64) {
	switch {
	case p.meal == p.cohort:
		return p.events[0].at, p.meals
	case d.chance(s.lateCancel):
		return s.at(p.meal, 7*60), p.meals
	}
	return p.events[0].at, s.at(p.meal, 0)
}

// edits plans up to three changes before an end, the move among them if there is one.
func (s *site) edits(p *plan, d *dice, end int64, sitting int) {
	from := p.last()
	if to := s.at(p.movedTo, sitting); p.moved {
		// Another hour on the same day, or any on another.
		to += int64(d.between(-6, 6)) * 15 * minute
		p.newMeal = to
		end = min(end, to)
	}
	if !p.edited || end-from < 30*minute {
		p.newMeal, p.moved = p.meals, false
		return
	}
	edits := []happening{pick(d, []happening{resized, noted, resized})}
	if d.chance(250) {
		edits = append(edits, noted)
	}
	if p.moved {
		edits = append(edits, moved)
	}
	span := (end - from) / int64(len(edits)+1)
	for i, k := range edits {
		if k == resized {
			p.newParty = max(1, p.party+d.between(-2, 3))
			if p.newParty == p.party {
				k = noted
			}
		}
		p.add(from+span*int64(i)+span*int64(d.below(1000))/1000+minute, k)
	}
}

// meal plans the evening, or the noon, itself and what follows it.
func (s *site) meal(p *plan, d *dice, at int64) {
	switch p.fate {
	case noShow:
		p.add(at+int64(d.between(20, 100))*minute+int64(d.below(60000)), missed)
	case unattended:
		if !s.openTable() {
			return // nothing closes it
		}
		if d.chance(500) {
			p.add(at+2*hour+int64(d.below(1000)), assumedSeated)
		}
		local := time.UnixMilli(at).In(s.src.Location)
		closing := time.Date(local.Year(), local.Month(), local.Day()+1, 4, d.below(60), d.below(60), 0, s.src.Location)
		p.add(closing.UnixMilli(), assumedDone)
	default:
		s.service(p, d, at)
		if p.late {
			p.add(p.last()+int64(d.between(1, maxTail-1))*24*hour-int64(d.below(600))*minute, corrected)
		}
	}
}

// courses is how a table is followed through a meal: minutes from the step before, and in how many of a thousand meals
// somebody notes it.
var courses = []struct {
	what     happening
	from, to int
	noted    int
}{
	// TheFork has words for the bill and the end only.
	{appetizer, 6, 18, 700}, {entree, 14, 30, 800}, {dessert, 15, 35, 500}, {cleared, 8, 20, 500},
	{checkDropped, 3, 15, 700}, {paid, 3, 12, 900}, {tableBussed, 2, 10, 300}, {done, 1, 12, 1000},
}

func (s *site) service(p *plan, d *dice, at int64) {
	come := at + int64(d.between(-14, 3))*minute // and up to nine more until they sit
	if p.how == walkIn {
		come = at + int64(d.below(120))*second
	} else if d.chance(runsLateShare) {
		if s.openTable() {
			p.add(at+10*minute, isLate)
		}
		come = at + int64(d.between(15, 40))*minute
	}
	come += int64(d.below(60000))
	if p.newParty > 2 && d.chance(180) {
		p.add(come, partlyArrived)
		come = p.last() + int64(d.between(2, 14))*minute
	}
	p.add(come, arrived)
	sit := p.last() + int64(d.between(1, 9))*minute
	if s.openTable() && p.newParty > 3 && d.chance(60) {
		p.add(sit, partlySeated)
		sit += int64(d.between(2, 8)) * minute
	}
	p.add(sit, seated)
	t := p.last()
	for _, c := range courses {
		t += int64(d.between(c.from, c.to))*minute + int64(d.below(60000))
		if d.chance(c.noted) && (s.openTable() || c.what == checkDropped || c.what == done) {
			p.add(t, c.what)
		}
	}
}
