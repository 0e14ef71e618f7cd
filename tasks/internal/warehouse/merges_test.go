package warehouse

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// merging is a reading some minutes after a day that says that guests were merged.
func merging(day string, minutes int, merged ...reservation.Merge) wt.Result {
	r := reading(day, minutes)
	r.Merged = merged
	return r
}

// guestsOf shows the current guests with their clocks, and who is meant by whom.
func guestsOf(t *testing.T, w *Warehouse) string {
	t.Helper()
	return strings.Join(ask(t, w, "SELECT customer_id, clock FROM customers ORDER BY 1"), " ") + " / " +
		strings.Join(ask(t, w, "SELECT customer_id, survivor_id FROM survivors ORDER BY 1, 2"), " ")
}

// TestMerged follows one guest: there, merged, there again, and merged for good. Then a newer rank takes the last merge back.
func TestMerged(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		load := func(want string, r wt.Result) Loaded {
			t.Helper()
			wt.Publish(t, zone, 1, r)
			out := mustLoad(t, w, options(zone))
			if got := guestsOf(t, w); got != want {
				t.Errorf("current and survivors %q, want %q", got, want)
			}
			return out
		}
		there := reading("2026-03-27", 1)
		there.Customers = []reservation.Customer{wt.Guest("g1", 5), wt.Guest("g2", 1)}
		load("g1|5 g2|1 / ", there)
		// Of g8 nothing was ever read, and nobody knows into whom g7 went.
		out := load("g2|1 / g1|g2 g8|g9",
			merging("2026-03-28", 1, wt.Merged("g1", "g2"), wt.Merged("g8", "g9"), wt.Merged("g7", "")))
		if out.Merges != 3 || out.TouchedCustomers != 3 || out.TouchedReservations != 0 ||
			out.Counts[reservation.KindCustomer] != (Counts{Received: 3, Merged: 3}) {
			t.Errorf("the guest that was merged: %+v", out)
		}
		if got := ask(t, w, "SELECT * FROM erasures"); len(got) > 0 || out.ErasedCustomers != 0 {
			t.Errorf("a merge is no request to be forgotten: %q", got)
		}
		// Under a lower clock than before: whatever was read later is what is there, and the merge is undone.
		back := reading("2026-03-28", 2)
		back.Customers = []reservation.Customer{wt.Guest("g1", 3)}
		load("g1|3 g2|1 / g8|g9", back)
		// A late reading of before the merge says nothing new.
		late := reading("2026-03-27", 3)
		late.Customers = []reservation.Customer{wt.Guest("g1", 7)}
		load("g1|3 g2|1 / g8|g9", late)
		// A reading of which guests are withheld says nothing of merges; at a newer rank, accepted, it does; at the next not any
		// more.
		last := merging("2026-03-29", 3, wt.Merged("g1", "g2"))
		last.Quarantined = map[string]int64{reservation.KindCustomer: 9}
		last.Withheld = map[string]string{reservation.KindCustomer: "9 of 10 refused"}
		last.Refused = true
		if out := load("g1|3 g2|1 / g8|g9", last); out.Merges != 0 {
			t.Errorf("withheld: %+v", out)
		}
		last.Rank, last.Refused, last.Withheld = wt.Rank(2), false, nil
		if out := load("g2|1 / g1|g2 g8|g9", last); out.Merges != 1 || out.Replaced != 1 || out.TouchedCustomers != 1 {
			t.Errorf("accepted: %+v", out)
		}
		last.Rank, last.Merged = wt.Rank(3), nil
		if out := load("g1|3 g2|1 / g8|g9", last); out.TouchedCustomers != 1 {
			t.Errorf("taken back: %+v", out)
		}
		if diff := gocmp.Diff([]string{"2026-03-27|0", "2026-03-27|0", "2026-03-28|0", "2026-03-28|3", "2026-03-29|0"},
			ask(t, w, "SELECT day, customer_merged FROM loads ORDER BY 1, 2")); diff != "" {
			t.Error(diff)
		}
	})
}

// TestMergedAtTheSameTime: what was read at the very time of the merge is out and undoes nothing, a microsecond later it is in.
func TestMergedAtTheSameTime(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		r := reading("2026-03-27", 1)
		// Two rows are read at a time: g1 and g2 with the merges, g3 a microsecond later.
		r.Customers = []reservation.Customer{wt.Guest("g1", 1), wt.Guest("g2", 1), wt.Guest("g3", 1)}
		merges := merging("2026-03-27", 1, wt.Merged("g1", "g2"), wt.Merged("g3", "g2"))
		merges.Name = "0000000f"
		wt.Publish(t, zone, 1, r, merges)
		mustLoad(t, w, options(zone))
		if got, want := guestsOf(t, w), "g2|1 g3|1 / g1|g2"; got != want {
			t.Errorf("current and survivors %q, want %q", got, want)
		}
	})
}

