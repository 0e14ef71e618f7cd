package generate

// guest names one guest of a site: a place in a generation. The person behind it follows from person.
type guest uint64

// nobody is a booking without a name.
const nobody = ^guest(0)

// Every guest belongs to one of two series of generations, which begin half a generation apart.
const seriesCount = 2

func guestAt(generation, series, place int) guest {
	return guest(generation)<<33 | guest(series)<<32 | guest(place)
}

// begins returns the first local date on which the guest may book; generationDays later others take over.
func (g guest) begins() day {
	series := int(g >> 32 & 1)
	return day(int(g>>33)*generationDays - series*generationDays/seriesCount)
}

func generationOf(date day, series int) int {
	return (int(date) + series*generationDays/seriesCount) / generationDays
}

// guestOf draws who a booking is for: few guests come often, many come once. The draw is apart from the booking's others, so
// that a guest's bookings are found without them.
func (s *site) guestOf(booking uint64, cohort day, h how) guest {
	d := roll(mix2(booking, 16))
	nameless := namelessOthers
	if h == walkIn {
		nameless = namelessWalkIns
	}
	if d.chance(nameless) {
		return nobody
	}
	series := d.below(seriesCount)
	generation := generationOf(cohort, series)
	place := d.below(s.guests) * d.below(s.guests) / s.guests // the product of two draws is small more often than large
	for {
		g := guestAt(generation, series, place)
		if on, asked := s.forgets(g); !asked || on > cohort {
			return g
		}
		place = (place + 1) % s.guests // who was forgotten does not come back under the same name
	}
}

// person returns the key of the person behind a guest. Some go to several restaurants of the group, some book on both
// platforms: to those, several sites give the same key.
func (s *site) person(g guest) uint64 {
	key, group := s.groupKey(g)
	if !group {
		key = mix2(key, uint64(s.src.RestaurantID))
	}
	if int(key>>32%1000) >= bothPlatforms {
		key = mix2(key, s.platform)
	}
	return key
}

// groupKey returns what all restaurants know a guest by, and whether it is one and the same person to them.
func (s *site) groupKey(g guest) (key uint64, group bool) {
	key = mix2(mix2(s.seed, 5), uint64(g))
	return key, int(key%1000) < groupGuests
}

// forgets reports whether a guest asks to be forgotten, and returns on which UTC day. TheFork documents no such request.
func (s *site) forgets(g guest) (on day, asked bool) {
	if !s.openTable() {
		return 0, false
	}
	key := mix2(s.key^6, uint64(g))
	return g.begins() + 30 + day(key>>32%(generationDays+30)), int(key%1000) < forgottenGuests
}

// forgottenOn returns the guests who may ask on a UTC day. It does not look at whether they ever booked.
func (s *site) forgottenOn(on day) []guest {
	var asked []guest
	if !s.openTable() {
		return nil
	}
	for series := range seriesCount {
		last := generationOf(on, series)
		for generation := last - 1; generation <= last; generation++ {
			for place := range s.guests {
				g := guestAt(generation, series, place)
				if at, ok := s.forgets(g); ok && at == on {
					asked = append(asked, g)
				}
			}
		}
	}
	return asked
}

// guestID returns the platform's id of a guest: OpenTable's is the restaurant's, TheFork's the group's.
func (s *site) guestID(g guest) string {
	id := uuidOf(mix2(s.person(g), 7))
	if s.openTable() {
		return s.openTableID(id)
	}
	return id
}
