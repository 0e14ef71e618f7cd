//go:build cgo

package warehouse

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// truth is what docs/architecture.md says of a warehouse, in plain Go: the readings loaded, each at a rank and from a manifest,
// the erasures, which only grow unless a person takes them back, the requests that are held, and what was decided of them. All
// else follows from these, anew for every question.
type truth struct {
	loaded    map[string]offered // by reading
	erasures  map[erasureKey]string
	held      map[erasureKey]string
	decisions []decided
}

// decided is what a person decided, in its order.
type decided struct {
	decision
	requests int
}

// offered is a reading's result in a processed manifest.
type offered struct {
	wt.Result
	manifest string
}

// erasureKey is a request to forget; the truth keeps when it was asked for.
type erasureKey struct {
	who     Subject
	reading string
	line    int64
	cause   string
}

func newTruth() *truth {
	return &truth{loaded: map[string]offered{}, erasures: map[erasureKey]string{}, held: map[erasureKey]string{}}
}

// change is what a load or an erasure is to say of itself.
type change struct {
	taken  []string // readings, sorted
	erased int64    // guests who had not been erased before
	dates  []string // service dates whose current rows changed
}

// load takes, of what the days' manifests offer, each reading at its newest rank, from the first manifest by key, where the
// ledger has none or an older one. Of readings left out that the ledger lacks, only the requests to forget count. Of those in
// anew, if it is not nil, and of no others, it takes what the ledger has, too.
func (m *truth) load(published map[string][]wt.Result, of []string, leave, anew map[string]bool) change {
	before, erasedBefore := m.dates(), len(m.erased())
	best := map[string]offered{}
	for _, manifest := range slices.Sorted(maps.Keys(published)) {
		for _, r := range published[manifest] {
			id := r.ID().String()
			have, ok := best[id]
			if slices.Contains(of, r.Day) && (!ok || r.Rank.Compare(have.Rank) > 0) {
				best[id] = offered{r, manifest}
			}
		}
	}
	c := change{}
	for id, r := range best {
		have, ok := m.loaded[id]
		if anew != nil && !anew[id] || ok && r.Rank.Compare(have.Rank) <= 0 && !anew[id] {
			continue
		}
		for _, k := range m.heldOf(id) {
			delete(m.held, k)
		}
		for i, e := range r.Erasures {
			key := erasureKey{Subject{e.Platform, e.CustomerID}, id, int64(i + 1), ""}
			_, heeded := m.erasures[key]
			if d := m.decision(id); heeded || d == Confirmed || d == "" && r.Held == "" {
				m.erasures[key] = shownTime(r.ReadAt.UnixMicro())
			} else {
				m.held[key] = shownTime(r.ReadAt.UnixMicro())
			}
		}
		if ok || !leave[id] {
			c.taken = append(c.taken, id)
			m.loaded[id] = r
		}
	}
	slices.Sort(c.taken)
	m.connect()
	c.erased, c.dates = int64(len(m.erased())-erasedBefore), changed(before, m.dates())
	return c
}

// decision returns what was decided last of a reading's requests, heldOf those that are held, and broughtBy those that are not.
func (m *truth) decision(id string) (last Decision) {
	for _, d := range m.decisions {
		if d.reading == id {
			last = d.Decision
		}
	}
	return last
}

func (m *truth) heldOf(id string) (keys []erasureKey) {
	for k := range m.held {
		if k.reading == id {
			keys = append(keys, k)
		}
	}
	return keys
}

func (m *truth) broughtBy(id string) (keys []erasureKey) {
	for k := range m.erasures {
		if k.reading == id {
			keys = append(keys, k)
		}
	}
	return keys
}

// decide is a person's decision. What is taken back has the readings that lost something by it taken again; what else is erased
// only because of merges is found anew.
func (m *truth) decide(d decision, published map[string][]wt.Result) {
	if d.Decision != TakenBack {
		held := m.heldOf(d.reading)
		m.decisions = append(m.decisions, decided{d, len(held)})
		if d.Decision == Confirmed {
			for _, k := range held {
				m.erasures[k] = m.held[k]
				delete(m.held, k)
			}
			m.connect()
		}
		return
	}
	brought := m.broughtBy(d.reading)
	component, platform, links := map[Subject]bool{}, map[string]bool{}, m.links()
	var reach func(Subject)
	reach = func(s Subject) {
		if !component[s] {
			component[s], platform[s.Platform] = true, true
			for _, other := range links[s] {
				reach(other)
			}
		}
	}
	for _, k := range brought {
		reach(k.who)
	}
	anew := map[string]bool{}
	reservations, customers := m.observations()
	for _, r := range reservations {
		if r.Digest == "" && platform[r.Platform] {
			anew[r.Reading] = true
		}
	}
	for _, c := range customers {
		if c.Digest == "" && component[Subject{c.Platform, c.CustomerID}] {
			anew[c.Reading] = true
		}
	}
	for _, k := range brought {
		m.held[k] = m.erasures[k]
		delete(m.erasures, k)
	}
	maps.DeleteFunc(m.erasures, func(k erasureKey, _ string) bool { return k.cause == "merge" && component[k.who] })
	m.connect()
	m.decisions = append(m.decisions, decided{d, len(brought)})
	m.load(published, days, nil, anew)
}

