package warehouse

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

var days = []string{"2026-03-27", "2026-03-28", "2026-03-29"}

// drawReading draws one reading's results, one for each of some ranks. Content collides on purpose: few bookings and guests, few
// versions, equal clocks with different content, equal reading times, one id absent twice, chains and circles of merges.
// Erasures do not depend on the rank, since they only grow, and neither do merges of guests who are ever erased, nor whether
// they go in. Those of the others (h1 to h4) do.
func drawReading(t *rapid.T, n int) []wt.Result {
	guests := rapid.SampledFrom([]string{"", "g1", "g2", "g3", "h1"})
	base := wt.Result{
		Source: rapid.SampledFrom([]string{"opentable/101", "opentable/102"}).Draw(t, "source"),
		Day:    rapid.SampledFrom(days[:2]).Draw(t, "day"),
		By:     rapid.SampledFrom([]string{lake.ByUpdated, lake.ByServiceDate, lake.ByReconcile}).Draw(t, "by"),
		Name:   fmt.Sprintf("%08x", n), Unstable: rapid.Bool().Draw(t, "unstable"),
	}
	base.ReadAt = readAt("2026-03-29", rapid.IntRange(0, 2).Draw(t, "read at"))
	if g := guests.Draw(t, "erased"); g != "" && rapid.Bool().Draw(t, "erases") {
		base.Erasures = []reservation.Erasure{wt.Erase(g)}
		base.Held = rapid.SampledFrom([]string{"", "", "too many"}).Draw(t, "held")
	}
	base.Merged = drawMerges(t, []string{"g1", "g2", "g3", "g4"})
	var out []wt.Result
	for _, contract := range rapid.SliceOfNDistinct(rapid.Int64Range(1, 3), 1, 3, rapid.ID).Draw(t, "ranks") {
		r := base
		r.Rank = wt.Rank(contract)
		r.Quarantined = map[string]int64{
			reservation.KindReservation: rapid.Int64Range(0, 2).Draw(t, "quarantined"),
			reservation.KindCustomer:    rapid.Int64Range(0, 2).Draw(t, "guests quarantined"),
		}
		drawWithheld(t, &r)
		r.Merged = slices.Concat(base.Merged, drawMerges(t, []string{"h1", "h2", "h3", "h4"}))
		for range rapid.IntRange(0, 3).Draw(t, "bookings") {
			b := wt.Booking(rapid.IntRange(1, 5).Draw(t, "booking"), rapid.SampledFrom([]int64{1, 1, 1, 2, 3}).Draw(t, "version"),
				guests.Draw(t, "guest"))
			if rapid.IntRange(0, 3).Draw(t, "odd") == 0 {
				b.Channel = "phone" // other content under the same clock
				b.ServiceDate = wt.Day("2026-03-30")
			}
			r.Reservations = append(r.Reservations, b)
		}
		for range rapid.IntRange(0, 2).Draw(t, "guests") {
			id, version := rapid.SampledFrom([]string{"g1", "g2", "g3", "h1", "h2"}).Draw(t, "guest"),
				rapid.SampledFrom([]int64{1, 1, 2}).Draw(t, "version")
			if rapid.IntRange(0, 3).Draw(t, "hidden") == 0 {
				r.Customers = append(r.Customers, wt.Hidden(id, version))
			} else {
				r.Customers = append(r.Customers, wt.Guest(id, version))
			}
		}
		r.Noted = map[string]int64{reservation.KindReservation: rapid.Int64Range(0, int64(len(r.Reservations))).Draw(t, "noted")}
		r.Unread = map[string]int64{reservation.KindCustomer: rapid.Int64Range(0, 2).Draw(t, "unread")}
		for range rapid.IntRange(0, 2).Draw(t, "absent") {
			absent := wt.AbsentBooking(rapid.IntRange(1, 6).Draw(t, "absent booking")) // nobody ever books 6, nobody is g4
			if rapid.IntRange(0, 2).Draw(t, "of guests") == 0 {
				absent = wt.AbsentGuest(rapid.SampledFrom([]string{"g1", "g2", "g3", "g4"}).Draw(t, "absent guest"))
			}
			r.Absent = append(r.Absent, absent)
		}
		if len(r.Withheld) > 0 { // the reading is refused where nothing is left
			r.Refused = true
			for kind, n := range r.Input().Counts {
				r.Refused = r.Refused && (r.Withheld[kind] != "" || n.Received+n.Absent == 0)
			}
		}
		out = append(out, r)
	}
	return out
}