// TestSurvivors: who is meant by whom, by hand. Each day's merges are read some minutes after those before.
func TestSurvivors(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		for name, c := range map[string]struct {
			merges [][]reservation.Merge
			want   string
		}{
			"a chain of three":       {[][]reservation.Merge{{wt.Merged("a", "b")}, {wt.Merged("b", "c")}}, "a|c b|c"},
			"a chain, the end first": {[][]reservation.Merge{{wt.Merged("b", "c")}, {wt.Merged("a", "b")}}, "a|c b|c"},
			"a chain of five": {[][]reservation.Merge{{
				wt.Merged("a", "b"), wt.Merged("c", "d"), wt.Merged("b", "c"), wt.Merged("d", "e"),
			}}, "a|e b|e c|e d|e"},
			"two into one":    {[][]reservation.Merge{{wt.Merged("a", "c"), wt.Merged("b", "c")}}, "a|c b|c"},
			"a circle":        {[][]reservation.Merge{{wt.Merged("a", "b")}, {wt.Merged("b", "a")}}, ""},
			"into themselves": {[][]reservation.Merge{{wt.Merged("a", "a")}}, ""},
			"a chain into a circle": {[][]reservation.Merge{{
				wt.Merged("a", "b"), wt.Merged("b", "c"), wt.Merged("c", "b"), wt.Merged("d", "e"),
			}}, "d|e"},
			"nobody knows into whom":       {[][]reservation.Merge{{wt.Merged("a", "")}}, ""},
			"the last one archived":        {[][]reservation.Merge{{wt.Merged("a", "b")}, {wt.Merged("b", "")}}, "a|b"},
			"the platform's word of later": {[][]reservation.Merge{{wt.Merged("a", "c")}, {wt.Merged("a", "b")}}, "a|b"},
			"later only archived":          {[][]reservation.Merge{{wt.Merged("a", "c")}, {wt.Merged("a", "")}}, ""},
			"both at one time":             {[][]reservation.Merge{{wt.Merged("a", "b"), wt.Merged("a", "c")}}, "a|c"},
			"a circle that a later one opens": {[][]reservation.Merge{
				{wt.Merged("a", "b")}, {wt.Merged("b", "a")}, {wt.Merged("b", "c")},
			}, "a|c b|c"},
		} {
			zone, w := newZone(t), openNew(t, e)
			for i, merged := range c.merges {
				wt.Publish(t, zone, 1, merging("2026-03-27", i, merged...))
			}
			mustLoad(t, w, options(zone))
			if got := guestsOf(t, w); got != " / "+c.want {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
	})
}

// TestGuestReturnFollowsMerges: one visit on each of the days from 20 to 23 March, each under another record of a guest; by
// hand, how many are first ones and how many returns.
func TestGuestReturnFollowsMerges(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		again := reading("2026-03-29", 5)
		again.Customers = []reservation.Customer{wt.Guest("g1", 1)}
		for name, c := range map[string]struct {
			readings []wt.Result
			want     string // first visits, returns, of them within 30 days, days since the last one
		}{
			"nobody is merged":  {nil, "4|0|0|"},
			"two are one":       {[]wt.Result{merging("2026-03-28", 1, wt.Merged("g1", "g2"))}, "3|1|1|1"},
			"a chain of three":  {[]wt.Result{merging("2026-03-28", 1, wt.Merged("g1", "g2"), wt.Merged("g2", "g4"))}, "2|2|2|3"},
			"a circle of two":   {[]wt.Result{merging("2026-03-28", 1, wt.Merged("g1", "g2"), wt.Merged("g2", "g1"))}, "4|0|0|"},
			"a merge, undone":   {[]wt.Result{merging("2026-03-28", 1, wt.Merged("g1", "g2")), again}, "4|0|0|"},
			"archived, no more": {[]wt.Result{merging("2026-03-28", 1, wt.Merged("g1", ""))}, "4|0|0|"},
			"into one who has not been there": {
				[]wt.Result{merging("2026-03-28", 1, wt.Merged("g1", "g9"), wt.Merged("g4", "g9"))}, "3|1|1|3",
			},
		} {
			zone, w := newZone(t), openNew(t, e)
			visits := reading("2026-03-27", 1)
			for i, guest := range []string{"g1", "g2", "g3", "g4"} {
				b := wt.Booking(i, 2, guest) // completed
				day := *wt.Day("2026-03-20") + int32(i)
				b.ServiceDate = &day
				visits.Reservations = append(visits.Reservations, b)
				visits.Customers = append(visits.Customers, wt.Guest(guest, 1))
			}
			wt.Publish(t, zone, 1, visits)
			for _, r := range c.readings {
				wt.Publish(t, zone, 1, r)
			}
			mustLoad(t, w, options(zone))
			got := ask(t, w, "SELECT SUM(first_visits), SUM(return_visits), SUM(returns_within_30_days), SUM(days_since_last) "+
				"FROM guest_return")
			if !slices.Equal(got, []string{c.want}) {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
	})
}

