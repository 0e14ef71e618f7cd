package warehouse

import (
	"context"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// asksToBeForgotten is a guest's record that says so, and so nothing else.
func asksToBeForgotten(id string, version int64) reservation.Customer {
	c := wt.Guest(id, version)
	return reservation.Customer{
		Platform: c.Platform, RestaurantID: c.RestaurantID, CustomerID: id, ClockEpoch: 1, Clock: version, Forgotten: true,
	}
}

// everybody returns a day with bookings and guests, and the next day's reading, in which the platform asks to forget all of
// them; it has a booking of its own, and one guest is of no other record. A third reading asks for g3 alone, for reasons of its
// own.
func everybody() (before, all, another wt.Result) {
	before, all, another = reading("2026-03-27", 1), reading("2026-03-28", 2), reading("2026-03-29", 3)
	for i, g := range []string{"g1", "g2", "g3", "g5"} {
		before.Reservations = append(before.Reservations, wt.Booking(i+1, 1, g))
		before.Customers = append(before.Customers, wt.Guest(g, 1))
	}
	before.Merged = []reservation.Merge{wt.Merged("g4", "g1")} // an erasure of g1 reaches g4, and undoing it must reach it too
	all.Reservations = []reservation.Reservation{wt.Booking(9, 1, "g2")}
	for _, g := range []string{"g1", "g2", "g3", "g9"} {
		all.Customers = append(all.Customers, asksToBeForgotten(g, 2))
		all.Erasures = append(all.Erasures, wt.Erase(g))
	}
	all.Erasures = append(all.Erasures, wt.Erase("g5")) // of a record that was refused
	all.Held = "5 of 5 guests ask to be forgotten"
	another.Erasures = []reservation.Erasure{wt.Erase("g3")}
	return before, all, another
}

// content is what a warehouse says, row by row: all that depends on readings, but not when they were loaded.
func content(t *testing.T, w *Warehouse) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for table, columns := range map[string]string{
		"reservations": "*", "customers": "*", "reservation_observations": "*", "customer_observations": "*", "merges": "*",
		"survivors": "*", "erasures": "platform, customer_id, reading, line, cause, asked_at", "held_erasures": "*",
		"loads": "reading, rank, reservation_landed, customer_landed, customer_merged, erasures",
	} {
		out[table] = sorted(ask(t, w, "SELECT "+columns+" FROM "+table))
	}
	return out
}

var someone = Decider{By: "someone", At: clock(), Program: "test"}

func mustDecide(t *testing.T, w *Warehouse, r wt.Result, d Decision) Decided {
	t.Helper()
	out, err := w.Decide(t.Context(), r.ID().String(), d, someone)
	wt.Check(t, err)
	return out
}

// tookBack takes back what a reading erased, and reports whether it did: where there are roles, the one that loads may not.
func tookBack(t *testing.T, e underTest, w *Warehouse, zone *lake.Zone, r wt.Result) (Restored, bool) {
	t.Helper()
	out, err := w.TakeBack(t.Context(), options(zone), r.ID().String(), someone, false)
	if e.name == "snowflake" {
		if fault.KindOf(err) != fault.Denied {
			t.Errorf("the role that loads takes an erasure back: %v", err)
		}
		return out, false
	}
	wt.Check(t, err)
	return out, true
}

// loadedWorld returns a new warehouse with readings loaded in an order.
func loadedWorld(t *testing.T, e underTest, readings ...wt.Result) (*Warehouse, *lake.Zone) {
	t.Helper()
	zone, w := newZone(t), openNew(t, e)
	for _, r := range readings {
		wt.Publish(t, zone, 1, r)
		mustLoad(t, w, options(zone, r.Day))
	}
	return w, zone
}

// TestWhatIsHeldChangesNothing: a platform that asks to forget everybody changes nobody's rows, whichever reading is loaded
// first, and all else of its reading is loaded.
func TestWhatIsHeldChangesNothing(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		before, all, _ := everybody()
		quiet := all // the same reading, if nobody asked
		quiet.Customers, quiet.Erasures, quiet.Held = nil, nil, ""
		without, _ := loadedWorld(t, e, before, quiet)
		want := content(t, without)
		for name, order := range map[string][]wt.Result{"before": {before, all}, "after": {all, before}} {
			w, zone := loadedWorld(t, e, order...)
			got := content(t, w)
			for _, table := range []string{"reservations", "customers", "reservation_observations", "merges", "survivors",
				"erasures"} {
				if diff := gocmp.Diff(want[table], got[table]); diff != "" {
					t.Errorf("%s: %s (- without, + held):\n%s", name, table, diff)
				}
			}
			if n := len(got["held_erasures"]); n != 5 {
				t.Errorf("%s: %d requests are held, want 5: what is held is not lost", name, n)
			}
			if out := mustLoad(t, w, options(zone)); len(out.Held) != 1 || out.Held[0].Held != all.Held || !out.Unchanged() {
				t.Errorf("%s: a load that takes nothing says %+v", name, out)
			}
			holds, err := w.Holds(t.Context())
			wt.Check(t, err)
			if want := []Hold{{Reading: all.ID().String(), Requests: 5, Guests: 5}}; !slices.Equal(holds, want) ||
				!holds[0].Waits() {
				t.Errorf("%s: %+v", name, holds)
			}
		}
	})
}

