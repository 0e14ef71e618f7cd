//go:build cgo

package warehouse

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// TestHistories loads small random histories, in random groups and order, some twice, with erasures on demand in between, and
// after every load compares every table, row by row and column by column, with what the rules say. Many histories share a
// warehouse, since a load costs the same for one and for some tens; others have one for themselves, because a load may leave
// out a part of its work when nobody needs it. FULL=1 tries forty times as many.
func TestHistories(t *testing.T) {
	batches := 6
	if os.Getenv("FULL") == "1" {
		batches *= 40
	}
	tried := 0
	for seed := range uint64(batches) {
		worlds := []int{1, 50, 2, 70, 1, 30}[seed%6]
		all := make([]int, worlds)
		for i := range all {
			all[i] = i
		}
		if wrong := history(t, seed, all); wrong != "" {
			for _, n := range all {
				if alone := history(t, seed, []int{n}); alone != "" {
					t.Fatalf("history %d of %d: %s", n, seed, alone)
				}
			}
			t.Fatalf("histories %d, %d of them, each of which is right alone: %s", seed, worlds, wrong)
		}
		tried += worlds
	}
	t.Logf("%d histories", tried)
}

// history tries some worlds in one warehouse, and says what is wrong.
func history(t *testing.T, seed uint64, worlds []int) (wrong string) {
	t.Helper()
	w, zone := openAt(t, "duckdb://memory?threads=1", nil), newZone(t)
	defer w.Close() // now: there are many
	rng := rand.New(rand.NewPCG(seed, 1<<32))
	var all []*world
	for _, n := range worlds {
		all = append(all, newWorld(seed, n))
	}
	m, published := newTruth(), map[string][]wt.Result{}
	steps := 3 + rng.IntN(4)
	for step := range steps {
		last := step == steps-1
		leave, forget := map[string]bool{}, []Subject(nil)
		byDay := map[string][]wt.Result{}
		for _, x := range all {
			a := x.next(last)
			for i, results := range a.publish {
				for _, r := range results {
					key := fmt.Sprint(r.Day, i)
					byDay[key] = append(byDay[key], r)
				}
			}
			for id := range a.leave {
				leave[id] = true
			}
			forget = append(forget, a.forget...)
		}
		for _, key := range slices.Sorted(maps.Keys(byDay)) {
			published[wt.Publish(t, zone, 1+rng.IntN(2), byDay[key]...)] = byDay[key]
		}
		of := slices.DeleteFunc(slices.Clone(days), func(string) bool { return !last && rng.IntN(3) == 0 })
		for range 1 + rng.IntN(4)/3 { // sometimes twice
			if wrong = loadStep(t, w, m, LoadOptions{Processed: zone, Days: of, Revision: 3, Program: "test", Now: clock,
				LeaveOut: func(context.Context, []Taken) (map[string]bool, error) { return leave, nil },
			}, published, leave); wrong != "" {
				return fmt.Sprintf("step %d, load of %v: %s", step, of, wrong)
			}
		}
		for _, x := range all {
			for _, d := range x.decide(m) {
				if wrong = decideStep(t, w, m, d, zone, published); wrong != "" {
					return fmt.Sprintf("step %d, %s %s: %s", step, d.Decision, d.reading, wrong)
				}
			}
		}
		if len(forget) > 0 {
			if wrong = forgetStep(t, w, m, forget); wrong != "" {
				return fmt.Sprintf("step %d, forget %v: %s", step, forget, wrong)
			}
		}
	}
	return ""
}

// loadStep loads into both, and says where they differ.
func loadStep(
	t *testing.T,
	w *Warehouse,
	m *truth,
	o LoadOptions,
	published map[string][]wt.Result,
	leave map[string]bool,
) string {
	t.Helper()
	want := m.load(published, o.Days, leave, nil)
	out, err := w.Load(t.Context(), o)
	if err != nil {
		return err.Error()
	}
	got := change{erased: out.ErasedCustomers, dates: out.ServiceDates}
	for _, r := range out.Taken {
		got.taken = append(got.taken, r.Reading)
	}
	if !reflect.DeepEqual(want, got) {
		return fmt.Sprintf("a load says %+v\nwant %+v", got, want)
	}
	return compare(t, w, m)
}