// TestErasuresFollowMerges: whoever was merged with an erased guest, in whichever direction and over whichever chain, is erased
// too, in whatever order it is learned.
func TestErasuresFollowMerges(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		there := reading("2026-03-27", 1)
		there.Reservations = []reservation.Reservation{
			wt.Booking(1, 1, "g1"), wt.Booking(2, 1, "g2"), wt.Booking(3, 1, "g3"), wt.Booking(4, 1, "g4"),
		}
		for _, guest := range []string{"g1", "g2", "g3", "g4"} {
			there.Customers = append(there.Customers, wt.Guest(guest, 1))
		}
		// g3 was merged into g2 and g2 into g1, which was undone; g1 asked to be forgotten. Nobody was merged with g4.
		first, second := merging("2026-03-27", 2, wt.Merged("g2", "g1")), merging("2026-03-26", 1, wt.Merged("g3", "g2"))
		back := reading("2026-03-28", 3)
		back.Customers = []reservation.Customer{wt.Guest("g2", 2)}
		forgets := reading("2026-03-28", 4)
		forgets.Erasures = []reservation.Erasure{wt.Erase("g1")}
		all := []wt.Result{there, first, second, back, forgets}
		want := []string{
			"g1||1|2026-03-29T00:04:00.000000", "g1|merge||1970-01-01T00:00:00.000000",
			"g2|merge||1970-01-01T00:00:00.000000", "g3|merge||1970-01-01T00:00:00.000000",
		}
		scratch := map[string]string(nil)
		for i := range all {
			for _, backwards := range []bool{false, true} {
				order := slices.Concat(all[i:], all[:i])
				if backwards {
					slices.Reverse(order)
				}
				zone, w := newZone(t), openNew(t, e)
				for _, r := range order {
					wt.Publish(t, zone, 1, r)
					mustLoad(t, w, options(zone))
				}
				if got := ask(t, w, strings.ReplaceAll(leaks, "'g1'", "'g3'")); len(got) > 0 {
					t.Errorf("%d, %v: still there: %q", i, backwards, got)
				}
				if diff := gocmp.Diff(want, ask(t, w,
					"SELECT customer_id, cause, line, asked_at FROM erasures ORDER BY 1, 2 NULLS FIRST")); diff != "" {
					t.Errorf("%d, %v: erasures:\n%s", i, backwards, diff)
				}
				if diff := gocmp.Diff([]string{"1001-4|g4"},
					ask(t, w, "SELECT reservation_id, customer_id FROM reservations WHERE customer_id IS NOT NULL")); diff != "" {
					t.Errorf("%d, %v: %s", i, backwards, diff)
				}
				if scratch == nil {
					scratch = undisturbed(t, e, zone)
				}
				if diff := gocmp.Diff(scratch, tables(t, w)); diff != "" {
					t.Errorf("%d, %v: - at once, + one after the other:\n%s", i, backwards, diff)
				}
			}
		}
	})
}

