package warehouse

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"covers/contract"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// reconcile is a reading that asked for records by id, some minutes after a day.
func reconcile(day string, n int, absent ...reservation.Absence) wt.Result {
	r := reading(day, n)
	r.By, r.Absent = lake.ByReconcile, absent
	return r
}

// TestAbsent follows one booking and one guest: there, absent, there again, and absent for good, each by a reading of its own;
// then a newer rank takes the last absence back.
func TestAbsent(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		current := func() string {
			rows := append(ask(t, w, "SELECT reservation_id, clock FROM reservations ORDER BY 1"),
				ask(t, w, "SELECT customer_id, clock FROM customers")...)
			return strings.Join(rows, " ")
		}
		load := func(want string, r wt.Result) Loaded {
			t.Helper()
			wt.Publish(t, zone, 1, r)
			out := mustLoad(t, w, options(zone))
			if got := current(); got != want {
				t.Errorf("current %q, want %q", got, want)
			}
			return out
		}
		there := reading("2026-03-27", 1)
		there.Reservations = []reservation.Reservation{wt.Booking(1, 5, "g1"), wt.Booking(2, 1, "")}
		there.Customers = []reservation.Customer{wt.Guest("g1", 5)}
		load("1001-1|5 1001-2|1 g1|5", there)

		// 9 was never there: it is written down, and nothing comes of it.
		out := load("1001-2|1", reconcile("2026-03-28", 1, wt.AbsentBooking(1), wt.AbsentGuest("g1"), wt.AbsentBooking(9)))
		if out.Absences != 3 || out.TouchedReservations != 2 || out.TouchedCustomers != 1 ||
			!slices.Equal(out.ServiceDates, []string{"2026-03-29"}) {
			t.Errorf("the row that vanished: %+v", out)
		}
		marts := "SELECT (SELECT SUM(reservations) FROM daily_service), (SELECT COUNT(*) FROM reservation_versions WHERE " +
			"is_current), (SELECT COUNT(*) FROM reservation_versions)"
		if got := ask(t, w, marts); !slices.Equal(got, []string{"1|1|2"}) {
			t.Errorf("marts %q", got)
		}

		// Under a lower clock than before: whatever was read later is what is there.
		back := reading("2026-03-28", 2)
		back.Reservations, back.Customers = []reservation.Reservation{wt.Booking(1, 3, "g1")},
			[]reservation.Customer{wt.Guest("g1", 3)}
		out = load("1001-1|3 1001-2|1 g1|3", back)
		if !slices.Equal(out.ServiceDates, []string{"2026-03-29"}) {
			t.Errorf("the row that came back: %+v", out)
		}
		versions := "SELECT version, clock, is_current FROM reservation_versions WHERE reservation_id = '1001-1' ORDER BY 1"
		if diff := gocmp.Diff([]string{"1|5|false", "2|3|true"}, ask(t, w, versions)); diff != "" {
			t.Error(diff)
		}
		// A late reading of before says nothing new.
		late := reading("2026-03-27", 3)
		late.Reservations, late.Customers = []reservation.Reservation{wt.Booking(1, 7, "g1")},
			[]reservation.Customer{wt.Guest("g1", 7)}
		load("1001-1|3 1001-2|1 g1|3", late)

		// A refused reading says nothing of what is absent; at a newer rank, accepted, it does; at the next one not any more.
		last := reconcile("2026-03-29", 3, wt.AbsentBooking(1), wt.AbsentGuest("g1"))
		last.Refused = true
		out = load("1001-1|3 1001-2|1 g1|3", last)
		if out.Absences != 0 || out.Refused != 1 {
			t.Errorf("refused: %+v", out)
		}
		last.Rank, last.Refused = wt.Rank(2), false
		out = load("1001-2|1", last)
		if out.Absences != 2 || out.Replaced != 1 {
			t.Errorf("accepted: %+v", out)
		}
		last.Rank, last.Absent = wt.Rank(3), nil
		out = load("1001-1|3 1001-2|1 g1|3", last)
		if out.TouchedReservations != 1 || !slices.Equal(out.ServiceDates, []string{"2026-03-29"}) {
			t.Errorf("taken back: %+v", out)
		}
		if got := ask(t, w, "SELECT day, absent FROM loads WHERE asked_by = 'reconcile' ORDER BY 1"); !slices.Equal(got,
			[]string{"2026-03-28|3", "2026-03-29|0"}) {
			t.Errorf("ledger %q", got)
		}
		entries, err := w.Ledger(t.Context(), []string{"2026-03-28"})
		if err != nil || len(entries) != 2 || entries[0].Absent != 3 || entries[1].Absent != 0 {
			t.Errorf("ledger %+v, %v", entries, err)
		}
	})
}

