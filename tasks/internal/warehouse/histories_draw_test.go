//go:build cgo

package warehouse

import (
	"fmt"
	"math/rand/v2"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// world is a small history of its own: a few readings of three sources on two platforms, at several ranks, with ids that no other
// world has. What happens to it is drawn from its own numbers, so that it is the same alone and among others.
type world struct {
	n        int
	rng      *rand.Rand
	readings [][]wt.Result // by reading, its results by rank
}

func newWorld(seed uint64, n int) *world {
	w := &world{n: n, rng: rand.New(rand.NewPCG(seed, uint64(n)))}
	for i := range 3 + w.rng.IntN(5) {
		w.readings = append(w.readings, w.reading(i))
	}
	return w
}

// one reports a chance of one in n.
func (w *world) one(in int) bool { return w.rng.IntN(in) == 0 }

func pick[T any](w *world, all ...T) T { return all[w.rng.IntN(len(all))] }

// guest is the id of a guest, the same on both platforms. h1 and h2 are seldom erased, g4 is seldom read.
func (w *world) guest() string {
	return fmt.Sprintf("w%d-%s", w.n, pick(w, "g1", "g1", "g2", "g2", "g3", "g4", "h1", "h2"))
}

func (w *world) reading(i int) []wt.Result {
	base := wt.Result{
		Source: fmt.Sprintf(pick(w, "opentable/%d1", "opentable/%d2", "thefork/%d1"), w.n),
		Day:    pick(w, days...), By: pick(w, lake.ByUpdated, lake.ByUpdated, lake.ByServiceDate, lake.ByReconcile),
		Name: fmt.Sprintf("%08x", i), Unstable: w.one(3),
		ReadAt: readAt("2026-03-29", w.rng.IntN(3)), // of whichever day: often read at the same time, or in another order
	}
	ranks := []lake.Rank{wt.Rank(1), {Contract: 1, Source: 1, Key: 2}, {Contract: 1, Source: 2, Key: 1}, wt.Rank(2)}
	w.rng.Shuffle(len(ranks), func(i, j int) { ranks[i], ranks[j] = ranks[j], ranks[i] })
	var out []wt.Result
	for _, rank := range ranks[:1+w.rng.IntN(3)] {
		r := base
		r.Rank = rank
		w.fill(&r)
		out = append(out, r)
	}
	return out
}

// fill draws what a reading has at one rank. Content collides on purpose: few bookings and guests, equal clocks with different
// content, one id absent twice, chains and circles of merges.
func (w *world) fill(r *wt.Result) {
	platform := reservation.OpenTable
	if r.Source[0] == 't' {
		platform = reservation.TheFork
	}
	for range w.rng.IntN(5) {
		r.Reservations = append(r.Reservations, w.booking(platform))
	}
	for range w.rng.IntN(3) {
		r.Customers = append(r.Customers, w.customer(platform))
	}
	for range max(0, w.rng.IntN(4)-1) {
		a := reservation.Absence{Kind: reservation.KindReservation, ID: w.bookingID(6)}
		if w.one(3) {
			a = reservation.Absence{Kind: reservation.KindCustomer, ID: w.guest()}
		}
		r.Absent = append(r.Absent, a)
	}
	for range max(0, w.rng.IntN(5)-2) {
		survivor := w.guest()
		if w.one(5) {
			survivor = ""
		}
		r.Merged = append(r.Merged, wt.Merged(w.guest(), survivor))
	}
	for range max(0, w.rng.IntN(8)-5) {
		r.Erasures = append(r.Erasures, reservation.Erasure{Platform: platform, CustomerID: w.guest()})
	}
	for i := range r.Customers { // a record that asks to be forgotten brings the request
		if c := &r.Customers[i]; w.one(5) {
			*c = reservation.Customer{
				Platform: platform, RestaurantID: c.RestaurantID, CustomerID: c.CustomerID, ClockEpoch: 1, Clock: c.Clock,
				Forgotten: true,
			}
			r.Erasures = append(r.Erasures, reservation.Erasure{Platform: platform, CustomerID: c.CustomerID})
		}
	}
	if len(r.Erasures) > 0 && w.one(3) {
		r.Held = "too many"
	}
	kinds := []string{reservation.KindReservation, reservation.KindCustomer}
	r.Quarantined = map[string]int64{kinds[0]: w.rng.Int64N(3), kinds[1]: w.rng.Int64N(3)}
	r.Noted = map[string]int64{kinds[0]: w.rng.Int64N(int64(len(r.Reservations)) + 1)}
	r.Unread = map[string]int64{kinds[w.rng.IntN(2)]: w.rng.Int64N(3)}
	if w.one(12) {
		r.Refused = true // as a program wrote it that knew of no kinds
		return
	}
	r.Withheld = map[string]string{}
	for _, kind := range kinds {
		if w.one(8) && r.Quarantined[kind] > 0 {
			r.Withheld[kind] = "too many"
		}
	}
	r.Refused = len(r.Withheld) > 0
	for kind, n := range r.Input().Counts { // the reading is refused where nothing is left
		r.Refused = r.Refused && (r.Withheld[kind] != "" || n.Received+n.Absent == 0)
	}
}

// bookingID is one of a few; nobody books the last of six.
func (w *world) bookingID(of int) string { return fmt.Sprintf("w%d-%d", w.n, 1+w.rng.IntN(of)) }

func (w *world) booking(platform string) reservation.Reservation {
	guest := ""
	if !w.one(4) {
		guest = w.guest()
	}
	b := wt.Booking(0, pick(w, int64(1), 1, 1, 2, 3), guest)
	b.Platform, b.ReservationID, b.ClockEpoch = platform, w.bookingID(5), pick(w, int64(1), 1, 1, 2)
	if w.one(4) {
		b.Channel, b.ServiceDate = "phone", wt.Day("2026-03-30") // other content under the same clock
	}
	if w.one(8) {
		b.ServiceDate = nil
	}
	return b
}

func (w *world) customer(platform string) reservation.Customer {
	c := wt.Guest(w.guest(), pick(w, int64(1), 1, 2))
	yes := true
	c.Platform, c.PhoneToken, c.NameToken = platform, wt.Text("t-"+c.CustomerID), wt.Text("n-"+c.CustomerID)
	c.EmailOptIn, c.Archived, c.MarketingOptedOut = &yes, new(bool), &yes
	c.FirstVisitAt, c.LastVisitAt = wt.Micros("2026-01-02T19:00:00"), wt.Micros("2026-03-02T19:00:00")
	if platform == reservation.TheFork {
		c.RestaurantID = nil
	}
	if w.one(4) {
		c.Hidden = &yes
	}
	if w.one(4) {
		c.Country = wt.Text("FR")
	}
	return c
}

// act is what happens to a world between two loads.
type act struct {
	publish [2][]wt.Result // in two manifests a day; of a reading at most one rank in each
	leave   map[string]bool
	forget  []Subject
}

// decision is what a person decides of a reading's requests to forget.
type decision struct {
	reading string
	Decision
}

// decide draws what is decided of the world's readings, each of which is as the truth has it. It is drawn for few of the
// worlds, since each decision is a transaction of its own.
func (w *world) decide(m *truth) (out []decision) {
	if w.n%10 != 0 {
		return nil
	}
	for _, ranks := range w.readings {
		id := ranks[0].ID().String()
		last := m.decision(id)
		switch held, brought := m.heldOf(id), m.broughtBy(id); {
		case w.one(3) && len(held) > 0:
			if d := pick(w, Confirmed, RefusedRequests); d != last {
				out = append(out, decision{id, d})
			}
		case w.one(4) && len(brought) > 0:
			out = append(out, decision{id, TakenBack})
		}
	}
	return out
}

// next draws it. The last one leaves nothing undone.
func (w *world) next(last bool) act {
	a := act{leave: map[string]bool{}}
	for _, ranks := range w.readings {
		for i := range a.publish {
			if last || w.one(2+i) {
				a.publish[i] = append(a.publish[i], pick(w, ranks...))
			}
		}
		if !last && w.one(5) {
			a.leave[ranks[0].ID().String()] = true
		}
	}
	if w.one(6) {
		a.forget = append(a.forget, Subject{pick(w, reservation.OpenTable, reservation.TheFork), w.guest()})
	}
	return a
}
