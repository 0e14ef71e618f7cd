package generate

// becoming is what becomes of a guest's record at OpenTable. TheFork documents nothing of the kind.
type becoming uint8

const (
	stays    becoming = iota
	forgets           // the guest asks to be forgotten
	merges            // the restaurant merges the record into another
	archives          // or archives it
	hides             // or takes it out of its guest book
)

// becomes returns what becomes of a guest's record, and on which UTC day. It does not look at whether the guest ever booked.
func (s *site) becomes(g guest) (becoming, day) {
	if !s.openTable() || g == nobody {
		return stays, 0
	}
	key := mix2(s.key^6, uint64(g))
	on := g.begins() + 30 + day(key>>32%(generationDays+30))
	n := int(key % 1000)
	for _, b := range [...]struct {
		what  becoming
		share int
	}{{forgets, forgottenGuests}, {merges, mergedGuests}, {archives, archivedGuests}, {hides, hiddenGuests}} {
		if n -= b.share; n >= 0 {
			continue
		}
		if s.merging == "" && (b.what == merges || b.what == archives) {
			return stays, 0
		}
		return b.what, on
	}
	return stays, 0
}

// mergesInto returns the guest that another is merged into, and on which UTC day. A survivor is a guest who is still there then:
// it may be merged itself later, so that chains are made, but no circles.
func (s *site) mergesInto(g guest) (survivor guest, on day, ok bool) {
	what, on := s.becomes(g)
	if what != merges || uint32(g) == 0 {
		return nobody, 0, false
	}
	survivor = g - 1
	what, ended := s.becomes(survivor)
	switch {
	case ended > on, what == stays, what == hides:
		return survivor, on, true
	case what == merges:
		_, _, gone := s.mergesInto(survivor)
		return survivor, on, !gone
	}
	return nobody, 0, false
}

// standsFor returns the guest whose record stands for another's at the end of a UTC day. ok is false where there is none any
// more.
func (s *site) standsFor(g guest, on day) (_ guest, ok bool) {
	for {
		what, since := s.becomes(g)
		if since > on || what == stays || what == hides {
			return g, true
		}
		if what != merges {
			return nobody, false
		}
		survivor, _, merged := s.mergesInto(g)
		if !merged {
			return g, true
		}
		g = survivor
	}
}

// self returns the guest who another is in truth: two records that are merged were one person's all along. Who is known
// elsewhere keeps the name that they have there.
func (s *site) self(g guest) guest {
	for s.merging != "" {
		survivor, _, ok := s.mergesInto(g)
		if _, group := s.groupKey(g); !ok || group || s.onBoth(g) {
			break
		}
		g = survivor
	}
	return g
}

// ending is a guest of whose record something becomes on a day.
type ending struct {
	guest guest
	what  becoming
}

// endings returns the guests of whose records something becomes on a UTC day.
func (s *site) endings(on day) []ending {
	var all []ending
	if !s.openTable() {
		return nil
	}
	for series := range seriesCount {
		last := generationOf(on, series)
		for generation := last - 1; generation <= last; generation++ {
			for place := range s.guests {
				g := guestAt(generation, series, place)
				if what, at := s.becomes(g); what != stays && at == on {
					all = append(all, ending{g, what})
				}
			}
		}
	}
	return all
}

// leftover is what a forgotten guest's record still holds. The documentation does not say.
type leftover uint8

const (
	keepsNothing leftover = iota // ids and the clock
	keepsBlanks                  // and empty names
	keepsAll
)

func (s *site) forgetsHow(g guest) leftover { return leftover(mix2(s.key^18, uint64(g)) % 3) }

// movingBookings is the setting with which a merged guest's bookings get the survivor's id, and a new place in the sequence.
// With any other they keep the id that they have. The documentation does not say which it is.
const movingBookings = "move"