// drawContested draws a reading's results, at one rank or two, that say of two bookings and a guest that they are there, or that
// they are absent; of the guest also that it is hidden, or merged into another.
func drawContested(t *rapid.T, n int) []wt.Result {
	base := wt.Result{
		Source: "opentable/101", Day: days[0], By: lake.ByReconcile, Name: fmt.Sprintf("%08x", n),
		ReadAt: readAt(days[0], rapid.IntRange(0, 5).Draw(t, "read at")),
	}
	if rapid.IntRange(0, 5).Draw(t, "erases") == 0 {
		base.Erasures = []reservation.Erasure{wt.Erase("g1")}
	}
	version := rapid.Int64Range(1, 3)
	var out []wt.Result
	for rank := range rapid.Int64Range(1, 2).Draw(t, "ranks") {
		r := base
		r.Rank = wt.Rank(1 + rank)
		r.Refused = rapid.IntRange(0, 5).Draw(t, "refused") == 0
		for id := 1; id <= 2; id++ {
			switch rapid.IntRange(0, 2).Draw(t, "booking") {
			case 0:
				r.Reservations = append(r.Reservations, wt.Booking(id, version.Draw(t, "version"), "g1"))
			case 1:
				r.Absent = append(r.Absent, wt.AbsentBooking(id))
			}
		}
		switch rapid.IntRange(0, 4).Draw(t, "guest") {
		case 0:
			r.Customers = append(r.Customers, wt.Guest("g1", version.Draw(t, "version")))
		case 1:
			r.Absent = append(r.Absent, wt.AbsentGuest("g1"))
		case 2:
			r.Customers = append(r.Customers, wt.Hidden("g1", version.Draw(t, "version")))
		case 3: // into nobody whom an erasure could go on to: this reading's ranks say different things
			r.Merged = append(r.Merged, wt.Merged("g1", ""))
		}
		out = append(out, r)
	}
	return out
}

// TestAbsentInAnyOrder loads such results one after the other, in an order that their times know nothing of: after each the
// warehouse is what the model says, and the service dates are those on which a current row changed.
func TestAbsentInAnyOrder(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		rapid.Check(t, func(rt *rapid.T) {
			zone, w := newZone(t), openNew(t, e)
			defer w.Close()
			var all, published []wt.Result
			for n := range rapid.IntRange(3, 5).Draw(rt, "readings") {
				all = append(all, drawContested(rt, n)...)
			}
			m := &model{loaded: map[string]wt.Result{}, erased: map[string]bool{}}
			const rows = "SELECT reservation_id, clock, digest FROM reservations ORDER BY 1"
			before := ask(t, w, rows)
			for _, r := range rapid.Permutation(all).Draw(rt, "order") {
				wt.Publish(t, zone, 1, r)
				published = append(published, r)
				out := mustLoad(t, w, options(zone))
				m.load(published, days)
				m.check(t, w)
				now := ask(t, w, rows)
				if changed := !slices.Equal(before, now); changed != (len(out.ServiceDates) > 0) {
					rt.Fatalf("rows changed: %v, service dates %v", changed, out.ServiceDates)
				}
				before = now
			}
		})
	})
}

