package warehouse

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// leaving are options that leave readings out.
func leaving(z *lake.Zone, out ...wt.Result) LoadOptions {
	o := options(z)
	o.LeaveOut = func(context.Context, []Taken) (map[string]bool, error) {
		left := map[string]bool{}
		for _, r := range out {
			left[r.ID().String()] = true
		}
		return left, nil
	}
	return o
}

// TestLeavesOut: of a reading left out nothing is loaded but its requests to forget, the others are; a later load that does
// not leave it out takes it, and the warehouse is then what it would have been.
func TestLeavesOut(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		before := reading("2026-03-26", 1)
		before.Reservations = []reservation.Reservation{wt.Booking(1, 1, "g1")}
		before.Customers = []reservation.Customer{wt.Guest("g1", 1)}
		wt.Publish(t, zone, 1, before)
		mustLoad(t, w, options(zone))
		odd, good := reading("2026-03-27", 2), reading("2026-03-27", 3)
		odd.Reservations = []reservation.Reservation{wt.Booking(1, 2, "g1"), wt.Booking(2, 1, "")}
		odd.Absent = []reservation.Absence{wt.AbsentBooking(7)}
		odd.Erasures = []reservation.Erasure{wt.Erase("g1")}
		good.Source, good.Reservations = "opentable/102", []reservation.Reservation{wt.Booking(3, 1, "")}
		wt.Publish(t, zone, 1, odd, good)

		out := mustLoad(t, w, leaving(zone, odd))
		if len(out.Left) != 1 || out.Left[0].Reading != odd.ID().String() || len(out.Taken) != 1 || out.ErasedCustomers != 1 {
			t.Fatalf("left %v, took %v, erased %d", out.Left, out.Taken, out.ErasedCustomers)
		}
		if got := ask(t, w, "SELECT reading FROM loads WHERE reading = '"+odd.ID().String()+"'"); len(got) > 0 {
			t.Errorf("the ledger has it: %v", got)
		}
		if diff := gocmp.Diff([]string{"1001-1|", "1001-3|"},
			ask(t, w, "SELECT reservation_id, customer_id FROM reservations ORDER BY 1")); diff != "" {
			t.Error(diff)
		}
		if got := ask(t, w, leaks); len(got) > 0 {
			t.Errorf("its request to forget is not heeded: %q", got)
		}
		if got := ask(t, w, "SELECT id FROM absences"); len(got) > 0 {
			t.Errorf("it says of %v that it is absent", got)
		}

		was := tables(t, w)
		again := mustLoad(t, w, leaving(zone, odd))
		if !again.Unchanged() || len(again.Left) != 1 {
			t.Errorf("a second load: %+v", again)
		}
		if diff := gocmp.Diff(was, tables(t, w)); diff != "" {
			t.Errorf("a second load changed something:\n%s", diff)
		}

		if out := mustLoad(t, w, options(zone)); len(out.Taken) != 1 || len(out.Left) != 0 {
			t.Fatalf("accepted: left %v, took %v", out.Left, out.Taken)
		}
		other := openNew(t, e)
		mustLoad(t, other, options(zone))
		if diff := gocmp.Diff(tables(t, other), tables(t, w)); diff != "" {
			t.Errorf("not what it would have been:\n%s", diff)
		}
	})
}

// TestLeavesOutAlone: where nothing else is loaded, a request to forget is heeded all the same, once.
func TestLeavesOutAlone(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		before := reading("2026-03-26", 1)
		before.Customers = []reservation.Customer{wt.Guest("g1", 1)}
		wt.Publish(t, zone, 1, before)
		mustLoad(t, w, options(zone))
		odd := reading("2026-03-27", 2)
		odd.Erasures = []reservation.Erasure{wt.Erase("g1")}
		wt.Publish(t, zone, 1, odd)
		if out := mustLoad(t, w, leaving(zone, odd)); out.Unchanged() || out.ErasedCustomers != 1 {
			t.Errorf("%+v", out)
		}
		if got := ask(t, w, leaks); len(got) > 0 {
			t.Errorf("still there: %q", got)
		}
		if out := mustLoad(t, w, leaving(zone, odd)); !out.Unchanged() || len(ask(t, w, "SELECT * FROM erasures")) != 1 {
			t.Errorf("a second load: %+v", out)
		}
	})
}

