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
		if g, ok := s.standsFor(guestAt(generation, series, place), cohort); ok {
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
	if !s.onBoth(g) {
		key = mix2(key, s.platform)
	}
	return key
}

// onBoth reports whether a guest books on both platforms.
func (s *site) onBoth(g guest) bool {
	key, group := s.groupKey(g)
	if !group {
		key = mix2(key, uint64(s.src.RestaurantID))
	}
	return int(key>>32%1000) < bothPlatforms
}

// groupKey returns what all restaurants know a guest by, and whether it is one and the same person to them.
func (s *site) groupKey(g guest) (key uint64, group bool) {
	key = mix2(mix2(s.seed, 5), uint64(g))
	return key, int(key%1000) < groupGuests
}

// guestID returns the platform's id of a guest: OpenTable's is the restaurant's, TheFork's the group's.
func (s *site) guestID(g guest) string {
	id := uuidOf(mix2(s.person(g), 7))
	if s.openTable() {
		return s.openTableID(id)
	}
	return id
}
