package warehouse

import (
	"database/sql/driver"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// overheard is a warehouse whose statements are written down, and what a load of a zone says to it.
func overheard(t *testing.T, e underTest) (*Warehouse, func(*lake.Zone) []string) {
	var said []string
	var on atomic.Bool
	w := openAt(t, e.fresh(t, true), func(c driver.Connector) driver.Connector {
		return &hooked{Connector: c, before: func(call string) error {
			if on.Load() {
				said = append(said, call)
			}
			return nil
		}}
	})
	return w, func(zone *lake.Zone) []string {
		said = nil
		on.Store(true)
		defer on.Store(false)
		mustLoad(t, w, options(zone))
		return slices.Clone(said)
	}
}

// growing are the tables that grow with every reading, and intoHistory what only adds to one.
var (
	growing     = regexp.MustCompile(`\b(reservation_observations|customer_observations|absences|merges)\b`)
	intoHistory = regexp.MustCompile(
		`^INSERT INTO \w+ SELECT l\.\* EXCLUDE \(object_key\)( REPLACE \(.* AS key_hash\))? FROM landing_\w+ l$`)
)

// TestWhatReplacesNothingDeletesNothing: a load of new versions of bookings and guests takes nothing out of history, and reads of
// it hidden guests alone.
func TestWhatReplacesNothingDeletesNothing(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone := newZone(t)
		w, load := overheard(t, e)
		first, second := reading("2026-03-27", 1), reading("2026-03-28", 1)
		first.Reservations = []reservation.Reservation{wt.Booking(1, 1, "g1"), wt.Booking(2, 1, "g2")}
		first.Customers = []reservation.Customer{wt.Guest("g1", 1), wt.Hidden("g2", 2)}
		second.Reservations = []reservation.Reservation{wt.Booking(1, 2, "g1"), wt.Booking(3, 1, "g3")}
		second.Customers = []reservation.Customer{wt.Guest("g1", 2), wt.Guest("g3", 1)}
		wt.Publish(t, zone, 1, first)
		load(zone)
		wt.Publish(t, zone, 1, second)
		for _, call := range load(zone) {
			words := strings.Join(strings.Fields(call), " ")
			if strings.HasPrefix(words, "CREATE OR REPLACE TEMPORARY") || intoHistory.MatchString(words) {
				continue
			}
			if m := regexp.MustCompile(`^(DELETE FROM|UPDATE) (\w+)`).FindStringSubmatch(words); m != nil &&
				(growing.MatchString(m[2]) || m[2] == "loads") {
				t.Errorf("changes what was there: %s", words)
			}
			shadowed := strings.Contains(words, " reservation_observations AS (") ||
				strings.Contains(words, " customer_observations AS (")
			if strings.Contains(words, "_observations") && !shadowed && !strings.HasSuffix(words, "WHERE o.hidden = TRUE") {
				t.Errorf("reads history: %s", words)
			}
		}
		got := ask(t, w, "SELECT reservation_id, clock FROM reservations ORDER BY 1")
		got = append(got, ask(t, w, "SELECT customer_id, clock FROM customers ORDER BY 1")...)
		if want := []string{"1001-1|2", "1001-2|1", "1001-3|1", "g1|2", "g3|1"}; !slices.Equal(got, want) {
			t.Errorf("current %q, want %q", got, want)
		}
	})
}

// TestErasedGuestsNeverGoIn: what lands of a guest who was erased before is erased there, also where an older rank is replaced:
// no row of a table that stays has to be emptied.
func TestErasedGuestsNeverGoIn(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone := newZone(t)
		w, load := overheard(t, e)
		r := reading("2026-03-27", 1)
		r.Reservations = []reservation.Reservation{wt.Booking(1, 1, "g1")}
		r.Customers = []reservation.Customer{wt.Guest("g1", 1)}
		r.Erasures = []reservation.Erasure{wt.Erase("g1")}
		wt.Publish(t, zone, 1, r)
		load(zone)
		r.Rank = wt.Rank(2)
		wt.Publish(t, zone, 1, r)
		late := reading("2026-03-26", 1)
		late.Reservations, late.Customers = []reservation.Reservation{wt.Booking(2, 1, "g1")}, r.Customers
		wt.Publish(t, zone, 1, late)
		for _, call := range load(zone) {
			if regexp.MustCompile(`^UPDATE \w+_observations`).MatchString(call) {
				t.Errorf("erased only once it was there: %s", call)
			}
		}
		if got := ask(t, w, leaks); len(got) > 0 {
			t.Errorf("still there: %q", got)
		}
		if got := ask(t, w, "SELECT COUNT(*) FROM reservation_observations"); !slices.Equal(got, []string{"2"}) {
			t.Errorf("%q observations: the test tests nothing", got)
		}
	})
}