// TestADecisionIsTheSameBeforeAndAfter: what is confirmed is as if it had never been held, what is refused or taken back as if
// nobody had decided; decided before the other readings come or after, and decided twice.
func TestADecisionIsTheSameBeforeAndAfter(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		before, all, another := everybody()
		free := all
		free.Held = ""
		heeded, _ := loadedWorld(t, e, before, free, another)
		held, _ := loadedWorld(t, e, before, all, another)
		confirmed, refused := content(t, heeded), content(t, held)
		for name, order := range map[string][]wt.Result{
			"last": {before, another, all}, "first": {all, before, another}, "between": {before, all, another},
		} {
			t.Run(name, func(t *testing.T) {
				zone, w := newZone(t), openNew(t, e)
				for _, r := range order {
					wt.Publish(t, zone, 1, r)
					mustLoad(t, w, options(zone, r.Day))
					if r.Held == "" {
						continue
					}
					if out := mustDecide(t, w, all, RefusedRequests); !out.Changed || out.Requests != 5 || out.Subjects != 0 {
						t.Errorf("refused: %+v", out)
					}
					if out := mustDecide(t, w, all, RefusedRequests); out.Changed {
						t.Errorf("refused twice: %+v", out)
					}
				}
				same(t, "refused", refused, content(t, w))
				if out := mustDecide(t, w, all, Confirmed); !out.Changed || out.Requests != 5 || out.Subjects != 5 ||
					out.Connected != 1 ||
					out.CustomerObservations == 0 || out.ReservationObservations == 0 {
					t.Errorf("confirmed: %+v", out)
				}
				if out := mustDecide(t, w, all, Confirmed); out.Changed {
					t.Errorf("confirmed twice: %+v", out)
				}
				same(t, "confirmed", confirmed, content(t, w))
				for i := range 2 {
					out, did := tookBack(t, e, w, zone, all)
					if !did {
						return
					}
					if out.Changed != (i == 0) || i == 0 && (out.Requests != 5 || out.Guests != 5 || out.Still != 1) {
						t.Errorf("taken back, the %d. time: %+v", i+1, out)
					}
				}
				same(t, "taken back", refused, content(t, w))
				if out := mustLoad(t, w, options(zone)); len(out.Held) != 0 || len(out.Taken) != 0 {
					t.Errorf("a load says %+v", out)
				}
				want := []string{"1|refused|5|someone|test", "2|confirmed|5|someone|test", "3|taken_back|5|someone|test"}
				got := ask(t, w, "SELECT decision_number, decision, requests, decided_by, program "+
					"FROM erasure_decisions ORDER BY 1")
				if !slices.Equal(got, want) {
					t.Errorf("written down is %q", got)
				}
			})
		}
	})
}

func same(t *testing.T, what string, want, got map[string][]string) {
	t.Helper()
	for table := range want {
		if diff := gocmp.Diff(want[table], got[table]); diff != "" {
			t.Errorf("%s: %s (- want, + got):\n%s", what, table, diff)
		}
	}
}

// TestADecisionHoldsAtEveryRank: a reading that is derived again, with other limits or other content, stays as was decided.
func TestADecisionHoldsAtEveryRank(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		for _, c := range []struct {
			decision Decision
			held     string // at the newer rank
			erased   int
		}{
			{Confirmed, "too many", 5 + 1}, {Confirmed, "", 5 + 1}, {RefusedRequests, "too many", 0}, {RefusedRequests, "", 0},
			{"", "too many", 0}, {"", "", 5 + 1},
		} {
			t.Run(fmt.Sprintf("%s %q", c.decision, c.held), func(t *testing.T) {
				before, all, _ := everybody()
				w, zone := loadedWorld(t, e, before, all)
				if c.decision != "" {
					mustDecide(t, w, all, c.decision)
				}
				newer := all
				newer.Rank, newer.Held = wt.Rank(2), c.held
				wt.Publish(t, zone, 1, newer)
				mustLoad(t, w, options(zone))
				if got := len(ask(t, w, "SELECT DISTINCT customer_id FROM erasures")); got != c.erased {
					t.Errorf("%d guests are erased, want %d", got, c.erased)
				}
				held := 5
				if c.erased > 0 {
					held = 0
				}
				if got := len(ask(t, w, "SELECT customer_id FROM held_erasures")); got != held {
					t.Errorf("%d requests are held, want %d", got, held)
				}
			})
		}
	})
}

