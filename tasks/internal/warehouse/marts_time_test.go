package warehouse

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// TestMartsOnLongAndShortDays holds the marts against answers worked out by hand on the two days of the year on which clocks in
// Paris change: 2026-03-29 has 23 hours (at 01:00 UTC, 02:00 becomes 03:00), 2026-10-25 has 25 (at 01:00 UTC, 03:00 becomes
// 02:00, and 02:30 is there twice).
func TestMartsOnLongAndShortDays(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		bookings := []reservation.Reservation{
			// The short day begins at 23:00 UTC of the day before and ends at 22:00 UTC: its first and its last minute.
			paris("s1", "a", reservation.Completed, 2, "2026-03-28T22:59:00", "2026-03-28T23:59:00", "2026-03-28T23:00:00",
				"2026-03-29T00:00:00", "2026-03-29"),
			paris("s2", "b", reservation.Seated, 3, "2026-03-28T23:01:00", "2026-03-29T00:01:00", "2026-03-29T21:59:00",
				"2026-03-29T23:59:00", "2026-03-29"),
			// A minute before it and a minute after it.
			paris("s3", "c", reservation.NoShow, 4, "2026-03-28T12:00:00", "2026-03-28T13:00:00", "2026-03-28T22:59:00",
				"2026-03-28T23:59:00", "2026-03-28"),
			paris("s4", "a", reservation.Completed, 5, "2026-03-29T21:59:00", "2026-03-29T23:59:00", "2026-03-29T22:00:00",
				"2026-03-30T00:00:00", "2026-03-30"),
			// Booked 23 hours and a minute ahead, over the change: a whole day in the calendar.
			paris("s5", "d", reservation.Booked, 6, "2026-03-28T11:00:00", "2026-03-28T12:00:00", "2026-03-29T10:01:00",
				"2026-03-29T12:01:00", "2026-03-29"),

			// The long day begins at 22:00 UTC of the day before and ends at 23:00 UTC: its first and its last minute.
			paris("l1", "a", reservation.Completed, 1, "2026-10-24T21:59:00", "2026-10-24T23:59:00", "2026-10-24T22:00:00",
				"2026-10-25T00:00:00", "2026-10-25"),
			paris("l2", "b", reservation.Completed, 2, "2026-10-24T22:00:00", "2026-10-25T00:00:00", "2026-10-25T22:59:00",
				"2026-10-25T23:59:00", "2026-10-25"),
			// 02:30 twice: one booking in each, an hour apart, of one guest. The later one is the return, the same day.
			paris("l3", "e", reservation.Seated, 4, "2026-10-25T00:00:00", "2026-10-25T02:00:00", "2026-10-25T00:30:00",
				"2026-10-25T02:30:00", "2026-10-25"),
			paris("l4", "e", reservation.Seated, 8, "2026-10-25T01:00:00", "2026-10-25T02:00:00", "2026-10-25T01:30:00",
				"2026-10-25T02:30:00", "2026-10-25"),
			// Booked 24 hours and a half ahead, within one day of the calendar.
			paris("l5", "f", reservation.NoShow, 16, "2026-10-24T22:15:00", "2026-10-25T00:15:00", "2026-10-25T22:45:00",
				"2026-10-25T23:45:00", "2026-10-25"),
			// The first minute after it, booked in its last.
			paris("l6", "b", reservation.Arrived, 32, "2026-10-25T22:59:00", "2026-10-25T23:59:00", "2026-10-25T23:00:00",
				"2026-10-26T00:00:00", "2026-10-26"),
		}
		r := reading("2026-10-26", 1)
		r.Source, r.Reservations = "thefork/102", bookings
		wt.Publish(t, zone, 1, r)
		mustLoad(t, w, options(zone))
		for _, c := range []struct {
			query string
			want  []string
		}{
			// Covers are who sat down: neither no-shows nor who is still to come.
			{"SELECT service_date, reservations, covers, expected_covers, no_show_covers FROM daily_service ORDER BY 1", []string{
				"2026-03-28|1|0|0|4", "2026-03-29|3|5|11|0", "2026-03-30|1|5|5|0", "2026-10-25|5|15|15|16", "2026-10-26|1|0|32|0",
			}},
			{"SELECT service_date, lead_days, reservations, guests, no_shows FROM lead_time ORDER BY 1, 2", []string{
				"2026-03-28|0|1|4|1", "2026-03-29|0|1|3|0", "2026-03-29|1|2|8|0", "2026-03-30|1|1|5|0",
				"2026-10-25|0|4|30|1", "2026-10-25|1|1|1|0", "2026-10-26|1|1|32|0",
			}},
			// a: 29 March, 30 March (1 day later), 25 October (209 days later). b: 29 March, 25 October (210). e: twice on one
			// day (0).
			{"SELECT service_date, visits, first_visits, return_visits, returns_within_30_days, days_since_last FROM " +
				"guest_return ORDER BY 1", []string{
				"2026-03-29|2|2|0|0|", "2026-03-30|1|0|1|1|1", "2026-10-25|4|1|3|1|419",
			}},
			{"SELECT service_date, step, reservations, guests FROM status_funnel WHERE step IN ('kept', 'seated') ORDER BY 1, 2",
				[]string{
					"2026-03-29|kept|3|11", "2026-03-29|seated|2|5", "2026-03-30|kept|1|5", "2026-03-30|seated|1|5",
					"2026-10-25|kept|4|15", "2026-10-25|seated|4|15", "2026-10-26|kept|1|32",
				}},
		} {
			if diff := gocmp.Diff(c.want, ask(t, w, c.query)); diff != "" {
				t.Errorf("%s\n- by hand, + warehouse:\n%s", c.query, diff)
			}
		}
	})
}

