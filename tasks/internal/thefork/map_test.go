package thefork_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"covers/contract"
	"covers/tasks/internal/phone"
	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/thefork"
	"covers/tasks/internal/timezone"
	"covers/tasks/internal/token"
)

const secret = "a key for tests, of enough bytes."

func paris(t testing.TB, unit string) source.Source {
	loc, err := timezone.Load("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return source.Source{
		ID: "thefork/102", Platform: reservation.TheFork, RestaurantID: 102,
		RestaurantUUID: "5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0102",
		Location:       loc, Currency: "EUR", Revision: 1, MoneyUnit: unit,
	}
}

func newMapper(t testing.TB, unit string) (*thefork.Mapper, *record.Reader) {
	key, err := token.New(secret, 1, phone.Read)
	if err != nil {
		t.Fatal(err)
	}
	in := &record.Reader{}
	return thefork.NewMapper(paris(t, unit), key, in), in
}

func sample(t testing.TB, name string) string {
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// mapReservation returns a booking's row and what is wrong with the record, as findings has it.
func mapReservation(t testing.TB, unit, body string) (reservation.Reservation, []string) {
	m, in := newMapper(t, unit)
	rec := in.Parse([]byte(body))
	if rec == nil {
		t.Fatalf("not a JSON object: %s", body)
	}
	var r reservation.Reservation
	m.Reservation(rec, &r)
	return r, findings(in)
}

// findings returns the problems and notes of a record, "reason field" of each, a note behind the word.
func findings(in *record.Reader) (out []string) {
	for _, p := range in.Problems {
		out = append(out, p.Reason+" "+p.Field)
	}
	for _, p := range in.Notes {
		out = append(out, "note "+p.Reason+" "+p.Field)
	}
	slices.Sort(out)
	return out
}

// changed returns a record with some texts replaced: old, new, old, new …
func changed(t testing.TB, body string, change ...string) string {
	for i := 0; i < len(change); i += 2 {
		if !strings.Contains(body, change[i]) {
			t.Fatalf("the record has no %s", change[i])
		}
		body = strings.Replace(body, change[i], change[i+1], 1)
	}
	return body
}

func at(s string) *int64 {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	us := t.UnixMicro()
	return &us
}

func ptr[T any](v T) *T { return &v }

func TestReservation(t *testing.T) {
	got, problems := mapReservation(t, "major", sample(t, "reservation.json"))
	want := reservation.Reservation{
		Platform: "thefork", RestaurantID: 102, ReservationID: "c2f5e0aa-4d8b-4a51-9be7-0f6d2d3e4f50",
		CustomerID: ptr("e1a1f9b2-3f0a-4b6b-8a9d-1c2d3e4f5a6b"), ClockEpoch: 1, Clock: *at("2026-03-29T20:10:00Z"),
		CreatedAt: at("2026-03-20T11:00:00.123456Z"), UpdatedAt: at("2026-03-29T20:10:00Z"),
		Status: "seated", PlatformStatus: "RECORDED/BILL", Channel: "tripadvisor", PartySize: 2,
		ScheduledAt: at("2026-03-29T18:00:00Z"), ScheduledLocal: at("2026-03-29T20:00:00Z"),
		ServiceDate: ptr(int32(*at("2026-03-29T00:00:00Z") / 86400e6)), CreatedLocal: at("2026-03-20T12:00:00.123456Z"),
		Currency: "EUR", SpendTotal: ptr(int64(1012500)), OfferID: ptr("aa0c1d02-0000-4000-8000-000000000001"),
		OfferType: ptr("presetMenu"), OfferPrice: ptr(int64(399000)), DiscountPercent: ptr(int64(125000)),
	}
	if d := cmp.Diff(want, got); d != "" || len(problems) > 0 {
		t.Errorf("problems %v, -want +got:\n%s", problems, d)
	}
}

func TestReservationProblems(t *testing.T) {
	for name, c := range map[string]struct {
		change []string
		want   []string
	}{
		"unknown status":      {[]string{`"RECORDED"`, `"ARRIVED"`}, []string{"unknown_status status"}},
		"unknown meal status": {[]string{`"BILL"`, `"DANCING"`}, []string{"unknown_status mealStatus"}},
		"no dates": {
			[]string{
				`"2026-03-29T20:00:00+02:00"`, `null`, `"2026-03-20T11:00:00.123456Z"`, `null`, `"2026-03-29T20:10:00Z"`, `null`,
			},
			nil,
		},
		"time without offset": {
			[]string{`"2026-03-29T20:00:00+02:00"`, `"2026-03-29T20:00:00"`}, []string{"time mealDate"},
		},
		"before 1970": {[]string{`"2026-03-29T20:10:00Z"`, `"1969-12-31T23:59:59Z"`},
			[]string{"note range updatedAt"}},
		"other restaurant":         {[]string{`2f5a0c1d0102"`, `2f5a0c1d0103"`}, []string{"restaurant restaurantUuid"}},
		"five decimals":            {[]string{`1.0125e2`, `101.00001`}, []string{"note money billAmount.totalPrice"}},
		"amount beyond all bounds": {[]string{`1.0125e2`, `1e30`}, []string{"note range billAmount.totalPrice"}},
		"amount as text":           {[]string{`1.0125e2`, `"101.25"`}, []string{"note type billAmount.totalPrice"}},
		"other currency": {
			[]string{`"currency":"EUR"}}`, `"currency":"GBP"}}`}, []string{"note unknown_value billAmount.currency"},
		},
		"unknown offer":            {[]string{`"presetMenu"`, `"raffle"`}, []string{"note unknown_value offerDetails.offerType"}},
		"unknown channel, no harm": {[]string{`"TripAdvisor"`, `"Fax"`}, nil},
		"no channel":               {[]string{`"TripAdvisor"`, `null`}, []string{"note missing reservationChannel"}},
		"unknown meal status of a cancelled one": {
			[]string{`"RECORDED"`, `"CANCELED"`, `"BILL"`, `"DANCING"`}, []string{"note unknown_status mealStatus"},
		},
		"nobody": {[]string{`"partySize":2`, `"partySize":0`}, []string{"range partySize"}},
		"no restaurant, no id": {
			[]string{`"reservationUuid"`, `"x"`, `"restaurantUuid"`, `"y"`},
			[]string{"missing reservationUuid", "missing restaurantUuid"},
		},
		"walk-in without a customer": {
			[]string{`"customerUuid":"e1a1f9b2-3f0a-4b6b-8a9d-1c2d3e4f5a6b"`, `"customerUuid":null`}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, got := mapReservation(t, "major", changed(t, sample(t, "reservation.json"), c.change...))
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// Whether plain numbers are major units is a setting.
func TestMinorUnits(t *testing.T) {
	r, problems := mapReservation(t, "minor", strings.Replace(sample(t, "reservation.json"), "39.90", "3990", 1))
	if len(problems) > 0 || *r.SpendTotal != 10125 || *r.OfferPrice != 399000 || *r.DiscountPercent != 125000 {
		t.Errorf("got %v, %v", r, problems)
	}
}

func TestClockFallsBack(t *testing.T) {
	body := strings.Replace(sample(t, "reservation.json"), `"2026-03-29T20:10:00Z"`, "null", 1)
	if r, _ := mapReservation(t, "major", body); r.Clock != *at("2026-03-20T11:00:00.123456Z") {
		t.Errorf("want createdAt, got %d", r.Clock)
	}
	body = strings.Replace(body, `"2026-03-20T11:00:00.123456Z"`, "null", 1)
	if r, _ := mapReservation(t, "major", body); r.Clock != 0 {
		t.Errorf("want 0, got %d", r.Clock)
	}
}

func TestStatusesAreDeclared(t *testing.T) {
	table := contract.Get().Table("reservation_observations")
	for status, want := range map[string]string{
		"RECORDED null": "booked", "RECORDED PARTIALLY_ARRIVED": "arrived", "RECORDED ARRIVED": "arrived",
		"RECORDED SEATED": "seated", "RECORDED BILL": "seated", "RECORDED LEFT": "completed",
		"REQUESTED null": "requested", "CANCELED null": "cancelled", "NO_SHOW null": "no_show", "REFUSED null": "declined",
		"CANCELED LEFT": "cancelled", // mealStatus counts beside RECORDED alone
	} {
		s, meal, _ := strings.Cut(status, " ")
		if meal != "null" {
			meal = `"` + meal + `"`
		}
		r, problems := mapReservation(t, "major",
			strings.NewReplacer(`"RECORDED"`, `"`+s+`"`, `"BILL"`, meal).Replace(sample(t, "reservation.json")))
		if len(problems) > 0 || r.Status != want || !slices.Contains(table.Column("platform_status").Values, r.PlatformStatus) {
			t.Errorf("%s: got %q, %q, %v, want %q", status, r.Status, r.PlatformStatus, problems, want)
		}
	}
}

func TestCustomer(t *testing.T) {
	m, in := newMapper(t, "major")
	key, _ := token.New(secret, 1, phone.Read)
	rec := in.Parse([]byte(sample(t, "customer.json")))
	var got reservation.Customer
	m.Customer(rec, &got)
	want := reservation.Customer{
		Platform: "thefork", CustomerID: "e1a1f9b2-3f0a-4b6b-8a9d-1c2d3e4f5a6b", ClockEpoch: 1,
		Clock:     *at("2025-11-02T10:00:00Z"),
		CreatedAt: at("2025-11-02T10:00:00Z"), EmailToken: ptr(key.Email("ana.nunez@example.org")),
		PhoneToken: ptr(key.Phone("+442079460001", "", "")), NameToken: ptr(key.Name("ana", "núñez")),
		EmailOptIn: ptr(true), VIP: ptr(true), Country: ptr("FR"),
	}
	if d := cmp.Diff(want, got); d != "" || len(findings(in)) > 0 {
		t.Errorf("%v, -want +got:\n%s", findings(in), d)
	}
}

func FuzzReservation(f *testing.F) {
	f.Add(sample(f, "reservation.json"))
	f.Add(sample(f, "customer.json"))
	f.Add(`{"billAmount":{"totalPrice":-0.0},"offerDetails":{"price":1E400},"mealDate":""}`)
	declared := contract.Get().Table("quarantine").Column("reason").Values
	m, in := newMapper(f, "minor")
	f.Fuzz(func(t *testing.T, body string) {
		rec := in.Parse([]byte(body))
		if rec != nil {
			var r reservation.Reservation
			var c reservation.Customer
			m.Reservation(rec, &r)
			if len(in.Problems) == 0 &&
				(r.PartySize < 1 || r.PartySize > 1000 || r.ReservationID == "" || r.Status == "" || r.Clock < 0) {
				t.Fatalf("accepted against the contract: %+v", r)
			}
			m.Customer(rec, &c)
		}
		for _, p := range append(in.Problems, in.Notes...) {
			if !slices.Contains(declared, p.Reason) {
				t.Fatalf("undeclared reason %+v", p)
			}
		}
		in.Arena.Reset()
	})
}
