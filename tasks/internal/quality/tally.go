package quality

import (
	"math"
	"time"

	"covers/contract"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
)

// Tally counts a reading's rows as they are made, for its profile. Its memory is that of the contract's closed lists.
type Tally struct {
	late      int64 // minutes
	changedOn bool  // count only what changed on the day
	from, to  int64 // the day, microseconds since 1970
	currency  string

	bookings, guests int64
	newest           int64 // change of a booking, microseconds since 1970
	knownBookings    [len(bookingColumns)]int64
	knownGuests      [len(guestColumns)]int64
	status, channel  map[string]*int64
	spend            lake.SpendProfile
}

// NewTally begins a tally of a reading of a day (YYYY-MM-DD), started at an instant. zone is the restaurant's, nil for an
// account; currency the restaurant's. It is nil for what is not held against other days: a reconcile reading holds what
// differed, whenever that was.
func NewTally(day, by string, startedAt time.Time, zone *time.Location, currency string) *Tally {
	if by != lake.ByUpdated && by != lake.ByServiceDate {
		return nil
	}
	if by == lake.ByUpdated || zone == nil {
		zone = time.UTC // changes are cut by UTC, service dates by the restaurant's own clock
	}
	from, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		return nil // a reading's id was checked
	}
	to := from.AddDate(0, 0, 1)
	bookings := contract.Get().Table("reservation_observations")
	return &Tally{
		late: int64(startedAt.Truncate(time.Minute).Sub(to) / time.Minute), changedOn: by == lake.ByUpdated,
		from: from.UnixMicro(), to: to.UnixMicro(), currency: currency,
		status: counters(bookings.Column("status").Values), channel: counters(bookings.Column("channel").Values),
	}
}

// counters returns a counter for each value of a closed list. A row's own text lives as long as its batch, and may be no key.
func counters(values []string) map[string]*int64 {
	out := make(map[string]*int64, len(values))
	for _, v := range values {
		out[v] = new(int64)
	}
	return out
}

// Reservation counts an accepted booking.
func (t *Tally) Reservation(r *reservation.Reservation) {
	if t == nil || !t.ofDay(r.UpdatedAt, r.CreatedAt) {
		return
	}
	t.bookings++
	t.newest = max(t.newest, value(r.UpdatedAt), value(r.CreatedAt))
	for i, known := range knownOfBooking(r) {
		if known {
			t.knownBookings[i]++
		}
	}
	count(t.status, r.Status)
	count(t.channel, r.Channel)
	if r.Status == reservation.Completed && r.SpendTotal != nil && r.Currency == t.currency {
		t.spend.Rows++
		t.spend.Covers = plus(t.spend.Covers, r.PartySize)
		t.spend.Total = plus(t.spend.Total, *r.SpendTotal)
	}
}

// plus adds what is not negative, up to what can be written: absurd amounts are the platform's, and no reason to stop.
func plus(sum, more int64) int64 {
	if more = max(0, more); more > math.MaxInt64-sum {
		return math.MaxInt64
	}
	return sum + more
}

// Customer counts an accepted guest. Who asked to be forgotten has no values, and is no measure of what is known.
func (t *Tally) Customer(r *reservation.Customer) {
	if t == nil || r.Forgotten || !t.ofDay(r.UpdatedAt, r.CreatedAt) {
		return
	}
	t.guests++
	for i, known := range knownOfGuest(r) {
		if known {
			t.knownGuests[i]++
		}
	}
}

func count(counters map[string]*int64, value string) {
	if n := counters[value]; n != nil {
		*n++
	}
}

func value(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// ofDay reports whether a row belongs to the day.
func (t *Tally) ofDay(updated, created *int64) bool {
	if !t.changedOn {
		return true
	}
	changed := updated
	if changed == nil {
		changed = created
	}
	return changed != nil && *changed >= t.from && *changed < t.to
}

// Add adds what another tally of the same reading counted.
func (t *Tally) Add(other *Tally) {
	if t == nil {
		return
	}
	t.bookings += other.bookings
	t.guests += other.guests
	t.newest = max(t.newest, other.newest)
	for i, n := range other.knownBookings {
		t.knownBookings[i] += n
	}
	for i, n := range other.knownGuests {
		t.knownGuests[i] += n
	}
	for value, n := range other.status {
		*t.status[value] += *n
	}
	for value, n := range other.channel {
		*t.channel[value] += *n
	}
	t.spend.Rows += other.spend.Rows
	t.spend.Covers = plus(t.spend.Covers, other.spend.Covers)
	t.spend.Total = plus(t.spend.Total, other.spend.Total)
}

// Profile returns what was counted, with an entry for each of the source's kinds; nil of a nil tally.
func (t *Tally) Profile(kinds []string) *lake.Profile {
	if t == nil {
		return nil
	}
	p := &lake.Profile{Late: t.late, Kinds: map[string]lake.KindProfile{}}
	for _, kind := range kinds {
		k := lake.KindProfile{Rows: t.guests, Known: named(guestColumns[:], t.knownGuests[:])}
		if kind == reservation.KindReservation {
			k = lake.KindProfile{Rows: t.bookings, Known: named(bookingColumns[:], t.knownBookings[:])}
			k.Values = map[string]map[string]int64{"status": counted(t.status), "channel": counted(t.channel)}
			if t.changedOn && t.newest > 0 {
				quiet := (t.to - t.newest) / time.Minute.Microseconds()
				k.Quiet = &quiet
			}
			if t.spend.Rows > 0 {
				k.Spend = &t.spend
			}
		}
		p.Kinds[kind] = k
	}
	return p
}

func named(names []string, counts []int64) map[string]int64 {
	out := map[string]int64{}
	for i, n := range counts {
		if n > 0 {
			out[names[i]] = n
		}
	}
	return out
}

func counted(counters map[string]*int64) map[string]int64 {
	out := map[string]int64{}
	for value, n := range counters {
		if *n > 0 {
			out[value] = *n
		}
	}
	return out
}
