package validate_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/validate"
	vt "covers/tasks/internal/validate/validatetest"
)

const (
	formerUUID = "5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0001"
	itsUUID    = "5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0107"
)

// sourceOf returns a source of a registry of one restaurant.
func sourceOf(t *testing.T, id, entry string) source.Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "restaurants.yaml")
	const head = `version: 1
platforms:
  opentable: {api_url: a, auth_url: b, credential: c, page_size: 10, requests_per_second: 1}
  thefork: {api_url: a, auth_url: b, credential: c, page_size: 10, requests_per_second: 1, money_unit: major}
restaurants:
`
	if err := os.WriteFile(path, []byte(head+entry), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := source.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Source(id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// meal is a booking of TheFork with a bill, at a meal's instant.
func meal(i int, uuid, at, currency, total string) string {
	return fmt.Sprintf(
		`{"reservationUuid":"%s","restaurantUuid":"%s","mealDate":"%s","partySize":2,"status":"RECORDED","mealStatus":"LEFT",`+
			`"createdAt":"2025-12-01T10:00:00Z","updatedAt":"%s","reservationChannel":"TheFork","billAmount":{"totalPrice":%s,"currency":"%s"}}`,
		vt.UID(i),
		uuid,
		at,
		at,
		total,
		currency,
	)
}

// told are the rows of a day: service date, wall clock, currency and bill of each, by its id, and the problems met.
func told(t *testing.T, o validate.Options) (rows, problems []string) {
	t.Helper()
	r := one(t, o)
	for _, x := range r.Objects {
		if x.Kind != reservations {
			continue
		}
		if err := parquetrows.Read(ctx, o.Staging, x, func(batch []reservation.Reservation) error {
			for _, row := range batch {
				total := "none"
				if row.SpendTotal != nil {
					total = fmt.Sprint(*row.SpendTotal)
				}
				rows = append(rows, time.Unix(int64(*row.ServiceDate)*86400, 0).UTC().Format(time.DateOnly)+" "+
					time.UnixMicro(*row.ScheduledLocal).UTC().Format("15:04")+" "+row.Currency+" "+total)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(rows)
	return rows, read(t, o, r).Refusals
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// Bulgaria took the euro on 2026-01-01. Days of before keep their levs when the entry says euro, its history levs, and its
// revision is raised: nothing of theirs is refused.
func TestTheEuroComesToSofia(t *testing.T) {
	o := vt.Options(t, "thefork/101")
	entry := func(currency, revision, more string) source.Source {
		return sourceOf(t, "thefork/7", "  - {id: 7, name: Covers Sofia, timezone: Europe/Sofia, currency: "+currency+
			", from: 2025-01-01, revision: "+revision+", thefork: {uuid: "+itsUUID+"}"+more+"}\n")
	}
	december := o
	december.Source, december.Day = entry("BGN", "1", ""), "2025-12-30"
	vt.WriteReading(t, december, vt.First, map[string][]string{reservations: {
		meal(1, itsUUID, "2025-12-30T18:00:00Z", "BGN", "100"),
	}})
	rows, problems := told(t, december)
	same(t, "December, before", rows, []string{"2025-12-30 20:00 BGN 1000000"})
	same(t, "December, before", problems, nil)

	changed := entry("EUR", "2", ", history: [{until: 2025-12-31, currency: BGN}]")
	december.Source = changed
	rows, problems = told(t, december)
	same(t, "December, raised", rows, []string{"2025-12-30 20:00 BGN 1000000"})
	same(t, "December, raised", problems, nil)

	january := december
	january.Day = "2026-01-03"
	vt.WriteReading(t, january, vt.First, map[string][]string{reservations: {
		meal(2, itsUUID, "2026-01-03T18:00:00Z", "EUR", "51.13"),
		meal(3, itsUUID, "2025-12-31T18:00:00Z", "BGN", "80"),  // corrected late
		meal(4, itsUUID, "2025-12-31T22:30:00Z", "EUR", "20"),  // half past midnight
		meal(5, itsUUID, "2026-01-03T18:30:00Z", "USD", "9.5"), // a currency it never had: the bill alone is left out
	}})
	rows, problems = told(t, january)
	same(t, "January", rows, []string{
		"2025-12-31 20:00 BGN 800000", "2026-01-01 00:30 EUR 200000", "2026-01-03 20:00 EUR 511300", "2026-01-03 20:30 EUR none",
	})
	same(t, "January", problems, []string{"reservation 4 unknown_value billAmount.currency noted"})
}

// OpenTable may name no currency beside an amount: then it is that of the service date.
func TestAnAmountWithoutCurrencyIsOfItsDate(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	o.Source = sourceOf(
		t,
		"opentable/101",
		"  - {id: 101, name: A, timezone: Europe/London, currency: EUR, from: 2025-01-01, revision: 1, "+
			"opentable: {rid: 1001}, history: [{until: 2026-03-27, currency: GBP}]}\n",
	)
	on := func(i int, day, code string) string {
		return vt.OpenTable(i, "2026-03-28T19:", day+"T19:", `"currency_code":"GBP"`, `"currency_code":`+code,
			`"pos_total_spend":`+fmt.Sprint(12_060+i%5000), `"pos_total_spend":1000`)
	}
	vt.WriteReading(t, o, vt.First, map[string][]string{reservations: {
		on(1, "2026-03-27", "null"), on(2, "2026-03-28", "null"), on(3, "2026-03-28", `"GBP"`), on(4, "2026-03-27", `"EUR"`),
	}})
	rows, problems := told(t, o)
	same(t, "rows", rows, []string{
		"2026-03-27 19:01 GBP 100000", "2026-03-27 19:04 EUR 100000", "2026-03-28 19:02 EUR 100000",
		"2026-03-28 19:03 GBP 100000",
	})
	same(t, "problems", problems, nil)
}

// A restaurant that moved has the wall clock of the place where the meal was; also in the evening before, which is the next day
// in UTC.
func TestARestaurantMoves(t *testing.T) {
	o := vt.Options(t, "thefork/101")
	o.Day = "2026-01-03"
	o.Source = sourceOf(
		t,
		"thefork/7",
		"  - {id: 7, name: A, timezone: America/Los_Angeles, currency: USD, from: 2025-01-01, revision: 1, "+
			"thefork: {uuid: "+itsUUID+"}, history: [{until: 2025-12-31, timezone: America/New_York}]}\n",
	)
	vt.WriteReading(t, o, vt.First, map[string][]string{reservations: {
		meal(1, itsUUID, "2025-12-31T18:00:00Z", "USD", "1"), meal(2, itsUUID, "2026-01-01T00:30:00Z", "USD", "2"),
		meal(3, itsUUID, "2026-01-01T20:00:00Z", "USD", "3"), meal(4, itsUUID, "2026-01-02T03:30:00Z", "USD", "4"),
	}})
	rows, problems := told(t, o)
	same(t, "rows", rows, []string{
		"2025-12-31 13:00 USD 10000", "2025-12-31 19:30 USD 20000", "2026-01-01 12:00 USD 30000", "2026-01-01 19:30 USD 40000",
	})
	same(t, "problems", problems, nil)
}

// A restaurant that was sold, or that a platform gave another id, is one restaurant: records under either id are its own, in
// capitals too; those under an id that it never had are not.
func TestARestaurantChangesItsID(t *testing.T) {
	o := vt.Options(t, "thefork/101")
	o.Day, o.MaxRefused = "2026-01-03", 1
	o.Source = sourceOf(
		t,
		"thefork/7",
		"  - {id: 7, name: A, owner: B, timezone: UTC, currency: EUR, from: 2025-01-01, revision: 1, "+
			"thefork: {uuid: "+strings.ToUpper(itsUUID)+"}, "+
			"history: [{until: 2025-12-31, owner: Ivanov, thefork: {uuid: "+formerUUID+"}}]}\n",
	)
	vt.WriteReading(t, o, vt.First, map[string][]string{reservations: {
		meal(1, formerUUID, "2026-01-03T18:00:00Z", "EUR", "1"), meal(2, itsUUID, "2026-01-03T18:10:00Z", "EUR", "2"),
		meal(3, strings.ToUpper(formerUUID), "2026-01-03T18:20:00Z", "EUR", "3"),
		meal(4, "5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0999", "2026-01-03T18:30:00Z", "EUR", "4"),
	}})
	rows, problems := told(t, o)
	same(t, "rows", rows, []string{"2026-01-03 18:00 EUR 10000", "2026-01-03 18:10 EUR 20000", "2026-01-03 18:20 EUR 30000"})
	same(t, "problems", problems, []string{"reservation 4 restaurant restaurantUuid"})
}

// Without the unit of TheFork's amounts nothing is made of its bookings, and the next step is named.
func TestTheUnitOfMoneyIsNotAssumed(t *testing.T) {
	o := vt.Options(t, "thefork/101")
	o.Source.MoneyUnit = ""
	_, err := validate.Run(ctx, o)
	if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "extract probe") {
		t.Errorf("got %v", err)
	}
	if results, err := lake.Results(ctx, o.Staging, o.Source.ID, o.Day); err != nil || len(results) != 0 {
		t.Errorf("%d results, %v", len(results), err)
	}
}
