package generate

import (
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
	"covers/tasks/internal/source"
)

// site is a restaurant on one platform, and all that its bookings follow from.
type site struct {
	src      source.Source
	seed     uint64
	platform uint64 // of the platform's name
	key      uint64 // of the seed, the platform and the restaurant
	perDay   int    // bookings made on an average day
	guests   int    // guests of a generation
	form     form
	merging  string // whether guests are merged, and what becomes of their bookings
	*habits
}

func newSite(src source.Source, seed uint64, records int64) (*site, error) {
	form, err := platforms.Choose(forms, src.Platform)
	if err != nil {
		return nil, err
	}
	habits, err := platforms.Choose(habitsOn, src.Platform)
	if err != nil {
		return nil, err
	}
	s := &site{src: src, seed: seed, platform: mixText(0, src.Platform), form: form, habits: habits}
	s.key = mix(seed, uint64(src.RestaurantID), s.platform)
	s.perDay = max(1, int(records*100/s.eventDays()))
	s.guests = s.perDay * guestsPerBooking
	return s, nil
}

// eventDays returns on how many UTC days a booking changes, on average, in hundredths. It turns a number of changes a day into a
// number of bookings made a day.
func (s *site) eventDays() int64 {
	days := eventDays[s.src.Platform]
	if _, offset := dayOf(simulator.Epoch).time().In(s.src.Location).Zone(); offset < -2*3600 && offset > -9*3600 {
		days += overMidnight // its evenings are two UTC days
	}
	return days
}

func (s *site) openTable() bool { return s.src.Platform == reservation.OpenTable }

// day counts days since 1970-01-01. Where it is a date on the restaurant's wall clock, a variable says so.
type day int

func parseDay(text string) (day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fault.New(fault.Usage, "write it as YYYY-MM-DD", "day %q: %w", text, err)
	}
	return dayOf(t), nil
}

func dayOf(t time.Time) day { return day(t.Unix() / 86400) }

func (d day) time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func (d day) String() string { return d.time().Format(time.DateOnly) }

// weekday counts from Sunday; 1970-01-01 was a Thursday.
func (d day) weekday() int { return ((int(d)+4)%7 + 7) % 7 }

// made returns how many bookings a cohort has.
func (s *site) made(cohort day) int {
	n := int(int64(s.perDay) * 7 * int64(s.weekly[cohort.weekday()]) / 1_000_000 * int64(seasons[cohort.time().Month()]) / 1000)
	return max(1, n+int(mix(s.key, uint64(cohort), 4)%uint64(s.perDay/20+1))-s.perDay/40)
}

// sketch is a booking in outline: what can be told of it cheaply, enough to know on which days it may change.
type sketch struct {
	key       uint64
	cohort    day // local date on which it is made
	meal      day // local date that it is made for
	movedTo   day // local date that it is moved to; meal where it is not
	how       how
	fate      fate
	moved     bool
	edited    bool
	confirmed bool
	late      bool // changes once more after the day of the meal
	guest     guest
}

// sketch outlines a booking. It depends on the site, the cohort and the index alone.
func (s *site) sketch(cohort day, index int) sketch {
	k := sketch{key: s.booking(cohort, index), cohort: cohort, meal: cohort, movedTo: cohort}
	d := roll(k.key)
	k.how = s.ways[cohort.weekday()].draw(&d)
	fates := s.fates[k.how].sameDay
	if k.how != walkIn {
		k.meal += day(s.leads[cohort.weekday()].draw(&d))
		k.movedTo = k.meal
		if k.meal > cohort {
			fates = s.fates[k.how].ahead
		}
	}
	k.fate = fates.draw(&d)
	if k.meal > cohort {
		k.edited = d.chance(editedShare)
		k.confirmed = s.openTable() && d.chance(confirmedShare)
		if k.edited && k.fate != declined && d.chance(movedShare*1000/editedShare) {
			k.moved = true
			k.movedTo = max(cohort+1, min(k.meal+day(d.between(-3, 7)), cohort+maxLead))
		}
	}
	k.late = k.fate == completed && d.chance(lateChangeShare)
	k.guest = s.guestOf(k.key, cohort, k.how)
	return k
}

// booking returns the key that all of a booking follows from.
func (s *site) booking(cohort day, index int) uint64 {
	return mix2(mix2(s.key, uint64(cohort)), uint64(index))
}

// bookedBy returns a booking's guest, as its sketch has it, for less work.
func (s *site) bookedBy(cohort day, index int) guest {
	key := s.booking(cohort, index)
	d := roll(key)
	return s.guestOf(key, cohort, s.ways[cohort.weekday()].draw(&d))
}

// mayChange reports whether a booking may change on a UTC day: true for all that do, and for few others. A local date overlaps
// with the UTC days beside it, and a night's service and its automatic closing reach into the next.
func (k *sketch) mayChange(on day) bool {
	near := func(date day) bool { return on >= date-1 && on <= date+2 }
	switch {
	case on < k.cohort-1:
		return false
	case on <= k.cohort+1, near(k.meal), near(k.movedTo):
		return true
	case on < max(k.meal, k.movedTo):
		return k.edited || k.confirmed && on >= k.meal-4 || k.fate == cancelled
	}
	return k.late && on <= k.movedTo+maxTail+2
}
