package generate

// standing is a booking as it stands after some of its events. Times are in milliseconds since 1970; 0 where it has not come
// to that.
type standing struct {
	*plan
	created, updated     int64
	meal                 int64
	size                 int
	last                 kind // the last event that changes the state
	came, sat, left      int64
	noted, billed, fixed bool
	cancelledEarly       bool
}

// standingOf sums up the events of a plan; there is at least one.
func standingOf(p *plan, events []event) standing {
	s := standing{plan: p, created: events[0].at, meal: p.meals, size: p.party}
	for _, e := range events {
		s.updated = e.at
		switch e.kind {
		case resized:
			s.size = p.newParty
		case moved:
			s.meal = p.newMeal
		case noted:
			s.noted = true
		case corrected:
			s.fixed = true
		case arrived:
			s.came, s.last = e.at, e.kind
		case seated:
			s.sat, s.last = e.at, e.kind
		case paid:
			s.billed, s.last = true, e.kind
		case done:
			s.billed, s.left, s.last = true, e.at, e.kind
		case cancels:
			s.cancelledEarly, s.last = e.at < s.meal-24*hour, e.kind
		default:
			s.last = e.kind
		}
	}
	return s
}

// visits reports whether an event is one of those that touch the guest's own record: booking, sitting down, leaving.
func (k kind) visits() bool { return k == made || k == seated || k == done }
