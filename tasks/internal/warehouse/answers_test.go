package warehouse

import (
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// TestStatementsDoNotDependOnVolume: a load of a few rows and one of thousands make the same calls to the engine, and they
// are those that a dry run lists. A load whose readings bring nothing but new rows leaves phases out.
func TestStatementsDoNotDependOnVolume(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		calls := func(bookings int) []string {
			zone := newZone(t)
			r := reading("2026-03-27", 1)
			for id := range bookings {
				r.Reservations = append(r.Reservations, wt.Booking(id, 1, fmt.Sprintf("g%d", id)))
				r.Customers = append(r.Customers, wt.Guest(fmt.Sprintf("g%d", id), 1))
				r.Erasures = append(r.Erasures, wt.Erase(fmt.Sprintf("g%d", id)))
				r.Absent = append(r.Absent, wt.AbsentBooking(id))
				r.Merged = append(r.Merged, wt.Merged(fmt.Sprintf("m%d", id), fmt.Sprintf("g%d", id)))
			}
			held := reading("2026-03-27", 3)
			held.Held = "too many"
			for id := range bookings {
				held.Erasures = append(held.Erasures, wt.Erase(fmt.Sprintf("h%d", id)))
			}
			wt.Publish(t, zone, 1, r, held)
			var said []string
			var on atomic.Bool
			url := e.fresh(t, true)
			w := openAt(t, url, func(c driver.Connector) driver.Connector {
				return &hooked{Connector: c, before: func(call string) error {
					if on.Load() {
						said = append(said, strings.SplitN(call, "'", 2)[0])
					}
					return nil
				}}
			})
			on.Store(true)
			mustLoad(t, w, options(zone))
			// Then all that the reading says is replaced, and one of the objects holds rows that are not taken.
			r.Rank, held.Rank = wt.Rank(2), wt.Rank(2)
			wt.Publish(t, zone, 1, r, reading("2026-03-27", 2), held)
			r.Rank, r.Absent = wt.Rank(3), nil
			wt.Publish(t, zone, 1, r)
			mustLoad(t, w, options(zone))
			r.Rank.Source++
			wt.Publish(t, zone, 1, r)
			mustLoad(t, w, options(zone))
			return said
		}
		few, many := calls(2), calls(3000)
		if diff := gocmp.Diff(few, many); diff != "" {
			t.Errorf("- 2 rows, + 3000 rows:\n%s", diff)
		}
		listed, err := LoadStatements(e.fresh(t, false))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range listed {
			if head := strings.SplitN(s.SQL, "'", 2)[0]; !slices.Contains(many, head) && s.Name != restaurantsQuery.Name &&
				s.Name != spansQuery.Name && s.Name != platformsQuery.Name {
				t.Errorf("a dry run lists %s, which a load does not run", s.Name)
			}
		}
		for _, call := range many {
			known := slices.ContainsFunc(listed, func(s Statement) bool { return strings.HasPrefix(s.SQL, call) })
			if !known && call != ranksQuery.SQL && !strings.HasPrefix(call, "INSERT INTO taking") &&
				!strings.HasPrefix(call, "INSERT INTO erasing (") {
				t.Errorf("a load runs what a dry run does not list: %s", call)
			}
		}
	})
}

