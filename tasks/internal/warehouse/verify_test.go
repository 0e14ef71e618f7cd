package warehouse

import (
	"context"
	"math"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// TestLookGivesRowsAsTheyWere: every column of every type comes back as the Parquet row had it, NULL and not.
func TestLookGivesRowsAsTheyWere(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		full := wt.Booking(2, 3, "g1")
		full.ArrivedAt, full.SeatedAt, full.DoneAt = wt.Micros("2026-03-29T18:00:01"), wt.Micros("2026-03-29T18:05:00"),
			wt.Micros("1969-12-31T23:59:59")
		*full.ArrivedAt += 123456
		full.TableCategory, full.OfferID, full.OfferType = wt.Text("it's"), wt.Text(""), wt.Text("ü")
		full.SpendSubtotal, full.SpendTax, full.SpendTip = wt.Money(0), wt.Money(1), wt.Money(-15_000)
		full.DepositPaid, full.DepositRefunded, full.OfferPrice = wt.Money(99_999_999_999_9999), wt.Money(-1), wt.Money(10)
		full.ExperienceTotal, full.DiscountPercent, full.ExperienceID = wt.Money(100_0000), wt.Money(12_5000), wt.Money(7)
		yes, no := true, false
		guest := wt.Guest("g1", 1)
		guest.EmailOptIn, guest.VIP, guest.Archived, guest.FirstVisitAt, guest.LastVisitAt = &yes, &no, &yes,
			wt.Micros("2020-02-29T00:00:00"), wt.Micros("2026-03-29T01:30:00")
		guest.PhoneToken, guest.NameToken = wt.Text("p"), wt.Text("n")
		bare := reservation.Customer{Platform: reservation.OpenTable, CustomerID: "g2", Forgotten: true}
		r := reading("2026-03-27", 1)
		r.Reservations = []reservation.Reservation{wt.Booking(1, 1, ""), full}
		r.Customers = []reservation.Customer{guest, bare}
		r.Absent = []reservation.Absence{wt.AbsentBooking(8), wt.AbsentGuest("g9")}
		wt.Publish(t, zone, 1, r, func() wt.Result {
			other := reading("2026-03-27",
				2)
			other.Reservations = r.Reservations
			return other
		}())
		mustLoad(t, w, options(zone))
		reservations, customers, _ := r.Rows()
		look(t, w, func(ctx context.Context, l *Look) {
			id := r.ID().String()
			if diff := gocmp.Diff(reservations, rowsBetween(t, l.Reservations, id, math.MinInt64, math.MaxInt64,
				func(r reservation.Reservation) int64 { return r.Line })); diff != "" {
				t.Errorf("bookings (-published +looked at):\n%s", diff)
			}
			if diff := gocmp.Diff(reservations[1:],
				rowsBetween(t, l.Reservations, id, 2, 2, func(r reservation.Reservation) int64 { return r.Line })); diff != "" {
				t.Errorf("one line (-published +looked at):\n%s", diff)
			}
			if diff := gocmp.Diff(customers,
				rowsBetween(t, l.Customers, id, 1, 2, func(r reservation.Customer) int64 { return r.Line })); diff != "" {
				t.Errorf("guests (-published +looked at):\n%s", diff)
			}
			want := r.Absences()
			slices.SortFunc(want, func(a, b reservation.Absence) int { return int(a.Line - b.Line) })
			if diff := gocmp.Diff(want, rowsBetween(t, l.Absences, id, 1, 99,
				func(r reservation.Absence) int64 { return r.Line*100 - int64(len(r.Kind)) })); len(want) != 2 || diff != "" {
				t.Errorf("absent (-published +looked at):\n%s", diff)
			}
		})
	})
}

func rowsBetween[T any](t *testing.T, from func(context.Context, string, int64, int64, func(*T) error) error, id string, first,
	last int64, order func(T) int64) (all []T) {
	t.Helper()
	err := from(t.Context(), id, first, last, func(r *T) error { all = append(all, *r); return nil })
	if err != nil {
		t.Error(err)
	}
	slices.SortFunc(all, func(a, b T) int { return int(order(a) - order(b)) })
	return all
}

func look(t *testing.T, w *Warehouse, work func(context.Context, *Look)) {
	t.Helper()
	if err := w.Look(t.Context(), func(l *Look) error { work(t.Context(), l); return nil }); err != nil {
		t.Error(err)
	}
}