// TestForgetFollowsMerges: on demand, before the merge is known and after it.
func TestForgetFollowsMerges(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		there := reading("2026-03-27", 1)
		there.Reservations = []reservation.Reservation{wt.Booking(1, 1, "g1"), wt.Booking(2, 1, "g2")}
		there.Customers = []reservation.Customer{wt.Guest("g1", 1), wt.Guest("g2", 1)}
		merges := merging("2026-03-28", 2, wt.Merged("g1", "g2"), wt.Merged("g2", "g3"))
		subjects := []Subject{{reservation.OpenTable, "g2"}}
		one := func(forgetFirst bool) map[string]string {
			zone, w := newZone(t), openNew(t, e)
			wt.Publish(t, zone, 1, there)
			if !forgetFirst {
				wt.Publish(t, zone, 1, merges)
			}
			mustLoad(t, w, options(zone))
			want := Forgotten{Subjects: 1, CustomerObservations: 1, ReservationObservations: 1}
			id, line := there.ID().String(), int64(2)
			traces := []Trace{{reservation.KindCustomer, id, line}, {reservation.KindReservation, id, line}}
			if !forgetFirst { // g3 is known by the merge alone
				want = Forgotten{Subjects: 3, Connected: 2, CustomerObservations: 2, ReservationObservations: 2}
				traces = []Trace{{"customer", id, 1}, {"customer", id, 2}, {"reservation", id, 1}, {"reservation", id, 2},
					{"merge", merges.ID().String(), 1}, {"merge", merges.ID().String(), 2}}
			}
			if got, err := w.Traces(t.Context(), subjects); err != nil || !slices.Equal(got, traces) {
				t.Errorf("traces %v, %v, want %v", got, err, traces)
			}
			if got, err := w.Reach(t.Context(), subjects); err != nil || got != want {
				t.Errorf("would reach %+v, %v, want %+v", got, err, want)
			}
			if got, err := w.Forget(t.Context(), subjects, "receipt-7", clock()); err != nil || got != want {
				t.Errorf("forgot %+v, %v, want %+v", got, err, want)
			}
			if forgetFirst {
				wt.Publish(t, zone, 1, merges)
				if out := mustLoad(t, w, options(zone)); out.ErasedCustomers != 2 {
					t.Errorf("learned later: %+v", out)
				}
			}
			if got := ask(t, w, leaks); len(got) > 0 {
				t.Errorf("still there: %q", got)
			}
			once := tables(t, w)
			if got, err := w.Forget(t.Context(), subjects, "receipt-8", clock()); err != nil || got != (Forgotten{}) {
				t.Errorf("again: %+v, %v", got, err)
			}
			if diff := gocmp.Diff(once, tables(t, w)); diff != "" {
				t.Errorf("again changed something:\n%s", diff)
			}
			if diff := gocmp.Diff([]string{"g1|merge", "g2|merge", "g2|receipt-7", "g3|merge"},
				ask(t, w, "SELECT customer_id, cause FROM erasures ORDER BY 1, 2")); diff != "" {
				t.Error(diff)
			}
			return once
		}
		if diff := gocmp.Diff(one(true), one(false)); diff != "" {
			t.Errorf("- forgotten first, + merged first:\n%s", diff)
		}
	})
}

