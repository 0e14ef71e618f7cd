package warehouse

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

const restaurantsYAML = `version: 1
platforms:
  opentable: {api_url: "https://x.invalid", auth_url: "https://x.invalid", credential: opentable, overlap: 1h, page_size: 50,
  requests_per_second: 1}
  thefork: {api_url: "https://x.invalid", auth_url: "https://x.invalid", credential: thefork, overlap: 24h, page_size: 50,
  requests_per_second: 1, money_unit: major}
restaurants:
  - {id: 101, name: "Covers London", timezone: Europe/London, currency: GBP, from: 2026-01-01, revision: 2, opentable: {rid:
  1001}}
  - {id: 102, name: "Covers Paris", timezone: Europe/Paris, currency: EUR, from: 2026-01-01, until: 2026-12-31, revision: 1,
     opentable: {rid: 1002}, thefork: {uuid: 5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0102}}
accounts:
  - {id: group-main, platform: thefork, group_uuid: 7a1d3c90-44be-4f0e-9d52-6b8e4c2a0001, from: 2026-01-01, revision: 1}
`

func registryOf(t *testing.T, yaml string) *source.Registry {
	t.Helper()
	path := filepath.Join(t.TempDir(), "restaurants.yaml")
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := source.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// paris is a TheFork booking in Paris: made at an instant and its wall clock, for an instant and its wall clock.
func paris(id, guest, status string, party int64, created, createdLocal, scheduled, local, date string) reservation.Reservation {
	r := reservation.Reservation{
		Platform: reservation.TheFork, RestaurantID: 102, ReservationID: id, ClockEpoch: 1, Clock: *wt.Micros(created),
		CreatedAt: wt.Micros(created), UpdatedAt: wt.Micros(created), CreatedLocal: wt.Micros(createdLocal),
		Status: status, PlatformStatus: "RECORDED", Channel: "thefork", PartySize: party, Currency: "EUR",
		ScheduledAt: wt.Micros(scheduled), ScheduledLocal: wt.Micros(local), ServiceDate: wt.Day(date),
	}
	if guest != "" {
		r.CustomerID = &guest
	}
	return r
}

// TestMarts holds the marts against answers worked out by hand. In Paris the clocks go forward on 2026-03-29, at 01:00 UTC: a
// day of 23 hours.
func TestMarts(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		// 23:30 UTC on the 28th is 00:30 on the 29th, still winter time; 22:30 UTC on the 29th is 00:30 on the 30th, summer.
		late := paris("p1", "g1", reservation.Completed, 2, "2026-03-27T23:10:00", "2026-03-28T00:10:00", "2026-03-28T23:30:00",
			"2026-03-29T00:30:00", "2026-03-29")
		late.SpendTotal, late.SpendSubtotal, late.SpendTip = wt.Money(50_0000), wt.Money(45_5000), wt.Money(4_5000)
		next := paris("p2", "g1", reservation.Completed, 3, "2026-03-28T12:00:00", "2026-03-28T13:00:00", "2026-03-29T22:30:00",
			"2026-03-30T00:30:00", "2026-03-30")
		next.SpendTotal = wt.Money(10_0001)
		// Booked 24 hours ahead on the clock: 23 hours in truth, one day in the calendar.
		noShow := paris("p3", "g2", reservation.NoShow, 4, "2026-03-28T11:00:00", "2026-03-28T12:00:00", "2026-03-29T10:00:00",
			"2026-03-29T12:00:00", "2026-03-29")
		noShow.DepositPaid, noShow.DepositRefunded = wt.Money(40_0000), wt.Money(15_0000)
		walkIn := paris("p4", "", reservation.Seated, 5, "2026-03-29T17:00:00", "2026-03-29T19:00:00", "2026-03-29T17:00:00",
			"2026-03-29T19:00:00", "2026-03-29")
		walkIn.Channel = "walk_in"
		expected := paris("p5", "g3", reservation.Booked, 6, "2026-03-29T17:00:00", "2026-03-29T19:00:00", "2026-03-29T18:00:00",
			"2026-03-29T20:00:00", "2026-03-29")
		declined := paris("p6", "g3", reservation.Declined, 7, "2026-03-29T17:00:00", "2026-03-29T19:00:00",
			"2026-03-29T18:00:00", "2026-03-29T20:00:00", "2026-03-29")
		cancelled := paris("p7", "g2", reservation.Cancelled, 8, "2026-03-01T10:00:00", "2026-03-01T11:00:00",
			"2026-03-29T18:00:00", "2026-03-29T20:00:00", "2026-03-29")
		timeless := paris("p8", "g2", reservation.Requested, 1, "2026-03-29T17:00:00", "2026-03-29T19:00:00",
			"2026-03-29T18:00:00", "2026-03-29T20:00:00", "2026-03-29")
		timeless.ScheduledAt, timeless.ScheduledLocal, timeless.ServiceDate = nil, nil, nil
		pounds := wt.Booking(1, 2, "g1") // completed, 4 covers, another restaurant, currency and platform
		pounds.ExperienceTotal = wt.Money(0)

		r := reading("2026-03-29", 1)
		r.Source = "thefork/102"
		r.Reservations = []reservation.Reservation{wt.Booking(1, 1, "g1"), late, next, noShow, walkIn, expected, declined,
			cancelled, timeless, pounds}
		wt.Publish(t, zone, 1, r)
		o := options(zone)
		o.Registry = registryOf(t, restaurantsYAML)
		mustLoad(t, w, o)
		again := reading("2026-03-29", 2)
		again.Source, again.Reservations = "thefork/102", []reservation.Reservation{late}
		wt.Publish(t, zone, 1, again)
		mustLoad(t, w, o)

		for _, c := range []struct {
			query string
			want  []string
		}{
			{`SELECT restaurant_id, restaurant, service_date, platform, currency, reservations, requested, booked, arrived,
  seated, completed,
  cancelled, no_shows, declined, covers, expected_covers, no_show_covers, spend_total, spend_tip, deposit_paid, deposit_refunded
FROM daily_service ORDER BY restaurant_id, service_date NULLS LAST`, []string{
				"101|Covers London|2026-03-29|opentable|GBP|1|0|0|0|0|1|0|0|0|4|4|0|12.469|||",
				"102|Covers Paris|2026-03-29|thefork|EUR|6|0|1|0|1|1|1|1|1|7|13|4|50|4.5|40|15",
				"102|Covers Paris|2026-03-30|thefork|EUR|1|0|0|0|0|1|0|0|0|3|3|0|10.0001|||",
				"102|Covers Paris||thefork|EUR|1|1|0|0|0|0|0|0|0|0|0|0||||",
			}},
			// Spend a cover: only Paris's p1, of 2 guests, has a bill of the 7 who sat there on the 29th.
			{`SELECT restaurant_id, service_date, covers, bills, covers_with_bill FROM daily_service
ORDER BY restaurant_id, service_date NULLS LAST`, []string{
				"101|2026-03-29|4|1|4", "102|2026-03-29|7|1|2", "102|2026-03-30|3|1|3", "102||0|0|0",
			}},
			{`SELECT step_number, step, reservations, guests FROM status_funnel WHERE restaurant_id = 102 AND service_date =
  CAST('2026-03-29' AS DATE) ORDER BY 1`, []string{
				"1|asked|6|32", "2|accepted|5|25", "3|kept|3|13", "4|arrived|2|7", "5|seated|2|7", "6|completed|1|2",
			}},
			{`SELECT channel, reservations, cancelled, no_shows, covers, expected_covers FROM channel_mix
WHERE restaurant_id = 102 AND service_date = CAST('2026-03-29' AS DATE) ORDER BY
  1`, []string{"thefork|5|1|1|2|8", "walk_in|1|0|0|5|5"}},
			{`SELECT service_date, lead_days, reservations, guests, cancelled, no_shows FROM lead_time
WHERE restaurant_id = 102 ORDER BY service_date NULLS LAST, lead_days`, []string{
				"2026-03-29|0|3|18|0|0", "2026-03-29|1|2|6|0|1", "2026-03-29|28|1|8|1|0", "2026-03-30|2|1|3|0|0", "||1|1|0|0",
			}},
			{`SELECT restaurant_id, service_date, visits, visits_of_unknown, first_visits, return_visits,
  returns_within_30_days, days_since_last
FROM guest_return ORDER BY 1, 2`, []string{
				"101|2026-03-29|1|0|1|0|0|", // g1 of OpenTable in London is not g1 of TheFork in Paris
				"102|2026-03-29|2|1|1|0|0|", "102|2026-03-30|1|0|0|1|1|1",
			}},
			{`SELECT reservation_id, currency, kind, amount, subtotal, tax, tip, is_revenue
FROM payments ORDER BY 1, 3`, []string{
				"1001-1|GBP|spend|12.469||||true", "p1|EUR|spend|50|45.5||4.5|true",
				"p2|EUR|spend|10.0001||||true",
				"p3|EUR|deposit|40||||false", "p3|EUR|deposit_refund|-15||||false",
			}},
			{`SELECT reservation_id, version, is_current, status, observations FROM reservation_versions
WHERE reservation_id IN ('1001-1', 'p1') ORDER BY 1,
  2`, []string{"1001-1|1|false|seated|1", "1001-1|2|true|completed|1", "p1|1|true|completed|2"}},
			{`SELECT restaurant_id, name, timezone, currency, opentable_rid, thefork_uuid, first_day, last_day, revision FROM
  restaurants ORDER BY 1`, []string{
				"101|Covers London|Europe/London|GBP|1001||2026-01-01||2",
				"102|Covers Paris|Europe/Paris|EUR|1002|5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0102|2026-01-01|2026-12-31|1",
			}},
			{`SELECT restaurant_id, first_day, last_day, name, owner, timezone, currency, country,
    opentable_rid, thefork_uuid, revision
  FROM restaurant_history ORDER BY 1, 2`, []string{
				"101|2026-01-01||Covers London||Europe/London|GBP||1001||2",
				"102|2026-01-01|2026-12-31|Covers Paris||Europe/Paris|EUR||1002|5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0102|1",
			}},
			{`SELECT platform, name FROM platforms ORDER BY 1`, []string{"opentable|OpenTable", "thefork|TheFork"}},
			// The newest day that was read is the 29th: the 30th is tonight.
			{`SELECT restaurant_id, restaurant, service_date, days_ahead FROM evenings ORDER BY 1, 3 NULLS LAST`, []string{
				"101|Covers London|2026-03-29|-1", "102|Covers Paris|2026-03-29|-1", "102|Covers Paris|2026-03-30|0",
				"102|Covers Paris||",
			}},
			{`SELECT source, day, asked_by, refused, days_old, reservation_received, reservation_landed, absent FROM ledger
  ORDER BY reading`, []string{
				"thefork/102|2026-03-29|updated|false|0|10|10|0", "thefork/102|2026-03-29|updated|false|0|1|1|0",
			}},
			// The marts add up to the table.
			{`SELECT (SELECT SUM(reservations) FROM daily_service) - COUNT(*), (SELECT SUM(reservations) FROM channel_mix) -
  COUNT(*),
  (SELECT SUM(reservations) FROM lead_time) - COUNT(*), (SELECT SUM(reservations) FROM status_funnel WHERE step = 'asked') -
  COUNT(*) FROM reservations`,
				[]string{"0|0|0|0"}},
		} {
			if diff := gocmp.Diff(c.want, ask(t, w, c.query)); diff != "" {
				t.Errorf("%s\n- by hand, + warehouse:\n%s", c.query, diff)
			}
		}
	})
}