func TestRegressed(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		fine, fell, same, epoch := wt.Booking(1, 1, ""), wt.Booking(2, 5, ""), wt.Booking(3, 5, ""), wt.Booking(4, 9, "")
		later := func(r reservation.Reservation, clock int64, minutes int64) reservation.Reservation {
			updated := *r.UpdatedAt + minutes*60_000_000
			r.Clock, r.UpdatedAt = clock, &updated
			return r
		}
		restarted := later(epoch, 1, 10)
		restarted.ClockEpoch = 2
		guest := wt.Guest("g1", 5)
		fallen := wt.Guest("g1", 6)
		fallen.Clock = 2
		r := reading("2026-03-27", 1)
		r.Reservations = []reservation.Reservation{fine, later(fine, 2, 1), later(fell, 3, 60), fell, later(fell, 7, 90), same,
			later(same, 4, 0), epoch, restarted}
		r.Customers = []reservation.Customer{fallen, guest}
		wt.Publish(t, zone, 1, r)
		mustLoad(t, w, options(zone))
		got := regressedOf(t, w, "2026-03-27")
		id := r.ID().String()
		want := []Regression{
			{"customer", "opentable", "g1", "101", "1/2", "2026-03-27T09:06:00.000000", "1/5", "2026-03-27T09:05:00.000000", id,
				"1"},
			{"reservation", "opentable", "1001-2", "101", "1/3", "2026-03-27T10:05:00.000000", "1/5",
				"2026-03-27T09:05:00.000000", id, "3"},
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestLedgerAndCurrentCounts(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		ctx := t.Context()
		zone, w := newZone(t), openNew(t, e)
		publishDays(t, zone)
		mustLoad(t, w, options(zone))
		entries, err := w.Ledger(ctx, []string{days[0], days[2]})
		if err != nil || len(entries) != 4 || entries[0].Day != days[0] || entries[3].Day != days[2] {
			t.Fatalf("ledger %+v, %v", entries, err)
		}
		last := entries[3]
		if last.Source != "opentable/102" || last.Erasures != 1 || last.Program != "test" || !last.LoadedAt.Equal(clock()) ||
			last.By != "updated" ||
			!last.ReadAt.Equal(readAt(days[2], 2)) ||
			last.Counts[reservation.KindReservation] != (Counts{Received: 5, Accepted: 5, Landed: 5}) {
			t.Errorf("entry %+v", last)
		}
		// Each day shifts the bookings by one: of the first two days one booking a source is left, of the last all five.
		var got map[DaySource]map[string]int64
		err = w.Moment(ctx, func(m *Moment) (err error) {
			all, err := w.Ledger(ctx, nil)
			if err == nil {
				got, err = m.CurrentCounts(ctx, ReadingsOf(all))
			}
			return err
		})
		want := map[DaySource]map[string]int64{
			{days[0], "opentable/101"}: {"reservation": 1},
			{days[0], "opentable/102"}: {"reservation": 1},
			{days[1], "opentable/101"}: {"reservation": 1},
			{days[1], "opentable/102"}: {"reservation": 1},
			{days[2], "opentable/101"}: {"reservation": 5, "customer": 5},
			{days[2], "opentable/102"}: {"reservation": 5},
		}
		if diff := gocmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}

func TestHistory(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		publishDays(t, zone)
		mustLoad(t, w, options(zone))
		h, err := w.History(t.Context(), "opentable", "1001-2")
		if err != nil {
			t.Fatal(err)
		}
		if len(h.Observations) != 3 || len(h.Entries) != 3 || h.Current["clock"] != int64(2) ||
			h.Current["service_date"] != "2026-03-29" ||
			h.Current["spend_total"] != "12.469" || h.Current["arrived_at"] != nil {
			t.Errorf("history %+v", h)
		}
		if diff := gocmp.Diff(h.Current, h.Observations[0]); diff != "" {
			t.Errorf("the first observation is not the current one:\n%s", diff)
		}
		none, err := w.History(t.Context(), "thefork", "1001-2")
		if err != nil || none.Current != nil || none.Observations != nil {
			t.Errorf("of another platform: %+v, %v", none, err)
		}
	})
}

// TestContentHash: what a reading is called and when it was read does not matter, anything that it says does.
func TestContentHash(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		base := reading("2026-03-27", 1)
		base.Reservations = []reservation.Reservation{wt.Booking(1, 1, "g1"), wt.Booking(2, 1, "")}
		base.Customers = []reservation.Customer{wt.Guest("g1", 1)}
		hash := func(change func(*wt.Result)) string {
			zone, w := newZone(t), openNew(t, e)
			r := base
			r.Reservations, r.Customers = slices.Clone(base.Reservations), slices.Clone(base.Customers)
			change(&r)
			wt.Publish(t, zone, 1, r)
			mustLoad(t, w, options(zone))
			h, err := w.ContentHash(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return h
		}
		want := hash(func(*wt.Result) {})
		for name, change := range map[string]func(*wt.Result){
			"another reading": func(r *wt.Result) {
				r.Name, r.ReadAt, r.Day = "0000ffff", readAt("2026-03-28", 9),
					"2026-03-28"
			},
			"another order":     func(r *wt.Result) { slices.Reverse(r.Reservations) },
			"read twice":        func(r *wt.Result) { r.Reservations = append(r.Reservations, r.Reservations...) },
			"asked another way": func(r *wt.Result) { r.By = "service-date" },
		} {
			if got := hash(change); got != want {
				t.Errorf("%s: another hash", name)
			}
		}
		seen := map[string]string{want: "nothing"}
		for name, change := range map[string]func(*wt.Result){
			"one row less": func(r *wt.Result) { r.Reservations = r.Reservations[:1] },
			"an amount":    func(r *wt.Result) { r.Reservations[0].SpendTotal = wt.Money(1) },
			"no amount":    func(r *wt.Result) { r.Reservations[0].SpendTotal = nil },
			"an older one": func(r *wt.Result) { r.Reservations = append(r.Reservations, wt.Booking(1, 0, "g1")) },
			"a guest":      func(r *wt.Result) { r.Customers[0].EmailToken = wt.Text("other") },
			"an erasure":   func(r *wt.Result) { r.Erasures = []reservation.Erasure{wt.Erase("g9")} },
		} {
			got := hash(change)
			if other, ok := seen[got]; ok {
				t.Errorf("%s and %s have one hash", name, other)
			}
			seen[got] = name
		}
	})
}

func regressedOf(t *testing.T, w *Warehouse, day string) (out []Regression) {
	t.Helper()
	err := w.Moment(t.Context(), func(m *Moment) error {
		ledger, err := m.Ledger(t.Context(), []string{day})
		if err == nil {
			out, err = m.Regressed(t.Context(), ReadingsOf(ledger))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