// TestWhatIsLoadedStays: a reading that is loaded is brought up to a raised rank, whatever is to be left out.
func TestWhatIsLoadedStays(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		r := reading("2026-03-27", 1)
		r.Reservations = []reservation.Reservation{wt.Booking(1, 1, "")}
		wt.Publish(t, zone, 1, r)
		mustLoad(t, w, options(zone))
		raised := r
		raised.Rank, raised.Reservations = wt.Rank(2), []reservation.Reservation{wt.Booking(1, 2, ""), wt.Booking(2, 1, "")}
		wt.Publish(t, zone, 1, raised)
		out := mustLoad(t, w, leaving(zone, r))
		if out.Replaced != 1 || len(out.Left) != 0 || len(ask(t, w, "SELECT * FROM reservations")) != 2 {
			t.Errorf("%+v", out)
		}
	})
}

func TestAPlanLeavesOut(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		odd, good := reading("2026-03-27", 1), reading("2026-03-27", 2)
		good.Source = "opentable/102"
		wt.Publish(t, zone, 1, odd, good)
		for name, plan := range map[string]func(LoadOptions) (Loaded, error){
			"a new warehouse": func(o LoadOptions) (Loaded, error) { return PlanNew(t.Context(), o) },
			"a warehouse":     func(o LoadOptions) (Loaded, error) { return w.Plan(t.Context(), o) },
		} {
			out, err := plan(leaving(zone, odd))
			if err != nil || len(out.Left) != 1 || len(out.Taken) != 1 || out.Offered != 2 || out.Already != 0 {
				t.Errorf("%s: %+v, %v", name, out, err)
			}
			o := options(zone)
			o.LeaveOut = func(context.Context, []Taken) (map[string]bool, error) { return nil, errors.New("planted") }
			if _, err := plan(o); err == nil || !strings.Contains(err.Error(), "planted") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// TestLeavesOutWithoutAnAnswer: where the answer to the commit is lost, whether or not it took effect, the load says what it did
// and heeds the requests to forget of what it leaves out, once.
func TestLeavesOutWithoutAnAnswer(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		for _, committed := range []bool{true, false} {
			for _, alone := range []bool{true, false} {
				zone := newZone(t)
				odd, good := reading("2026-03-27", 2), reading("2026-03-27", 3)
				odd.Erasures = []reservation.Erasure{wt.Erase("g1")}
				good.Source, good.Customers = "opentable/102", []reservation.Customer{wt.Guest("g1", 1)}
				on, lost := false, false
				lose := func(call string) error {
					if !on || lost || call != "COMMIT" {
						return nil
					}
					lost = true
					return errInjected
				}
				w := openAt(t, e.fresh(t, false), func(d driver.Connector) driver.Connector {
					h := &hooked{Connector: d}
					if committed {
						h.after = func(call string, err error) error { return errors.Join(err, lose(call)) }
					} else {
						h.before = lose
					}
					return h
				})
				w.engine = forgetful{w.engine}
				wt.Publish(t, zone, 1, good)
				taken := 1
				if alone {
					mustLoad(t, w, options(zone))
					taken = 0
				}
				wt.Publish(t, zone, 1, odd)
				on = true
				out, err := w.Load(t.Context(), leaving(zone, odd))
				if err != nil || !lost || len(out.Taken) != taken || len(out.Left) != 1 {
					t.Errorf("committed %t, alone %t: lost %t, took %d, left %d, %v", committed, alone, lost, len(out.Taken),
						len(out.Left), err)
				}
				if got := ask(t, w, leaks); len(got) > 0 {
					t.Errorf("committed %t, alone %t: still there: %q", committed, alone, got)
				}
				if got := ask(t, w, "SELECT COUNT(*) FROM erasures"); got[0] != "1" {
					t.Errorf("committed %t, alone %t: %s erasures", committed, alone, got[0])
				}
			}
		}
	})
}

// TestPlansOfAnotherSession: while a load judged what to leave out its session was idle for too long, and another load came in
// between. What the ledger said before is not loaded by: the readings go in once.
func TestPlansOfAnotherSession(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, url := newZone(t), e.fresh(t, true)
		publishDays(t, zone)
		var idle atomic.Int64
		m := machine.This()
		m.Now = func() time.Time { return time.Now().Add(time.Duration(idle.Load())) }
		w, other := openOn(t, m, url, nil), openAt(t, url, nil)
		o := options(zone)
		asked := 0
		o.LeaveOut = func(context.Context, []Taken) (map[string]bool, error) {
			if asked++; asked == 1 {
				mustLoad(t, other, options(zone))
				idle.Add(int64(2 * idleTime))
			}
			return nil, nil
		}
		out, err := w.Load(t.Context(), o)
		if err != nil || len(out.Taken) != 0 {
			t.Errorf("took %d readings that were loaded meanwhile: %v", len(out.Taken), err)
		}
		if diff := gocmp.Diff(undisturbed(t, e, zone), tables(t, w)); diff != "" {
			t.Error(diff)
		}
	})
}
