package warehouse

import (
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// TestMomentIsOne: where a load ends between two queries, all is asked again, so that they agree. Where loads never cease, it
// is said.
func TestMomentIsOne(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		ctx, zone, w := t.Context(), newZone(t), openNew(t, e)
		days := []string{"2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06", "2026-03-07"}
		loaded := 0
		load := func() {
			n := loaded
			loaded++
			r := reading(days[n], 1)
			r.Reservations = []reservation.Reservation{wt.Booking(n, 1, "")}
			wt.Publish(t, zone, 1, r)
			mustLoad(t, w, options(zone, days[n]))
		}
		load()
		asked := 0
		var readings int
		var dates []Date
		look := func(loads int) error {
			asked = 0
			return w.Moment(ctx, func(m *Moment) error {
				asked++
				ledger, err := m.Ledger(ctx, days)
				if err != nil {
					return err
				}
				if asked <= loads {
					load()
				}
				f, err := m.Figures(ctx, "2026-03-29", "2026-03-29", "2026-03-29")
				readings, dates = len(ledger), f.Dates
				return err
			})
		}
		if err := look(1); err != nil || asked != 2 || readings != 2 || len(dates) != 1 || dates[0].Reservations != 2 {
			t.Errorf("%d readings and %+v after %d tries: %v", readings, dates, asked, err)
		}
		if err := look(momentTries); fault.KindOf(err) != fault.Temporary || asked != momentTries {
			t.Errorf("after %d tries: %v", asked, err)
		}
	})
}

// TestRegressedOfADay: of a key's observations each is told with the day that brought it, whatever days the others are of.
func TestRegressedOfADay(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		high, low := wt.Booking(1, 9, ""), wt.Booking(1, 2, "")
		later := *high.UpdatedAt + 60_000_000
		low.UpdatedAt = &later
		first, second := reading(days[0], 1), reading(days[1], 1)
		first.Reservations, second.Reservations = []reservation.Reservation{
			high,
		}, []reservation.Reservation{
			low,
			wt.Booking(2, 1, ""),
		}
		wt.Publish(t, zone, 1, first)
		wt.Publish(t, zone, 1, second)
		mustLoad(t, w, options(zone))
		if got := regressedOf(t, w, days[0]); len(got) != 0 {
			t.Errorf("the first day: %+v", got)
		}
		if got := regressedOf(
			t,
			w,
			days[1],
		); len(got) != 1 || got[0].Reading != second.ID().String() ||
			got[0].BeforeClock != "1/9" {
			t.Errorf("the second day: %+v", got)
		}
	})
}