// drawMerges draws who of some guests is another of them now, or nobody knows who.
func drawMerges(t *rapid.T, ids []string) (out []reservation.Merge) {
	for range max(0, rapid.IntRange(-2, 2).Draw(t, "merges")) {
		survivor := rapid.SampledFrom(append([]string{""}, ids...))
		out = append(out, wt.Merged(rapid.SampledFrom(ids).Draw(t, "merged"), survivor.Draw(t, "survivor")))
	}
	return out
}

// drawWithheld draws of which kinds nothing goes in. Of guests all does where the result says who is whom for good.
func drawWithheld(t *rapid.T, r *wt.Result) {
	r.Withheld = map[string]string{}
	if rapid.IntRange(0, 5).Draw(t, "bookings withheld") == 0 && r.Quarantined[reservation.KindReservation] > 0 {
		r.Withheld[reservation.KindReservation] = "too many"
	}
	if len(r.Merged) > 0 {
		return
	}
	if rapid.IntRange(0, 5).Draw(t, "guests withheld") == 0 && r.Quarantined[reservation.KindCustomer] > 0 {
		r.Withheld[reservation.KindCustomer] = "too many"
	}
	if rapid.IntRange(0, 5).Draw(t, "refused") == 0 {
		r.Refused, r.Withheld = true, nil // as a program wrote it that knew of no kinds
	}
}

// model is the warehouse as a pure function: of the readings loaded, each at a rank, and of the erasures.
type model struct {
	loaded map[string]wt.Result // by reading
	erased map[string]bool
}

// load takes, of what is published, what the days asked for have that is newer.
func (m *model) load(published []wt.Result, of []string) {
	for _, r := range published {
		id := r.ID().String()
		if have, ok := m.loaded[id]; slices.Contains(of, r.Day) && (!ok || r.Rank.Compare(have.Rank) > 0) {
			m.loaded[id] = r
		}
	}
	for _, r := range m.loaded {
		for _, e := range r.Erasures {
			m.erased[e.CustomerID] = m.erased[e.CustomerID] || r.Held == ""
		}
	}
	// Whoever was ever held for one person with somebody erased is erased, too.
	for grown := true; grown; {
		grown = false
		for _, x := range m.merges() {
			if x.SurvivorID == nil || *x.SurvivorID == x.CustomerID || m.erased[x.CustomerID] == m.erased[*x.SurvivorID] {
				continue
			}
			m.erased[x.CustomerID], m.erased[*x.SurvivorID], grown = true, true, true
		}
	}
}

// all returns who is erased, and held who asks to be and is not heeded.
func (m *model) all() (guests []string) {
	for g, erased := range m.erased {
		if erased {
			guests = append(guests, g)
		}
	}
	return sorted(guests)
}

func (m *model) held() (rows []string) {
	for id, r := range m.loaded {
		for _, e := range r.Erasures {
			if r.Held != "" {
				rows = append(rows, e.CustomerID+"|"+id)
			}
		}
	}
	return sorted(rows)
}

// withholds reports whether nothing of a kind goes in.
func withholds(r wt.Result, kind string) bool { return r.Refused || r.Withheld[kind] != "" }

// merges returns what the readings say of merged guests.
func (m *model) merges() (all []reservation.Merge) {
	for _, r := range m.loaded {
		if !withholds(r, reservation.KindCustomer) {
			all = append(all, r.Merges()...)
		}
	}
	return all
}

// survivors returns who is meant by whom: from each guest along the last word of each, until one has none or a guest comes again.
func (m *model) survivors() (lines []string) {
	_, customers := m.rows()
	word := map[string]reservation.Merge{}
	for _, x := range m.merges() {
		have, ok := word[x.CustomerID]
		if !ok || cmp.Or(cmp.Compare(x.ReadAt, have.ReadAt), strings.Compare(survivorOf(x), survivorOf(have))) > 0 {
			word[x.CustomerID] = x
		}
	}
	for _, o := range customers {
		if x, ok := word[o.key]; ok && o.at > x.ReadAt {
			delete(word, o.key)
		}
	}
	for id := range word {
		seen, last := map[string]bool{}, id
		for survivorOf(word[last]) != "" && !seen[last] {
			seen[last] = true
			last = survivorOf(word[last])
		}
		if !seen[last] && last != id {
			lines = append(lines, id+"|"+last)
		}
	}
	return sorted(lines)
}

func survivorOf(x reservation.Merge) string {
	if x.SurvivorID == nil {
		return ""
	}
	return *x.SurvivorID
}