// TestHidden: a guest whom the restaurant deleted from its guest book is not current, and no older record of the guest is; a
// later record that is not hidden brings the guest back.
func TestHidden(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		shown, hidden, again := reading("2026-03-27", 1), reading("2026-03-28", 2), reading("2026-03-29", 3)
		shown.Customers = []reservation.Customer{wt.Guest("g1", 1), wt.Hidden("g2", 1), wt.Guest("g3", 1)}
		hidden.Customers = []reservation.Customer{wt.Hidden("g1", 2), wt.Hidden("g2", 2), wt.Guest("g3", 2)}
		again.Customers = []reservation.Customer{wt.Guest("g1", 3)}
		for _, c := range []struct {
			order []wt.Result
			want  []string
		}{
			{[]wt.Result{shown, hidden, again}, []string{"g1|1 g3|1 / ", "g3|2 / ", "g1|3 g3|2 / "}},
			{[]wt.Result{hidden, shown, again}, []string{"g3|2 / ", "g3|2 / ", "g1|3 g3|2 / "}},
			{[]wt.Result{again, hidden, shown}, []string{"g1|3 / ", "g1|3 g3|2 / ", "g1|3 g3|2 / "}},
		} {
			zone, w := newZone(t), openNew(t, e)
			for i, r := range c.order {
				wt.Publish(t, zone, 1, r)
				mustLoad(t, w, options(zone))
				if got := guestsOf(t, w); got != c.want[i] {
					t.Errorf("after %s: %q, want %q", r.Day, got, c.want[i])
				}
			}
			if got := ask(t, w, "SELECT COUNT(*) FROM customer_observations"); !slices.Equal(got, []string{"7"}) {
				t.Errorf("observations %q", got)
			}
			err := w.Look(t.Context(), func(l *Look) error {
				for _, r := range c.order {
					if got, err := l.Stale(t.Context(), reservation.KindCustomer, r.Day); err != nil || got.Differ != 0 {
						t.Errorf("stale on %s: %+v, %v", r.Day, got, err)
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
}

// TestWithheld: of a kind that is withheld nothing goes in, neither rows nor absences nor merges; of the other kind all does. The
// ledger says which, and what was noted and not read.
func TestWithheld(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		r := reading("2026-03-27", 1)
		r.Reservations = []reservation.Reservation{wt.Booking(1, 1, "g1"), wt.Booking(2, 1, "")}
		r.Customers = []reservation.Customer{wt.Guest("g1", 1)}
		r.Merged = []reservation.Merge{wt.Merged("g2", "g1")}
		r.Absent = []reservation.Absence{wt.AbsentBooking(3), wt.AbsentGuest("g3")}
		r.Erasures = []reservation.Erasure{wt.Erase("g5")}
		r.Quarantined = map[string]int64{reservation.KindCustomer: 7}
		r.Noted = map[string]int64{reservation.KindReservation: 2, reservation.KindCustomer: 1}
		r.Unread = map[string]int64{reservation.KindReservation: 1}
		r.Withheld = map[string]string{reservation.KindCustomer: "7 of 9 customers were refused"}
		wt.Publish(t, zone, 1, r)
		out := mustLoad(t, w, options(zone))
		if out.Refused != 0 || out.Absences != 1 || out.Merges != 0 || out.Noted != 3 || out.Unread != 1 {
			t.Errorf("%+v", out)
		}
		const ledger = "SELECT refused, withheld, reservation_received, reservation_accepted, reservation_landed, " +
			"customer_received, customer_accepted, customer_quarantined, customer_landed, customer_merged, " +
			"absent, erasures, noted, unread FROM "
		for _, table := range []string{"loads", "ledger"} {
			if diff := gocmp.Diff([]string{"false|customer|2|2|2|9|1|7|0|0|1|1|3|1"}, ask(t, w, ledger+table)); diff != "" {
				t.Errorf("%s: %s", table, diff)
			}
		}
		if got := ask(t, w, "SELECT (SELECT COUNT(*) FROM reservations) || ' ' || (SELECT COUNT(*) FROM customers) || ' ' || "+
			"(SELECT COUNT(*) FROM merges) || ' ' || (SELECT COUNT(*) FROM absences)"); !slices.Equal(got, []string{"2 0 0 1"}) {
			t.Errorf("rows %q", got)
		}
		entries, err := w.Ledger(t.Context(), nil)
		if err != nil || len(entries) != 1 || !slices.Equal(entries[0].Withheld, []string{reservation.KindCustomer}) ||
			entries[0].Noted != 3 || entries[0].Unread != 1 {
			t.Errorf("ledger %+v, %v", entries, err)
		}
		// At a newer rank, with the limit raised, the guests are there.
		r.Rank, r.Withheld = wt.Rank(2), nil
		wt.Publish(t, zone, 1, r)
		mustLoad(t, w, options(zone))
		if diff := gocmp.Diff([]string{"false||2|2|2|9|1|7|1|1|2|1|3|1"}, ask(t, w, ledger+"loads")); diff != "" {
			t.Error(diff)
		}
		if got, want := guestsOf(t, w), "g1|1 / g2|g1"; got != want {
			t.Errorf("current and survivors %q, want %q", got, want)
		}
	})
}

// TestContentHashOfMerges: that a guest was merged is part of what the warehouse says, also where nothing came of it; which
// reading said so is not.
func TestContentHashOfMerges(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		hash := func(rs ...wt.Result) string {
			zone, w := newZone(t), openNew(t, e)
			for _, r := range append(rs, reading("2026-03-26", 1)) {
				wt.Publish(t, zone, 1, r)
			}
			mustLoad(t, w, options(zone))
			h, err := w.ContentHash(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return h
		}
		nothing, archived, one := hash(), hash(merging("2026-03-27", 1, wt.Merged("g1", ""))),
			hash(merging("2026-03-27", 1, wt.Merged("g1", "g2")))
		if nothing == archived || archived == one || nothing == one {
			t.Error("a merge does not show")
		}
		twice := hash(merging("2026-03-28", 2, wt.Merged("g1", "g2")), merging("2026-03-27", 3, wt.Merged("g1", "g2")))
		if twice != one {
			t.Error("who said so, and how often, shows")
		}
	})
}

// TestRefusesMerges: merges that are not what the manifest says are refused like rows.
func TestRefusesMerges(t *testing.T) {
	good := merging("2026-03-27", 1, wt.Merged("g1", "g2"), wt.Merged("g3", "g4"), wt.Merged("g5", ""))
	good.Customers = []reservation.Customer{wt.Guest("g2", 1)}
	stranger := merging("2026-03-27", 2, wt.Merged("g1", "g2"))
	for name, change := range map[string]func([]reservation.Merge) []reservation.Merge{
		"fewer than are said": func(all []reservation.Merge) []reservation.Merge { return all[:2] },
		"more than are said":  func(all []reservation.Merge) []reservation.Merge { return append(all, all[0]) },
		"of another reading": func(all []reservation.Merge) []reservation.Merge {
			return append(all[:2], stranger.Merges()[0])
		},
		"one twice":            func(all []reservation.Merge) []reservation.Merge { all[2].Line = all[0].Line; return all },
		"a line out of bounds": func(all []reservation.Merge) []reservation.Merge { all[2].Line = 5; return all },
		"no line":              func(all []reservation.Merge) []reservation.Merge { all[2].Line = 0; return all },
	} {
		t.Run(name, func(t *testing.T) {
			onEngines(t, func(t *testing.T, e underTest) {
				zone, w := newZone(t), openNew(t, e)
				before := tables(t, w)
				p := newProcessed(zone, good)
				_, rows, _ := good.Rows()
				object(t, p, reservation.KindCustomer, 1, rows)
				object(t, p, lake.KindMerge, 3, change(good.Merges()))
				p.publish(t)
				_, err := w.Load(t.Context(), options(zone))
				if fault.KindOf(err) != fault.Data ||
					!strings.Contains(err.Error(), "merge-") && !strings.Contains(err.Error(), good.ID().String()) {
					t.Errorf("got %v", err)
				}
				if diff := gocmp.Diff(before, tables(t, w)); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// TestHeldGuests: what a reconciliation is told of current, hidden and merged guests.
func TestHeldGuests(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		before := reading("2026-03-27", 1)
		before.Customers = []reservation.Customer{
			wt.Guest("shown", 2), wt.Hidden("hidden", 3), wt.Guest("hidden", 1), wt.Hidden("shown", 1), wt.Guest("merged", 4),
			wt.Hidden("hidden, merged", 5),
		}
		wt.Publish(t, zone, 1, before, merging("2026-03-27", 9, wt.Merged("merged", "shown"), wt.Merged("hidden, merged", "")))
		mustLoad(t, w, options(zone))
		var told []string
		tell := func(h Held) {
			if h.Digest == "" || h.ChangedAt.IsZero() {
				t.Errorf("no content: %+v", h)
			}
			told = append(told, fmt.Sprintf("%s %d", h.ID, h.Clock))
		}
		from, to := readAt("2026-03-01", 0), readAt("2026-04-01", 0)
		for _, c := range []struct {
			what string
			ask  func() error
			want []string
		}{
			{"current", func() error {
				return w.HeldCustomers(t.Context(), reservation.OpenTable, "opentable/101", from, to, tell)
			}, []string{"shown 2"}},
			{"current of another time", func() error {
				return w.HeldCustomers(t.Context(), reservation.OpenTable, "opentable/101", to, to, tell)
			}, nil},
			{"hidden", func() error {
				return w.HeldHidden(t.Context(), reservation.OpenTable, "opentable/101", tell)
			}, []string{"hidden 3"}},
			{"hidden of another source", func() error {
				return w.HeldHidden(t.Context(), reservation.OpenTable, "opentable/102", tell)
			}, nil},
			{"merged", func() error {
				return w.HeldMerges(t.Context(), reservation.OpenTable, func(id, survivor string) {
					told = append(told, id+" into "+survivor)
				})
			}, []string{"hidden, merged into ", "merged into shown"}},
			{"among", func() error {
				found, err := w.HeldAmong(t.Context(), reservation.KindCustomer, reservation.OpenTable,
					[]string{"shown", "hidden", "merged", "nobody"})
				for _, h := range found {
					tell(h)
				}
				return err
			}, []string{"hidden 3", "shown 2"}},
		} {
			told = nil
			if err := c.ask(); err != nil || !slices.Equal(told, c.want) {
				t.Errorf("%s: %q, %v, want %q", c.what, told, err, c.want)
			}
		}
	})
}
