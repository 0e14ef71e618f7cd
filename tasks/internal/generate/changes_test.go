package generate

import (
	"testing"
	"time"

	"covers/tasks/internal/reservation"
)

// TestEveryChangeOfABookingOccurs looks at records as they stood before and after each event: what the platform shows, not what
// was planned.
func TestEveryChangeOfABookingOccurs(t *testing.T) {
	for _, platform := range []string{reservation.OpenTable, reservation.TheFork} {
		s := testSite(t, platform, "Europe/London", 1, 1500)
		seen := map[string]int{}
		for cohort := day(20500); cohort < 20514; cohort++ {
			for i := range s.made(cohort) {
				p := s.plan(s.sketch(cohort, i))
				for n := 1; n < p.n; n++ {
					s.changed(seen, standingOf(p, p.events[:n]), standingOf(p, p.events[:n+1]))
				}
			}
		}
		want := []string{
			"another hour", "another day", "more guests", "fewer guests", "a note", "cancelled a week ahead",
			"cancelled within a day",
			"corrected two days later", "changed four weeks after it was made",
		}
		if s.openTable() {
			want = append(want, "a deposit paid back", "a deposit kept", "a larger tip")
		}
		for _, what := range want {
			if seen[what] == 0 {
				t.Errorf("%s: no booking ever shows %s", platform, what)
			}
		}
	}
}

// changed notes what differs between two records of a booking.
func (s *site) changed(seen map[string]int, before, after standing) {
	note := func(what string, is bool) {
		if is {
			seen[what]++
		}
	}
	late := after.fixed && !before.fixed
	note("corrected two days later", late && s.dateOf(after.updated) >= s.dateOf(after.meal)+2)
	note("changed four weeks after it was made", after.updated-after.created > 28*24*hour)
	gone := after.last == cancels && before.last != cancels
	note("cancelled a week ahead", gone && after.meal-after.updated > 7*24*hour)
	note("cancelled within a day", gone && after.meal-after.updated < 24*hour)
	if !s.openTable() {
		was, is := s.theForkReservation(before), s.theForkReservation(after)
		noteMove(note, *was.MealDate, *is.MealDate)
		note("more guests", is.PartySize > was.PartySize)
		note("fewer guests", is.PartySize < was.PartySize)
		note("a note", is.CustomerNote != nil && (was.CustomerNote == nil || *is.CustomerNote != *was.CustomerNote))
		return
	}
	was, is := s.openTableReservation(before, 1), s.openTableReservation(after, 2)
	noteMove(note, was.ScheduledTimeUTC, is.ScheduledTimeUTC)
	note("more guests", is.PartySize > was.PartySize)
	note("fewer guests", is.PartySize < was.PartySize)
	note("a note", is.GuestRequest != "" && is.GuestRequest != was.GuestRequest)
	if gone && is.Deposit.TotalPaid != nil {
		refunded := is.Deposit.TotalRefunded // null where nothing is, sometimes
		back := refunded != nil && *refunded == *is.Deposit.TotalPaid
		note("a deposit paid back", back && after.meal-after.updated > 24*hour)
		note("a deposit kept", (refunded == nil || *refunded == 0) && after.meal-after.updated < 24*hour)
	}
	note("a larger tip", late && was.POSData.Tip != nil && *is.POSData.Tip > *was.POSData.Tip)
}

func noteMove(note func(string, bool), was, is string) {
	date := len(time.DateOnly)
	note("another day", was[:date] != is[:date])
	note("another hour", was[:date] == is[:date] && was != is)
}