// observation is what orders observations, and a line that says what the row must hold.
type observation struct {
	key, shown       string
	epoch, clock, at int64
	digest, reading  string
	line             int64
	hidden           bool
}

func (m *model) rows() (reservations, customers []observation) {
	for _, r := range m.loaded {
		rs, cs, _ := r.Rows()
		if withholds(r, reservation.KindReservation) {
			rs = nil
		}
		if withholds(r, reservation.KindCustomer) {
			cs = nil
		}
		for _, x := range rs {
			guest := ""
			if x.CustomerID != nil {
				guest = *x.CustomerID
			}
			if m.erased[guest] {
				guest, x.Digest = "", ""
			}
			reservations = append(reservations, observation{
				key: x.ReservationID, epoch: x.ClockEpoch, clock: x.Clock, at: x.ReadAt, digest: x.Digest, reading: x.Reading,
				line: x.Line,
				shown: fmt.Sprintf("%s|%d|%s|%s|%s|%d|%s", x.Reading, x.Line, x.ReservationID, x.Digest, guest, x.Clock,
					x.Channel),
			})
		}
		for _, x := range cs {
			email, forgotten, hidden := *x.EmailToken, false, x.Hidden != nil
			if m.erased[x.CustomerID] {
				email, forgotten, hidden, x.Digest = "", true, false, ""
			}
			customers = append(customers, observation{
				key: x.CustomerID, epoch: x.ClockEpoch, clock: x.Clock, at: x.ReadAt, digest: x.Digest, reading: x.Reading,
				line: x.Line, hidden: hidden,
				shown: fmt.Sprintf("%s|%d|%s|%s|%s|%d|%t", x.Reading, x.Line, x.CustomerID, x.Digest, email, x.Clock, forgotten),
			})
		}
	}
	return reservations, customers
}

// absences returns the rows of absent ids, and the last time that each was absent or merged, by kind and id.
func (m *model) absences() (rows []string, last map[string]int64) {
	last = map[string]int64{}
	for _, r := range m.loaded {
		for _, a := range r.Absences() {
			if withholds(r, a.Kind) {
				continue
			}
			rows = append(rows, fmt.Sprintf("%s|%d|%s|%s|%s|%s", a.Reading, a.Line, a.Platform, a.Source, a.Kind, a.ID))
			last[a.Kind+" "+a.ID] = max(last[a.Kind+" "+a.ID], a.ReadAt)
		}
	}
	for _, x := range m.merges() {
		key := reservation.KindCustomer + " " + x.CustomerID
		last[key] = max(last[key], x.ReadAt)
	}
	return sorted(rows), last
}

func shown(all []observation) []string {
	var out []string
	for _, o := range all {
		out = append(out, o.shown)
	}
	return sorted(out)
}

// currentOf is the best observation of each key since it was last absent or merged, but for hidden ones.
func currentOf(kind string, all []observation, absent map[string]int64) []observation {
	best := map[string]observation{}
	for _, o := range all {
		if at, ok := absent[kind+" "+o.key]; ok && o.at <= at {
			continue
		}
		b, ok := best[o.key]
		if !ok || cmp.Or(cmp.Compare(o.epoch, b.epoch), cmp.Compare(o.clock, b.clock), cmp.Compare(o.at, b.at),
			strings.Compare(o.digest, b.digest),
			strings.Compare(o.reading, b.reading), cmp.Compare(o.line, b.line)) > 0 {
			best[o.key] = o
		}
	}
	maps.DeleteFunc(best, func(_ string, o observation) bool { return o.hidden })
	return slices.Collect(maps.Values(best))
}

// readTime is an instant of a row as text.
func readTime(micros int64) string {
	return time.UnixMicro(micros).UTC().Format("2006-01-02T15:04:05.000000")
}