// forget is an erasure on demand.
func (m *truth) forget(named []Subject, cause string, at time.Time) Forgotten {
	before, links := m.erased(), m.links()
	for _, who := range named {
		asked := false
		for k := range m.erasures {
			asked = asked || k.who == who && k.cause != "merge" && k.cause != ""
		}
		if !asked {
			m.erasures[erasureKey{who: who, cause: cause}] = shownTime(at.UnixMicro())
		}
	}
	reservations, customers := m.raw()
	m.connect()
	var out Forgotten
	for who := range m.erased() {
		if before[who] {
			continue
		}
		out.Subjects++
		if !slices.Contains(named, who) {
			out.Connected++
		}
		mentioned := len(links[who]) > 0
		for _, c := range customers {
			if who == (Subject{c.Platform, c.CustomerID}) {
				mentioned = true
				out.CustomerObservations++
			}
		}
		for _, r := range reservations {
			if r.CustomerID != nil && who == (Subject{r.Platform, *r.CustomerID}) {
				mentioned = true
				out.ReservationObservations++
			}
		}
		if !mentioned {
			out.Absent++
		}
	}
	return out
}

// connect carries the erasures on to everybody whom merges connect with somebody erased.
func (m *truth) connect() {
	links := m.links()
	for grown := true; grown; {
		grown = false
		for who := range m.erased() {
			for _, other := range links[who] {
				key := erasureKey{who: other, cause: "merge"}
				if _, ok := m.erasures[key]; !ok {
					m.erasures[key], grown = "1970-01-01T00:00:00.000000", true
				}
			}
		}
	}
}

func (m *truth) erased() map[Subject]bool {
	out := map[Subject]bool{}
	for k := range m.erasures {
		out[k.who] = true
	}
	return out
}

// links are the guests whom the platform held for one person, both ways.
func (m *truth) links() map[Subject][]Subject {
	out := map[Subject][]Subject{}
	for _, x := range m.merges() {
		if x.SurvivorID != nil && *x.SurvivorID != x.CustomerID {
			a, b := Subject{x.Platform, x.CustomerID}, Subject{x.Platform, *x.SurvivorID}
			out[a], out[b] = append(out[a], b), append(out[b], a)
		}
	}
	return out
}

func (m *truth) merges() (all []reservation.Merge) {
	for _, r := range m.loaded {
		if !withholds(r.Result, reservation.KindCustomer) {
			all = append(all, r.Merges()...)
		}
	}
	return all
}

func (m *truth) absences() (all []reservation.Absence) {
	for _, r := range m.loaded {
		for _, a := range r.Absences() {
			if !withholds(r.Result, a.Kind) {
				all = append(all, a)
			}
		}
	}
	return all
}

// raw are the observations as the readings have them.
func (m *truth) raw() (reservations []reservation.Reservation, customers []reservation.Customer) {
	for _, r := range m.loaded {
		rs, cs, _ := r.Rows()
		if !withholds(r.Result, reservation.KindReservation) {
			reservations = append(reservations, rs...)
		}
		if !withholds(r.Result, reservation.KindCustomer) {
			customers = append(customers, cs...)
		}
	}
	return reservations, customers
}

// observations are what is left of them behind the erasures.
func (m *truth) observations() ([]reservation.Reservation, []reservation.Customer) {
	reservations, customers := m.raw()
	erased := m.erased()
	for i, r := range reservations {
		if r.CustomerID != nil && erased[Subject{r.Platform, *r.CustomerID}] {
			reservations[i].Digest, reservations[i].CustomerID = "", nil
		}
	}
	for i, c := range customers {
		if erased[Subject{c.Platform, c.CustomerID}] {
			kept := reservation.Customer{
				Origin: c.Origin, Platform: c.Platform, RestaurantID: c.RestaurantID, CustomerID: c.CustomerID,
				ClockEpoch: c.ClockEpoch, Clock: c.Clock, Forgotten: true,
			}
			kept.Digest = ""
			customers[i] = kept
		}
	}
	return reservations, customers
}

// superseded is when each record was last absent or merged, by kind, platform and id.
func (m *truth) superseded() map[[3]string]int64 {
	last := map[[3]string]int64{}
	for _, a := range m.absences() {
		key := [3]string{a.Kind, a.Platform, a.ID}
		last[key] = max(last[key], a.ReadAt)
	}
	for _, x := range m.merges() {
		key := [3]string{reservation.KindCustomer, x.Platform, x.CustomerID}
		last[key] = max(last[key], x.ReadAt)
	}
	return last
}

// order is how observations of a key are compared: the platform's clock, the time of reading, the digest, reading and line.
func order(a, b reservation.Origin, clocks ...int64) int {
	return cmp.Or(cmp.Compare(clocks[0], clocks[1]), cmp.Compare(clocks[2], clocks[3]), cmp.Compare(a.ReadAt, b.ReadAt),
		strings.Compare(a.Digest, b.Digest), strings.Compare(a.Reading, b.Reading), cmp.Compare(a.Line, b.Line))
}