// TestAbsentAtTheSameTime: what was read at the very time of the absence is out, a microsecond later it is in.
func TestAbsentAtTheSameTime(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		r := reading("2026-03-27", 1)
		// Two rows are read at a time: 1 and 2 with the absence, 3 a microsecond later.
		r.Reservations = []reservation.Reservation{wt.Booking(1, 1, ""), wt.Booking(2, 1, ""), wt.Booking(3, 1, "")}
		wt.Publish(t, zone, 1, r, reconcile("2026-03-27", 1, wt.AbsentBooking(1), wt.AbsentBooking(3)))
		mustLoad(t, w, options(zone))
		if got := ask(t, w, "SELECT reservation_id FROM reservations ORDER BY 1"); !slices.Equal(got,
			[]string{"1001-2", "1001-3"}) {
			t.Errorf("current %q", got)
		}

		// The contract's own rule says so too, and sees a row that should not be there.
		rule := contract.Get().Table("absences").Quality[0].Query
		if got := ask(t, w, rule); !slices.Equal(got, []string{"0"}) {
			t.Errorf("current and absent: %q", got)
		}
		err := w.with(t.Context(), func(s session) error {
			_, err := s.exec(t.Context(), Statement{Name: "test",
				SQL: "INSERT INTO reservations SELECT * FROM reservation_observations WHERE reservation_id = '1001-1'"})
			return err
		})
		if got := ask(t, w, rule); err != nil || !slices.Equal(got, []string{"1"}) {
			t.Errorf("current and absent: %q, %v", got, err)
		}
	})
}

// TestAbsentAndErased: an erased guest who is absent stays erased when a later observation brings them back, and bookings
// without a current row lose the guest too.
func TestAbsentAndErased(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		before := reading("2026-03-26", 1)
		before.Reservations = []reservation.Reservation{wt.Booking(1, 1, "g1")}
		before.Customers = []reservation.Customer{wt.Guest("g1", 1)}
		gone := reconcile("2026-03-27", 1, wt.AbsentBooking(1), wt.AbsentGuest("g1"))
		erasing := reading("2026-03-28", 2)
		erasing.Erasures = []reservation.Erasure{wt.Erase("g1")}
		back := reading("2026-03-29", 2)
		back.Reservations = []reservation.Reservation{wt.Booking(1, 2, "g1")}
		back.Customers = []reservation.Customer{wt.Guest("g1", 2)}
		for _, c := range []struct {
			r    wt.Result
			want string
		}{{before, "1 1"}, {gone, "0 0"}, {erasing, "0 0"}, {back, "1 1"}} {
			wt.Publish(t, zone, 1, c.r)
			mustLoad(t, w, options(zone))
			got := ask(t, w, "SELECT (SELECT COUNT(*) FROM reservations) || ' ' || (SELECT COUNT(*) FROM customers)")
			if !slices.Equal(got, []string{c.want}) {
				t.Errorf("%s: current %q, want %q", c.r.Day, got, c.want)
			}
		}
		if got := ask(t, w, leaks); len(got) > 0 {
			t.Errorf("still there: %q", got)
		}
		if _, err := w.Forget(t.Context(), []Subject{{reservation.OpenTable, "g2"}}, "receipt", clock()); err != nil {
			t.Error(err)
		}
	})
}

// TestHistoryOfAbsent: the history has when the booking was absent, with the readings' ledger entries, and what was read before
// stands last, whatever its clock.
func TestHistoryOfAbsent(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		before, back := reading("2026-03-27", 1), reading("2026-03-29", 1)
		before.Reservations = []reservation.Reservation{wt.Booking(1, 5, ""), wt.Booking(2, 5, "")}
		back.Reservations = []reservation.Reservation{wt.Booking(2, 3, "")}
		first, second := reconcile("2026-03-27", 9, wt.AbsentBooking(1), wt.AbsentBooking(2)),
			reconcile("2026-03-28", 1, wt.AbsentBooking(1), wt.AbsentBooking(7))
		for _, r := range []wt.Result{before, back, first, second} {
			wt.Publish(t, zone, 1, r)
		}
		mustLoad(t, w, options(zone))
		h, err := w.History(t.Context(), reservation.OpenTable, "1001-1")
		if err != nil || h.Current != nil || len(h.Observations) != 1 || len(h.Absences) != 2 || len(h.Entries) != 3 ||
			h.Absences[0]["reading"] != second.ID().String() || h.Absences[0]["line"] != int64(1) ||
			h.Absences[0]["source"] != "opentable/101" ||
			h.Absences[0]["read_at"] != "2026-03-29T00:01:00.000000" {
			t.Errorf("absent: %+v, %v", h, err)
		}
		h, err = w.History(t.Context(), reservation.OpenTable, "1001-2")
		if err != nil || h.Current["clock"] != int64(3) || len(h.Observations) != 2 || h.Observations[0]["clock"] != int64(3) ||
			len(h.Absences) != 1 {
			t.Errorf("back: %+v, %v", h, err)
		}
		h, err = w.History(t.Context(), reservation.OpenTable, "1001-7")
		if err != nil || h.Current != nil || len(h.Observations) != 0 || len(h.Absences) != 1 {
			t.Errorf("never there: %+v, %v", h, err)
		}
	})
}

