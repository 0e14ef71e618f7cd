package forget

import (
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

func openZone(t *testing.T, name string) *lake.Zone {
	t.Helper()
	z, err := lake.Open(t.Context(), machine.This(), "mem://"+t.Name()+"-"+name)
	wt.Check(t, err)
	t.Cleanup(func() { _ = z.Close() })
	return z
}

// planted is a reading of two guests: "planted" has the bookings of lines 1 and 3, and the second line of guests.
func planted() wt.Result {
	return wt.Result{
		Source: "opentable/101",
		Day:    "2020-03-27",
		Name:   "00000001",
		Rank:   wt.Rank(1),
		ReadAt: time.Date(2020, 3, 29, 1, 0, 0, 0, time.UTC),
		Reservations: []reservation.Reservation{
			wt.Booking(1, 1, "planted"),
			wt.Booking(2, 1, "other"),
			wt.Booking(3, 1, "planted"),
		},
		Customers: []reservation.Customer{wt.Guest("other", 1), wt.Guest("planted", 1)},
	}
}

// What is gone must have had the time to go.
func TestWhatIsGone(t *testing.T) {
	raw, other, r := openZone(t, "raw"), openZone(t, "staging"), planted()
	wt.PublishRaw(t, raw, 1, &r)
	const reading = "opentable/101/2020-03-27/updated/20200329T010000.000Z-00000001"
	traces := []warehouse.Trace{{Kind: reservation.KindReservation, Reading: reading, Line: 1}}
	zones := []Zone{{Raw, raw, 30}, {Staging, other, 90}}
	expiry := time.Date(2020, 6, 27, 1, 0, 0, 0, time.UTC)
	_, err := look(t.Context(), zones, traces, expiry.Add(-time.Second))
	if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "check --staging") {
		t.Error(err)
	}
	gone, err := look(t.Context(), zones, traces, expiry)
	wt.Check(t, err)
	if len(gone) != 1 || gone[0] != "staging: reading "+reading {
		t.Errorf("%q", gone)
	}
}

// A zone that nobody knows how to look through is a defect, and not an empty zone.
func TestAnUnknownZoneIsADefect(t *testing.T) {
	_, err := Zone{"attic", nil, 1}.knows(t.Context(), planted().ID().String())
	if err == nil || fault.KindOf(err) != fault.Defect {
		t.Error(err)
	}
	if _, err := (&zoneWork{Zone: Zone{Name: "attic"}}).erase(t.Context()); fault.KindOf(err) != fault.Defect {
		t.Error(err)
	}
}