// TestRestaurantHistory: what a restaurant was stands beside the days it was so, whole after each change of the entry, and an
// older revision of the entry does not undo a newer one. A booking of any day finds its row.
func TestRestaurantHistory(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		head, _, _ := strings.Cut(restaurantsYAML, "  - {id: 101")
		load := func(entries string, want ...string) {
			t.Helper()
			o := options(zone)
			o.Registry = registryOf(t, head+entries)
			mustLoad(t, w, o)
			const rows = `SELECT restaurant_id, first_day, last_day, name, owner, timezone, currency, country,
    opentable_rid, thefork_uuid, revision FROM restaurant_history ORDER BY 1, 2`
			if diff := gocmp.Diff(want, ask(t, w, rows)); diff != "" {
				t.Error(diff)
			}
		}
		const entry = `  - {id: 7, name: Covers Sofia, owner: Covers, timezone: Europe/Sofia, currency: EUR, country: BG,
     from: 2024-01-01, revision: 2, until: 2026-12-31, opentable: {rid: 77},
     thefork: {uuid: 5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0107}, history: [
     {until: 2024-06-30, name: Na Taraka, owner: Ivanov, thefork: {uuid: 5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0001}},
     {until: 2025-12-31, currency: BGN, opentable: {rid: 70}}]}
`
		newer := []string{
			"7|2024-01-01|2024-06-30|Na Taraka|Ivanov|Europe/Sofia|BGN|BG|70|5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0001|2",
			"7|2024-07-01|2025-12-31|Covers Sofia|Covers|Europe/Sofia|BGN|BG|70|5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0107|2",
			"7|2026-01-01|2026-12-31|Covers Sofia|Covers|Europe/Sofia|EUR|BG|77|5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0107|2",
		}
		first, _, _ := strings.Cut(entry, ", history")
		first = strings.Replace(first, "revision: 2", "revision: 1", 1) + "}\n"
		load(first, "7|2024-01-01|2026-12-31|Covers Sofia|Covers|Europe/Sofia|EUR|BG|77|5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0107|1")
		load(entry, newer...)
		load(first, newer...)
		other := "8|2026-01-01||B||UTC|EUR|||5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0108|1"
		load("  - {id: 8, name: B, timezone: UTC, currency: EUR, from: 2026-01-01, revision: 1, "+
			"thefork: {uuid: 5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0108}}\n", append(slices.Clone(newer), other)...)
		load(
			strings.Replace(entry, "{until: 2024-06-30, name: Na Taraka, owner: Ivanov, "+
				"thefork: {uuid: 5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0001}},", "", 1),
			"7|2024-01-01|2025-12-31|Covers Sofia|Covers|Europe/Sofia|BGN|BG|70|5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0107|2",
			newer[2],
			other,
		)
	})
}

