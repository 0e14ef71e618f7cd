package generate

// standing is a booking as it stands after some of its events. Times are in milliseconds since 1970; 0 where it has not come
// to that.
type standing struct {
	*plan
	created, updated     int64
	meal                 int64
	size                 int
	last                 happening // the last event that changes the state
	came, sat, left      int64
	noted, billed, fixed bool
	cancelled            int64
	cancelledEarly       bool
	forgotten            bool // the guest is, by the end of the day
}

// standingOf sums up the events of a plan; there is at least one.
func standingOf(p *plan, events []event) standing {
	s := standing{plan: p, created: events[0].at, meal: p.meals, size: p.party}
	for _, e := range events {
		s.updated = e.at
		switch e.what {
		case resized:
			s.size = p.newParty
		case moved:
			s.meal = p.newMeal
		case noted:
			s.noted = true
		case corrected:
			s.fixed = true
		case arrived:
			s.came, s.last = e.at, e.what
		case seated:
			s.sat, s.last = e.at, e.what
		case paid:
			s.billed, s.last = true, e.what
		case done:
			s.billed, s.left, s.last = true, e.at, e.what
		case cancels:
			s.cancelled, s.cancelledEarly, s.last = e.at, e.at < s.meal-24*hour, e.what
		default:
			s.last = e.what
		}
	}
	return s
}

// visits reports whether an event is one of those that touch the guest's own record: booking, sitting down, leaving.
func (h happening) visits() bool { return h == made || h == seated || h == done }