// check compares a warehouse with the model.
func (m *model) check(t testing.TB, w *Warehouse) {
	t.Helper()
	reservations, customers := m.rows()
	absences, absent := m.absences()
	current := currentOf(reservation.KindReservation, reservations, absent)
	var versions []string
	for _, o := range current {
		versions = append(versions, fmt.Sprintf("%s|%d|%s", o.key, o.clock, readTime(o.at)))
	}
	const r = "SELECT reading, line, reservation_id, digest, customer_id, clock, channel FROM "
	const c = "SELECT reading, line, customer_id, digest, email_token, clock, forgotten FROM "
	var ledger []string
	for id, x := range m.loaded {
		landed, merged, gone := len(x.Reservations), len(x.Merged), 0
		if withholds(x, reservation.KindReservation) {
			landed = 0
		}
		if withholds(x, reservation.KindCustomer) {
			merged = 0
		}
		for _, a := range x.Absent {
			if !withholds(x, a.Kind) {
				gone++
			}
		}
		ledger = append(ledger, fmt.Sprintf("%s|%s|%t|%t|%d|%d|%d|%d|%d|%d|%d|%s", id, x.Rank, x.Refused, !x.Unstable,
			int64(len(x.Reservations))+x.Quarantined[reservation.KindReservation], len(x.Reservations), landed, gone, merged,
			x.Noted[reservation.KindReservation], x.Unread[reservation.KindCustomer],
			strings.Join(slices.Sorted(maps.Keys(x.Withheld)), ",")))
	}
	var merges []string
	for _, x := range m.merges() {
		merges = append(merges, fmt.Sprintf("%s|%d|%s|%s|%s|%s|%s", x.Reading, x.Line, x.Platform, x.Source, x.CustomerID,
			survivorOf(x), readTime(x.ReadAt)))
	}
	for _, x := range []struct {
		what, query string
		want        []string
	}{
		{"reservation observations", r + "reservation_observations", shown(reservations)},
		{"customer observations", c + "customer_observations", shown(customers)},
		{"reservations", r + "reservations", shown(current)},
		{"customers", c + "customers", shown(currentOf(reservation.KindCustomer, customers, absent))},
		{"absences", "SELECT reading, line, platform, source, kind, id FROM absences", absences},
		{"merges", "SELECT reading, line, platform, source, customer_id, survivor_id, read_at FROM merges", sorted(merges)},
		{"survivors", "SELECT customer_id, survivor_id FROM survivors", m.survivors()},
		{"current versions", "SELECT reservation_id, clock, last_read_at FROM reservation_versions WHERE is_current",
			sorted(versions)},
		{"erasures", "SELECT DISTINCT customer_id FROM erasures", m.all()},
		{"held erasures", "SELECT customer_id, reading FROM held_erasures", m.held()},
		{"ledger", "SELECT reading, rank, refused, stable, reservation_received, reservation_accepted, reservation_landed, " +
			"absent, customer_merged, noted, unread, withheld FROM loads", sorted(ledger)},
	} {
		if diff := gocmp.Diff(x.want, sorted(ask(t, w, x.query))); diff != "" {
			t.Fatalf("%s (- model, + warehouse):\n%s", x.what, diff)
		}
	}
}

// TestAnyOrder publishes random results of random readings, in random manifests (several may name one result, or an older
// rank after a newer one), and loads random days in between, some twice. After every load the warehouse is what the model says,
// and in the end it is, row by row, what one load from scratch makes.
func TestAnyOrder(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		rapid.Check(t, func(rt *rapid.T) {
			zone := newZone(t)
			w, scratch := openNew(t, e), openNew(t, e)
			defer w.Close() // now: a check opens two
			defer scratch.Close()
			m := &model{loaded: map[string]wt.Result{}, erased: map[string]bool{}}
			var all, published []wt.Result
			for n := range rapid.IntRange(2, 5).Draw(rt, "readings") {
				all = append(all, drawReading(rt, n)...)
			}
			for range rapid.IntRange(2, 4).Draw(rt, "steps") {
				day := rapid.SampledFrom(all).Draw(rt, "of the day of").Day
				chosen := map[string]wt.Result{}
				for _, r := range all {
					if r.Day == day && rapid.IntRange(0, 3).Draw(rt, "named") > 0 {
						chosen[r.ID().String()] = r // one rank a reading
					}
				}
				if len(chosen) > 0 {
					results := slices.Collect(maps.Values(chosen))
					wt.Publish(t, zone, rapid.IntRange(1, 2).Draw(rt, "objects"), results...)
					published = append(published, results...)
				}
				if asked := rapid.SliceOfNDistinct(rapid.SampledFrom(days), 0, 2, rapid.ID).Draw(rt, "asked"); len(asked) > 0 {
					mustLoad(t, w, options(zone, asked...))
					m.load(published, asked)
					m.check(t, w)
				}
			}
			mustLoad(t, w, options(zone))
			m.load(published, days)
			m.check(t, w)
			if again := mustLoad(t, w, options(zone)); !again.Unchanged() {
				t.Fatalf("a second load took %d readings", len(again.Taken))
			}
			mustLoad(t, scratch, options(zone))
			if diff := gocmp.Diff(tables(t, scratch), tables(t, w)); diff != "" {
				t.Fatalf("- from scratch, + in steps:\n%s", diff)
			}
		})
	})
}