// TestStale: the current rows are held against all observations and absences, of every day, of the keys of one day.
func TestStale(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, url := newZone(t), e.fresh(t, true)
		one, two := reading("2026-03-27", 1), reading("2026-03-28", 2)
		one.Reservations = []reservation.Reservation{wt.Booking(1, 1, "g1"), wt.Booking(2, 1, ""), wt.Booking(3, 1, "")}
		one.Customers = []reservation.Customer{wt.Guest("g1", 1), wt.Guest("g2", 1)}
		two.Reservations = []reservation.Reservation{wt.Booking(1, 2, "g1"), wt.Booking(4, 1, "")}
		two.Absent = []reservation.Absence{wt.AbsentBooking(2)}
		two.Erasures = []reservation.Erasure{wt.Erase("g2")}
		wt.Publish(t, zone, 1, one)
		wt.Publish(t, zone, 1, two)
		mustLoad(t, openAt(t, url, nil), options(zone))
		w := openAt(t, ownersURL(url), nil) // who loads may not change a row
		at := func(r wt.Result, line string) string { return "line " + line + " of reading " + r.ID().String() }
		for _, c := range []struct {
			change []string
			kind   string
			want   Stale
		}{
			{nil, reservation.KindReservation, Stale{3, 0, "none", "none"}},
			{nil, reservation.KindCustomer, Stale{2, 0, "none", "none"}},
			{[]string{"DELETE FROM reservations WHERE reservation_id = '1001-3'"}, reservation.KindReservation,
				Stale{3, 1, at(one, "3"), "none"}},
			{[]string{"UPDATE reservations SET party_size = 99 WHERE reservation_id = '1001-3'"}, reservation.KindReservation,
				Stale{3, 1, at(one, "3"), at(one, "3")}},
			{[]string{"UPDATE reservations SET customer_id = NULL WHERE reservation_id = '1001-1'"}, reservation.KindReservation,
				Stale{3, 1, at(two, "1"), at(two, "1")}},
			{[]string{"INSERT INTO reservations SELECT * FROM reservations WHERE reservation_id = '1001-1'"},
				reservation.KindReservation, Stale{3, 1, at(two, "1"), at(two, "1")}},
			{[]string{"DELETE FROM reservations WHERE reservation_id = '1001-1'",
				"INSERT INTO reservations SELECT * FROM reservation_observations WHERE reservation_id = '1001-1' AND clock = 1",
				"INSERT INTO reservations SELECT * FROM reservation_observations WHERE reservation_id = '1001-2'"},
				reservation.KindReservation, Stale{3, 2, at(two, "1"), at(one, "1")}},
			{[]string{"DELETE FROM reservations WHERE reservation_id = '1001-4'"}, reservation.KindReservation,
				Stale{3, 0, "none", "none"}}, // of the other day
			{[]string{"UPDATE customers SET email_token = 'e' WHERE customer_id = 'g2'"}, reservation.KindCustomer,
				Stale{2, 1, at(one, "2"), at(one, "2")}},
		} {
			err := w.Look(t.Context(), func(l *Look) error {
				for _, sql := range c.change { // rolled back with the look
					if _, err := l.s.exec(t.Context(), Statement{Name: "test", SQL: sql}); err != nil {
						return err
					}
				}
				got, err := l.Stale(t.Context(), c.kind, "2026-03-27")
				if got != c.want {
					t.Errorf("%q, %s: %+v, want %+v", c.change, c.kind, got, c.want)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
}

// TestLook: what else there is to see, and that nothing may be loaded meanwhile.
func TestLook(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		one := reading("2026-03-27", 1)
		one.Reservations = []reservation.Reservation{wt.Booking(1, 1, "g1")}
		one.Customers = []reservation.Customer{wt.Guest("g1", 1)}
		one.Erasures = []reservation.Erasure{wt.Erase("g1"), wt.Erase("g2"), wt.Erase("g2")}
		wt.Publish(t, zone, 1, one)
		mustLoad(t, w, options(zone))
		look(t, w, func(ctx context.Context, l *Look) {
			entries, err := l.Ledger(ctx, "2026-03-27")
			if err != nil || len(entries) != 1 || entries[0].Reading != one.ID().String() {
				t.Errorf("ledger %+v, %v", entries, err)
			}
			if entries, err = l.Ledger(ctx, "2026-03-28"); err != nil || len(entries) != 0 {
				t.Errorf("ledger of another day %+v, %v", entries, err)
			}
			var erased []string
			err = l.Erased(ctx, func(s Subject) { erased = append(erased, s.Platform+" "+s.CustomerID) })
			if slices.Sort(erased); err != nil || !slices.Equal(erased, []string{"opentable g1", "opentable g2"}) {
				t.Errorf("erased %q, %v", erased, err)
			}
			if names, _, err := l.Unledgered(ctx, "2026-03-27"); err != nil || names != nil {
				t.Errorf("rows that nobody loaded: %q, %v", names, err)
			}
			if _, err := l.s.exec(ctx, Statement{Name: "test", SQL: "DELETE FROM loads"}); err != nil {
				t.Error(err)
			}
			names, rows, err := l.Unledgered(ctx, "2026-03-27")
			if err != nil || !slices.Equal(names, []string{one.ID().String()}) || !slices.Equal(rows, []int64{2}) {
				t.Errorf("rows that nobody loaded: %q %d, %v", names, rows, err)
			}
			if names, _, err := l.Unledgered(ctx, "2026-03-28"); err != nil || names != nil {
				t.Errorf("rows of another day that nobody loaded: %q, %v", names, err)
			}
		})
		err := w.Look(t.Context(), func(*Look) error {
			_, err := w.Forget(t.Context(), []Subject{{"opentable", "nobody"}}, "receipt", clock())
			return err
		})
		if fault.KindOf(err) != fault.Temporary {
			t.Errorf("loaded meanwhile: %v", err)
		}
		look(t, w, func(ctx context.Context, l *Look) {
			if entries, err := l.Ledger(ctx, "2026-03-27"); err != nil || len(entries) != 1 {
				t.Errorf("what was done in a look stayed: %+v, %v", entries, err)
			}
		})
	})
}