// TestMartsKeepCurrenciesApart: amounts are in the units that each currency has (yen none, pounds two, dinars three), are added
// to the last of their four decimals, and never across currencies, even of one restaurant and day that changed its own.
func TestMartsKeepCurrenciesApart(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		spent := func(id, currency string, total, tip int64) reservation.Reservation {
			r := paris(id, "", reservation.Completed, 2, "2026-03-27T10:00:00", "2026-03-27T11:00:00", "2026-03-28T19:00:00",
				"2026-03-28T20:00:00", "2026-03-28")
			r.Currency, r.SpendTotal, r.SpendTip = currency, wt.Money(total), wt.Money(tip)
			return r
		}
		yen := spent("y1", "JPY", 12_345_0000, 0)
		yen.DepositPaid, yen.DepositRefunded = wt.Money(5_000_0000), wt.Money(4_999_0000)
		unknown := spent("u1", "JPY", 0, 0)
		unknown.SpendTotal, unknown.SpendTip = nil, nil
		r := reading("2026-03-28", 1)
		r.Source = "thefork/102"
		r.Reservations = []reservation.Reservation{
			yen, spent("y2", "JPY", 99_999_999_999_0000-12_345_0000, 1_0000), unknown,
			// fifteen digits: the stand-in adds up in floating point
			spent("g1", "GBP", 10_1000, 1_0100), spent("g2", "GBP", 20_2000, 0),
			spent("k1", "KWD", 1_2345, 0), spent("k2", "KWD", 1_0005, 5),
			spent("e1", "EUR", -3_5000, 0), // a correction of the platform's
		}
		wt.Publish(t, zone, 1, r)
		mustLoad(t, w, options(zone))
		for _, c := range []struct {
			query string
			want  []string
		}{
			{"SELECT currency, reservations, spend_total, spend_tip, deposit_paid, deposit_refunded FROM daily_service ORDER " +
				"BY 1", []string{
				"EUR|1|-3.5|0||", "GBP|2|30.3|1.01||", "JPY|3|99999999999|1|5000|4999", "KWD|2|2.235|0.0005||",
			}},
			{"SELECT currency, kind, COUNT(*), CAST(SUM(amount) AS DECIMAL(18,4)) FROM payments GROUP BY currency, kind ORDER " +
				"BY 1, 2", []string{
				"EUR|spend|1|-3.5", "GBP|spend|2|30.3", "JPY|deposit|1|5000", "JPY|deposit_refund|1|-4999",
				"JPY|spend|2|99999999999", "KWD|spend|2|2.235",
			}},
		} {
			if diff := gocmp.Diff(c.want, ask(t, w, c.query)); diff != "" {
				t.Errorf("%s\n- by hand, + warehouse:\n%s", c.query, diff)
			}
		}
	})
}