// TestReference: the tables follow restaurants.yaml; an older revision of an entry does not undo a newer one, and an entry that
// is gone from the file stays, since its reservations do.
func TestReference(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		const rows = "SELECT restaurant_id, name, revision FROM restaurants ORDER BY 1"
		load := func(yaml string, changes bool, want ...string) {
			t.Helper()
			o := options(zone)
			o.Registry = registryOf(t, yaml)
			if out := mustLoad(t, w, o); out.Reference != changes || out.Unchanged() == changes {
				t.Errorf("reference changed: %v, want %v", out.Reference, changes)
			}
			if diff := gocmp.Diff(want, ask(t, w, rows)); diff != "" {
				t.Error(diff)
			}
		}
		entry := func(id, name, revision string) string {
			return "  - {id: " + id + ", name: " + name +
				", timezone: Europe/Paris, currency: EUR, from: 2026-01-01, revision: " + revision + ", opentable: {rid: 1" + id +
				"}}\n"
		}
		head, _, _ := strings.Cut(restaurantsYAML, "  - {id: 101")
		load(head+entry("1", "One", "1"), true, "1|One|1")
		load(head+entry("1", "One", "1"), false, "1|One|1")
		load(head+entry("1", "Uno", "1"), true, "1|Uno|1")
		load(head+entry("1", "Une", "2")+entry("2", "Deux", "1"), true, "1|Une|2", "2|Deux|1")
		load(head+entry("1", "One", "1"), false, "1|Une|2", "2|Deux|1")
		load(head+entry("3", "Three", "1"), true, "1|Une|2", "2|Deux|1", "3|Three|1")
	})
}

// TestAbsurdBills: bills as large as their column, on one evening, add up; they take no query with them.
func TestAbsurdBills(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		r := reading("2026-03-27", 1)
		for n := range 3 {
			b := wt.Booking(n, 1, "g1")
			most := int64(999_999_999_999_999_999)
			b.Status, b.SpendTotal, b.DepositPaid = "completed", &most, &most
			r.Reservations = append(r.Reservations, b)
		}
		wt.Publish(t, zone, 1, r)
		mustLoad(t, w, options(zone))
		// Not to the last digit: the stand-in adds up in floating point.
		const room = "SELECT reservations FROM daily_service WHERE spend_total > 299999999999990 AND deposit_paid > 2E14"
		if got := ask(t, w, room); !slices.Equal(got, []string{"3"}) {
			t.Errorf("got %q", got)
		}
	})
}
