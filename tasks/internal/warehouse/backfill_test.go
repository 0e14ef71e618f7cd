package warehouse

import (
	"database/sql/driver"
	"strconv"
	"testing"
	"time"

	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// TestStatementsOfABackfill counts at the driver what two years of days cost, loaded by months: what a load runs depends neither
// on how much it brings nor on how much is there, and each is one session. On a stand-in it is three months.
func TestStatementsOfABackfill(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, url := newZone(t), e.fresh(t, true)
		months := map[string][]string{}
		var order []string
		span := 730
		if e.name != "duckdb" {
			span = 90 // a statement takes a stand-in some milliseconds
		}
		first := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
		for d := range span {
			day := first.AddDate(0, 0, d)
			r := reading(day.Format(time.DateOnly), 1)
			r.ReadAt = day.AddDate(0, 0, 1)
			// The booking that every day has is another one each day, and the guest is seen again and again.
			r.Reservations = []reservation.Reservation{wt.Booking(d, 1, "g1")}
			r.Customers = []reservation.Customer{wt.Guest("g1", int64(d))}
			wt.Publish(t, zone, 1, r)
			month := day.Format("2006-01")
			if months[month] == nil {
				order = append(order, month)
			}
			months[month] = append(months[month], r.Day)
		}
		openAt(t, url, nil) // brings the schema up
		var calls, most int
		double := behind("nothing")
		w := openAt(t, url, func(c driver.Connector) driver.Connector {
			return &hooked{Connector: double.wrap(c), before: func(string) error {
				calls++
				return nil
			}}
		})
		calls = 0
		registry := registryOf(t, restaurantsYAML)
		for i, month := range order {
			before := calls
			o := options(zone, months[month]...)
			o.Registry = registry
			if out := mustLoad(t, w, o); len(out.Taken) != len(months[month]) {
				t.Fatalf("%s: took %d readings of %d", month, len(out.Taken), len(months[month]))
			}
			if i > 0 { // the first one writes the reference tables
				most = max(most, calls-before)
			}
		}
		sessions := double.began.Load()
		t.Logf("%d days in %d loads: %d statements, %d at most in one, %d sessions", span, len(order), calls, most, sessions)
		if most > 42 || span == 730 && calls >= 1000 || sessions > int64(len(order)) {
			t.Errorf("%d loads: %d statements, %d at most in one, %d sessions", len(order), calls, most, sessions)
		}
		if got := ask(t, w, "SELECT COUNT(*) FROM reservations"); got[0] != strconv.Itoa(span) {
			t.Errorf("%s bookings", got[0])
		}
	})
}