// TestContentHashOfAbsent: that something was absent is part of what the warehouse says, even where nothing came of it; which
// reading said so is not.
func TestContentHashOfAbsent(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		hash := func(rs ...wt.Result) string {
			zone, w := newZone(t), openNew(t, e)
			base := reading("2026-03-26", 1)
			base.Reservations = []reservation.Reservation{wt.Booking(1, 1, "")}
			wt.Publish(t, zone, 1, base)
			for _, r := range rs {
				wt.Publish(t, zone, 1, r)
			}
			mustLoad(t, w, options(zone))
			h, err := w.ContentHash(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return h
		}
		nothing, never := hash(), hash(reconcile("2026-03-27", 1, wt.AbsentBooking(2)))
		gone := hash(reconcile("2026-03-27", 1, wt.AbsentBooking(1)))
		if nothing == never || never == gone || nothing == gone {
			t.Error("an absence does not show")
		}
		if hash(reconcile("2026-03-28", 2, wt.AbsentBooking(1)), reconcile("2026-03-27", 3, wt.AbsentBooking(1))) != gone {
			t.Error("who said so, and how often, shows")
		}
	})
}

// TestRefusesAbsences: absent ids that are not what the manifest says are refused like rows.
func TestRefusesAbsences(t *testing.T) {
	good := reconcile("2026-03-27", 1, wt.AbsentBooking(1), wt.AbsentGuest("g1"), wt.AbsentBooking(2))
	good.Reservations = []reservation.Reservation{wt.Booking(1, 1, "")}
	stranger := reconcile("2026-03-27", 2, wt.AbsentBooking(1))
	for name, change := range map[string]func([]reservation.Absence) []reservation.Absence{
		"fewer than are said": func(all []reservation.Absence) []reservation.Absence { return all[:2] },
		"more than are said":  func(all []reservation.Absence) []reservation.Absence { return append(all, all[0]) },
		"of another reading": func(all []reservation.Absence) []reservation.Absence {
			return append(all[:2],
				stranger.Absences()[0])
		},
		"one twice": func(all []reservation.Absence) []reservation.Absence {
			return []reservation.Absence{all[0], all[1], all[0]}
		},
		"a line out of bounds": func(all []reservation.Absence) []reservation.Absence { all[2].Line = 5; return all },
		"no line":              func(all []reservation.Absence) []reservation.Absence { all[2].Line = 0; return all },
	} {
		t.Run(name, func(t *testing.T) {
			onEngines(t, func(t *testing.T, e underTest) {
				zone, w := newZone(t), openNew(t, e)
				before := tables(t, w)
				p := newProcessed(zone, good)
				rows, _, _ := good.Rows()
				object(t, p, reservation.KindReservation, 1, rows)
				object(t, p, lake.KindAbsence, 3, change(good.Absences()))
				p.publish(t)
				_, err := w.Load(t.Context(), options(zone))
				if fault.KindOf(err) != fault.Data ||
					!strings.Contains(err.Error(), "absence-") && !strings.Contains(err.Error(), good.ID().String()) {
					t.Errorf("got %v", err)
				}
				if diff := gocmp.Diff(before, tables(t, w)); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}