// decideStep decides in both, twice in the warehouse.
func decideStep(t *testing.T, w *Warehouse, m *truth, d decision, zone *lake.Zone, published map[string][]wt.Result) string {
	t.Helper()
	m.decide(d, published)
	by := Decider{By: "someone", At: clock(), Program: "test"}
	for i := range 2 {
		var changed bool
		var err error
		if d.Decision == TakenBack {
			var out Restored
			out, err = w.TakeBack(t.Context(), LoadOptions{Processed: zone, Revision: 3, Program: "test", Now: clock},
				d.reading, by, false)
			changed = out.Changed
		} else {
			var out Decided
			out, err = w.Decide(t.Context(), d.reading, d.Decision, by)
			changed = out.Changed
		}
		if err != nil {
			return err.Error()
		}
		if changed != (i == 0) {
			return fmt.Sprintf("the %d. time: changed %t", i+1, changed)
		}
	}
	return compare(t, w, m)
}

func forgetStep(t *testing.T, w *Warehouse, m *truth, named []Subject) string {
	t.Helper()
	want := m.forget(named, "receipt", clock())
	got, err := w.Forget(t.Context(), named, "receipt", clock())
	if err != nil {
		return err.Error()
	}
	if got != want {
		return fmt.Sprintf("it says %+v, want %+v", got, want)
	}
	return compare(t, w, m)
}

// compare says where a warehouse differs from the truth.
func compare(t *testing.T, w *Warehouse, m *truth) (wrong string) {
	t.Helper()
	reservations, customers := m.observations()
	currentReservations, currentCustomers := m.current()
	byOrigin := func(a, b reservation.Origin, also ...string) int {
		return cmp.Or(strings.Compare(a.Reading, b.Reading), cmp.Compare(a.Line, b.Line), strings.Compare(also[0], also[1]))
	}
	ofBooking := func(a, b reservation.Reservation) int {
		return byOrigin(a.Origin, b.Origin, a.ReservationID, b.ReservationID)
	}
	ofGuest := func(a, b reservation.Customer) int { return byOrigin(a.Origin, b.Origin, a.CustomerID, b.CustomerID) }
	err := w.with(t.Context(), func(s session) error {
		wrong = cmp.Or(
			differ(t, s, "reservation_observations", reservations, ofBooking),
			differ(t, s, "customer_observations", customers, ofGuest),
			differ(t, s, "reservations", currentReservations, ofBooking),
			differ(t, s, "customers", currentCustomers, ofGuest),
			differ(t, s, "absences", m.absences(), func(a, b reservation.Absence) int {
				return cmp.Or(strings.Compare(a.Reading, b.Reading), strings.Compare(a.Kind, b.Kind), cmp.Compare(a.Line, b.Line))
			}),
			differ(t, s, "merges", m.merges(), func(a, b reservation.Merge) int {
				return cmp.Or(strings.Compare(a.Reading, b.Reading), cmp.Compare(a.Line, b.Line))
			}),
		)
		return nil
	})
	wt.Check(t, err)
	for _, x := range []struct {
		table, query string
		want         []string
	}{
		{"loads", "SELECT reading, source, day, asked_by, rank, refused, stable, read_at, reservation_received, " +
			"reservation_accepted, reservation_quarantined, reservation_landed, customer_received, customer_accepted, " +
			"customer_quarantined, customer_landed, erasures, absent, customer_merged, noted, unread, withheld, " +
			"manifest, result, " +
			"program, loaded_at FROM loads", m.ledger()},
		{"erasures", "SELECT platform, customer_id, reading, line, cause, asked_at FROM erasures", m.erasureRows(m.erasures)},
		{"held_erasures", "SELECT platform, customer_id, reading, line, '', asked_at FROM held_erasures", m.erasureRows(m.held)},
		{"erasure_decisions", "SELECT reading, decision, requests, decided_by, program, decided_at FROM erasure_decisions",
			m.decisionRows()},
	} {
		if diff := gocmp.Diff(x.want, sorted(ask(t, w, x.query))); wrong == "" && diff != "" {
			wrong = x.table + " (- truth, + warehouse):\n" + diff
		}
	}
	return wrong
}

// differ says where a table differs from rows.
func differ[T any](t *testing.T, s session, table string, want []T, by func(a, b T) int) string {
	t.Helper()
	got, err := allOf[T](t.Context(), s, Statement{Name: table, SQL: "SELECT * FROM " + table})
	wt.Check(t, err)
	slices.SortFunc(got, by)
	slices.SortFunc(want, by)
	if len(got) == len(want) && (len(got) == 0 || reflect.DeepEqual(want, got)) {
		return ""
	}
	return table + " (- truth, + warehouse):\n" + gocmp.Diff(want, got)
}
