package warehouse

import (
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// TestSeek: a person is found by any token that any of their records ever had, on every platform, and so is whom a platform
// merged with them; nobody else is.
func TestSeek(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		guest := func(id string, version int64, email, phone string) reservation.Customer {
			c := wt.Guest(id, version)
			c.EmailToken, c.PhoneToken = nil, nil
			if email != "" {
				c.EmailToken = &email
			}
			if phone != "" {
				c.PhoneToken = &phone
			}
			return c
		}
		r := reading("2026-03-27", 1)
		r.Customers = []reservation.Customer{
			guest("g1", 1, "k1:ana", ""), guest("g1", 2, "k1:ana-new", "k1:line"), // found by the address of before
			guest("g2", 1, "k1:ben", "k1:line2"), guest("g3", 1, "", "k1:line"),
			guest("g4", 1, "k2:ana", ""), guest("g5", 1, "", ""),
			guest("g6", 1, "k1:line", "k1:ana"), // the kinds are apart
		}
		r.Merged = []reservation.Merge{wt.Merged("g7", "g1")}
		r.Reservations = []reservation.Reservation{wt.Booking(1, 1, "g1"), wt.Booking(1, 2, "g1"), wt.Booking(2, 1, "g2")}
		wt.Publish(t, zone, 1, r)
		mustLoad(t, w, options(zone))

		found, others, err := w.Seek(t.Context(),
			[]Sought{{SoughtEmail, "k1:ana"}, {SoughtPhone, "k1:line"}, {SoughtPhone, "k1:nobody"}}, "k1:")
		wt.Check(t, err)
		of := func(id string) Subject { return Subject{reservation.OpenTable, id} }
		want := []FoundGuest{
			{Subject: of("g1"), Source: "opentable/101", RestaurantID: 101, ByEmail: 1, ByPhone: 1, Observations: 2, Bookings: 1},
			{Subject: of("g3"), Source: "opentable/101", RestaurantID: 101, ByPhone: 1, Observations: 1},
			{Subject: of("g7"), Merged: 1},
		}
		byID := func(a, b FoundGuest) int { return strings.Compare(a.CustomerID, b.CustomerID) }
		slices.SortFunc(found, byID)
		if diff := gocmp.Diff(want, found); diff != "" {
			t.Error(diff)
		}
		if others != 1 { // g4
			t.Errorf("%d guests are under other keys alone", others)
		}
		described, err := w.Describe(t.Context(), []Subject{of("g1")})
		wt.Check(t, err)
		slices.SortFunc(described, byID)
		want[0].ByEmail, want[0].ByPhone = 0, 0
		if diff := gocmp.Diff([]FoundGuest{want[0], want[2]}, described); diff != "" {
			t.Error(diff)
		}
		if found, _, err := w.Seek(t.Context(), []Sought{{SoughtEmail, "k1:nobody"}}, "k1:"); err != nil || len(found) > 0 {
			t.Errorf("%+v, %v", found, err)
		}
	})
}

// TestHoldings: every row that says anything of a guest, by table, those of whom merges connect with the guest too, and nobody
// else's.
func TestHoldings(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		r := reading("2026-03-27", 1)
		r.Customers = []reservation.Customer{wt.Guest("g1", 1), wt.Guest("g1", 2), wt.Guest("g2", 1)}
		r.Reservations = []reservation.Reservation{wt.Booking(1, 1, "g1"), wt.Booking(1, 2, "g1"), wt.Booking(2, 1, "g2")}
		r.Merged = []reservation.Merge{wt.Merged("g7", "g1"), wt.Merged("g8", "g2")}
		r.Absent = []reservation.Absence{wt.AbsentGuest("g7"), wt.AbsentGuest("g9"), wt.AbsentBooking(9)}
		wt.Publish(t, zone, 1, r)
		mustLoad(t, w, options(zone))
		rows, err := w.Holdings(t.Context(), []Subject{{reservation.OpenTable, "g1"}})
		wt.Check(t, err)
		got := map[string]int{}
		for table, of := range rows {
			got[table] = len(of)
		}
		want := map[string]int{
			"customer_observations": 2, "customers": 1, "reservation_observations": 2, "reservations": 1, "merges": 1,
			"absences": 1, "erasures": 0, "held_erasures": 0,
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if row := rows["customers"][0]; row["customer_id"] != "g1" || row["email_token"] != "e-g1-2" {
			t.Errorf("%v", row)
		}
	})
}