// current returns the observation of each key that counts.
func (m *truth) current() (reservations []reservation.Reservation, customers []reservation.Customer) {
	rs, cs := m.observations()
	superseded := m.superseded()
	bookings, guests := map[Subject]reservation.Reservation{}, map[Subject]reservation.Customer{}
	for _, r := range rs {
		key := Subject{r.Platform, r.ReservationID}
		at, gone := superseded[[3]string{reservation.KindReservation, r.Platform, r.ReservationID}]
		best, ok := bookings[key]
		if (!gone || r.ReadAt > at) &&
			(!ok || order(r.Origin, best.Origin, r.ClockEpoch, best.ClockEpoch, r.Clock, best.Clock) > 0) {
			bookings[key] = r
		}
	}
	for _, c := range cs {
		if c.Forgotten && c.Digest != "" { // a request that is not heeded
			continue
		}
		key := Subject{c.Platform, c.CustomerID}
		at, gone := superseded[[3]string{reservation.KindCustomer, c.Platform, c.CustomerID}]
		best, ok := guests[key]
		if (!gone || c.ReadAt > at) &&
			(!ok || order(c.Origin, best.Origin, c.ClockEpoch, best.ClockEpoch, c.Clock, best.Clock) > 0) {
			guests[key] = c
		}
	}
	maps.DeleteFunc(guests, func(_ Subject, c reservation.Customer) bool { return c.Hidden != nil && *c.Hidden })
	return slices.Collect(maps.Values(bookings)), slices.Collect(maps.Values(guests))
}

// dates are the current bookings by service date: what of them a change of it means.
func (m *truth) dates() map[string]string {
	current, _ := m.current()
	out := map[string]string{}
	for _, r := range current {
		if r.ServiceDate != nil {
			day := time.Unix(int64(*r.ServiceDate)*86400, 0).UTC().Format(time.DateOnly)
			out[fmt.Sprint(r.Platform, " ", r.ReservationID, " ", day, " ", r.ClockEpoch, " ", r.Clock, " ", r.Digest)] = day
		}
	}
	return out
}

// changed returns the days of what is in one of two only, sorted.
func changed(a, b map[string]string) []string {
	days := map[string]bool{}
	for _, side := range [2][2]map[string]string{{a, b}, {b, a}} {
		for row, day := range side[0] {
			if _, ok := side[1][row]; !ok {
				days[day] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(days))
}

// ledger returns the rows of loads, and erasureRows those of erasures, as the queries of compare write them.
func (m *truth) ledger() (rows []string) {
	for id, x := range m.loaded {
		in := x.Input()
		r, c := in.Counts[reservation.KindReservation], in.Counts[reservation.KindCustomer]
		landed, guests, merged, absent := r.Accepted, c.Accepted, c.Merged, int64(0)
		if withholds(x.Result, reservation.KindReservation) {
			landed = 0
		}
		if withholds(x.Result, reservation.KindCustomer) {
			guests, merged = 0, 0
		}
		for _, a := range x.Absent {
			if !withholds(x.Result, a.Kind) {
				absent++
			}
		}
		rows = append(
			rows,
			fmt.Sprint(
				id,
				"|",
				x.Source,
				"|",
				x.Day,
				"|",
				cmp.Or(x.By, lake.ByUpdated),
				"|",
				x.Rank,
				"|",
				x.Refused,
				"|",
				!x.Unstable,
				"|",
				shownTime(x.ReadAt.UnixMicro()),
				"|",
				r.Received,
				"|",
				r.Accepted,
				"|",
				r.Quarantined,
				"|",
				landed,
				"|",
				c.Received,
				"|",
				c.Accepted,
				"|",
				c.Quarantined,
				"|",
				guests,
				"|",
				len(x.Erasures),
				"|",
				absent,
				"|",
				merged,
				"|",
				r.Noted+c.Noted,
				"|",
				r.Unread+c.Unread,
				"|",
				strings.Join(slices.Sorted(maps.Keys(x.Withheld)), ","),
				"|",
				x.manifest,
				"|",
				in.Result,
				"|test|",
				shownTime(clock().UnixMicro()),
			),
		)
	}
	return sorted(rows)
}

func (m *truth) erasureRows(of map[erasureKey]string) (rows []string) {
	for k, at := range of {
		line := ""
		if k.line != 0 {
			line = strconv.FormatInt(k.line, 10)
		}
		rows = append(rows, strings.Join([]string{k.who.Platform, k.who.CustomerID, k.reading, line, k.cause, at}, "|"))
	}
	return sorted(rows)
}

func (m *truth) decisionRows() (rows []string) {
	for _, d := range m.decisions {
		rows = append(rows, fmt.Sprint(d.reading, "|", d.Decision, "|", d.requests, "|someone|test|",
			shownTime(clock().UnixMicro())))
	}
	return sorted(rows)
}

func shownTime(micros int64) string {
	return time.UnixMicro(micros).UTC().Format("2006-01-02T15:04:05.000000")
}