// TestAReadingLeftOutHoldsItsRequests: such a reading's requests are heeded, so they are held, too; and the decision finds them.
func TestAReadingLeftOutHoldsItsRequests(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		before, all, _ := everybody()
		zone, w := newZone(t), openNew(t, e)
		wt.Publish(t, zone, 1, before)
		wt.Publish(t, zone, 1, all)
		o := options(zone)
		o.LeaveOut = func(context.Context, []Taken) (map[string]bool, error) {
			return map[string]bool{all.ID().String(): true}, nil
		}
		for range 2 {
			if out := mustLoad(t, w, o); len(out.Held) != 1 || len(out.Left) != 1 || out.ErasedCustomers != 0 {
				t.Errorf("%+v", out)
			}
		}
		if got := ask(t, w, "SELECT COUNT(*) FROM held_erasures"); got[0] != "5" {
			t.Errorf("%s requests are held", got)
		}
		if out := mustDecide(t, w, all, Confirmed); out.Subjects != 5+1 {
			t.Errorf("%+v", out)
		}
		mustLoad(t, w, o)
		if got := ask(t, w, "SELECT COUNT(*) FROM held_erasures"); got[0] != "0" {
			t.Errorf("%s requests are held after all", got)
		}
		out, did := tookBack(t, e, w, zone, all)
		if !did {
			return
		}
		if !out.Changed || out.Still != 0 || !slices.Equal(out.Readings, []string{before.ID().String()}) {
			t.Errorf("%+v", out)
		}
		mustLoad(t, w, o)
		if got := ask(t, w, "SELECT COUNT(*) FROM erasures"); got[0] != "0" {
			t.Errorf("%s erasures, though they were taken back", got)
		}
	})
}

// TestAPersonsRequestIsNeverTakenBack: also where the reading had erased the guest before the person asked.
func TestAPersonsRequestIsNeverTakenBack(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		before, all, _ := everybody()
		all.Held = ""
		w, zone := loadedWorld(t, e, before, all)
		for range 2 {
			_, err := w.Forget(t.Context(), []Subject{{reservation.OpenTable, "g1"}}, "receipt", clock())
			wt.Check(t, err)
		}
		out, did := tookBack(t, e, w, zone, all)
		if !did {
			return
		}
		if out.Still != 1 {
			t.Errorf("%+v", out)
		}
		if got := ask(t, w, leaks); len(got) > 0 {
			t.Errorf("came back: %q", got)
		}
		want := []string{"g1|receipt", "g1|merge", "g4|merge"}
		if got := sorted(ask(t, w, "SELECT customer_id, cause FROM erasures")); !slices.Equal(got, sorted(want)) {
			t.Errorf("%q", got)
		}
	})
}

// TestNothingIsTakenBackThatCannotComeBack: where the processed zone has lost a reading, everything stays as it was.
func TestNothingIsTakenBackThatCannotComeBack(t *testing.T) {
	before, all, _ := everybody()
	all.Held = ""
	onEngines(t, func(t *testing.T, e underTest) {
		w, _ := loadedWorld(t, e, before, all)
		was := content(t, w)
		other := newZone(t)
		wt.Publish(t, other, 1, all)
		_, err := w.TakeBack(t.Context(), options(other), all.ID().String(), someone, false)
		if fault.KindOf(err) != fault.Data {
			t.Errorf("%v", err)
		}
		same(t, "refused", was, content(t, w))
		for _, id := range []string{before.ID().String(), "opentable/101/2026-03-29/updated/20260330T010000.000Z-0000000f"} {
			if _, err := w.TakeBack(t.Context(), options(other), id, someone, false); fault.KindOf(err) != fault.Data {
				t.Errorf("%s: %v", id, err)
			}
			if _, err := w.Decide(t.Context(), id, Confirmed, someone); fault.KindOf(err) != fault.Data {
				t.Errorf("%s: %v", id, err)
			}
		}
	})
}
