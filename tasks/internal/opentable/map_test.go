package opentable_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"covers/contract"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/phone"
	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/timezone"
	"covers/tasks/internal/token"
)

const secret = "a key for tests, of enough bytes."

func london(t testing.TB) source.Source {
	loc, err := timezone.Load("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return source.Source{
		ID: "opentable/101", Platform: reservation.OpenTable, RestaurantID: 101, RID: 1001,
		Location: loc, Currency: "GBP", Revision: 1,
		Restarts: []time.Time{
			time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 29, 19, 5, 11, 0, time.UTC),
			time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC),
		},
	}
}

func newMapper(t testing.TB) (*opentable.Mapper, *record.Reader) {
	key, err := token.New(secret, 1, phone.Read)
	if err != nil {
		t.Fatal(err)
	}
	in := &record.Reader{}
	return opentable.NewMapper(london(t), key, in), in
}

func sample(t testing.TB, name string) string {
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// mapReservation returns a booking's row and what is wrong with the record, as findings has it.
func mapReservation(t testing.TB, body string) (reservation.Reservation, []string) {
	m, in := newMapper(t)
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
	got, found := mapReservation(t, sample(t, "reservation.json"))
	if len(found) > 0 {
		t.Fatalf("found %v", found)
	}
	want := reservation.Reservation{
		Platform: "opentable", RestaurantID: 101, ReservationID: "1001-0b9f2a1e-6f1c-4d0e-9a55-3a1f8f6f2c11",
		CustomerID: ptr("1001-5a2d7c33-21b4-4c55-8e01-90f0c77d2b6a"), ClockEpoch: 3, Clock: 2277000042,
		CreatedAt: at("2026-03-14T09:15:30.250Z"), UpdatedAt: at("2026-03-29T19:05:11Z"),
		Status: "seated", PlatformStatus: "Entree", Channel: "web", PartySize: 4,
		ScheduledAt: at("2026-03-29T18:30:00Z"), ScheduledLocal: at("2026-03-29T19:30:00Z"),
		ServiceDate: ptr(int32(*at("2026-03-29T00:00:00Z") / 86400e6)), CreatedLocal: at("2026-03-14T09:15:30.250Z"),
		ArrivedAt: at("2026-03-29T18:28:00Z"), SeatedAt: at("2026-03-29T18:31:00Z"), TableCategory: ptr("outdoor"),
		Currency: "GBP", SpendSubtotal: ptr(int64(1005000)), SpendTax: ptr(int64(201000)), SpendTotal: ptr(int64(1206000)),
		DepositPaid: ptr(int64(200000)), DepositRefunded: ptr(int64(0)), ExperienceID: ptr(int64(77)),
		ExperienceTotal: ptr(int64(1160000)),
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestReservationProblems(t *testing.T) {
	for name, c := range map[string]struct {
		change []string // pairs: old, new
		want   []string // reason field
	}{
		"unknown status":      {[]string{`"Entree"`, `"Teleported"`}, []string{"unknown_status state"}},
		"no guest":            {[]string{`"guest_id":"1001-5a2d7c33-21b4-4c55-8e01-90f0c77d2b6a"`, `"guest_id":null`}, nil},
		"empty party":         {[]string{`"party_size":4`, `"party_size":0`}, []string{"range party_size"}},
		"number as text":      {[]string{`"party_size":4`, `"party_size":"4"`}, []string{"type party_size"}},
		"fraction of a guest": {[]string{`"party_size":4`, `"party_size":4.5`}, []string{"type party_size"}},
		"beyond int64": {
			[]string{`"pos_total_spend":12060`, `"pos_total_spend":9223372036854775808`},
			[]string{"note range pos_data.pos_total_spend"},
		},
		"beyond the decimal": {
			[]string{`"pos_total_spend":12060`, `"pos_total_spend":9223372036854775807`},
			[]string{"note range pos_data.pos_total_spend"},
		},
		"denominator missing": {
			[]string{`"currency_denominator":100,` + "\n", `"currency_denominator":null,` + "\n"},
			[]string{
				"note money experience_details.total_amount", "note money pos_data.pos_sub_total", "note money pos_data.pos_tax",
				"note money pos_data.pos_total_spend",
			},
		},
		"denominator of thirds": {
			[]string{`"currency_denominator":100,"status"`, `"currency_denominator":3,"status"`},
			[]string{"note money deposit.total_paid"},
		},
		"other currency": {
			[]string{`"currency_code":"GBP"`, `"currency_code":"EUR"`}, []string{"note unknown_value currency_code"},
		},
		"other restaurant":          {[]string{`"rid":1001`, `"rid":1002`}, []string{"restaurant rid"}},
		"unknown table category":    {[]string{`"outdoor"`, `"roof"`}, []string{"note unknown_value table_category"}},
		"the word default":          {[]string{`"outdoor"`, `"default"`}, []string{"note unknown_value table_category"}},
		"unknown origin is no harm": {[]string{`"Web"`, `"Carrier pigeon"`}, nil},
		"no time of either kind": {
			[]string{`"scheduled_time_utc":"2026-03-29T18:30:00Z"`, `"x":0`, `"scheduled_time":"2026-03-29T19:30:00"`, `"y":0`},
			[]string{"missing scheduled_time"},
		},
		"neither can be read": {
			[]string{`"scheduled_time_utc":"2026-03-29T18:30:00Z"`, `"scheduled_time_utc":7`, `"2026-03-29T19:30:00"`, `"soon"`},
			[]string{"time scheduled_time", "type scheduled_time_utc"},
		},
		"31 February": {
			[]string{`"2026-03-29T18:30:00Z"`, `"2026-02-31T18:30:00Z"`}, []string{"note time scheduled_time_utc"},
		},
		"an hour off": {
			[]string{`"2026-03-29T19:30:00"`, `"2026-03-29T18:30:00"`}, []string{"local_time scheduled_time"},
		},
		"an hour off, of a time that no row needs": {
			[]string{`"arrived_time":"2026-03-29T19:28:00"`, `"arrived_time":"2026-03-29T18:28:00"`},
			[]string{"note local_time arrived_time"},
		},
		"skipped by the clocks": {[]string{
			`"2026-03-29T19:30:00"`, `"2026-03-29T01:30:00"`, `"2026-03-29T18:30:00Z"`, `"2026-03-29T00:30:00Z"`,
		},
			[]string{"local_time scheduled_time"}},
		"skipped by the clocks, alone": {[]string{
			`"2026-03-29T19:30:00"`, `"2026-03-29T01:30:00"`, `"2026-03-29T18:30:00Z"`, `null`,
		},
			[]string{"local_time scheduled_time"}},
		"exists twice, first": {
			[]string{`"2026-03-29T19:30:00"`, `"2026-10-25T01:30:00"`, `"2026-03-29T18:30:00Z"`, `"2026-10-25T00:30:00Z"`}, nil,
		},
		"exists twice, again": {
			[]string{`"2026-03-29T19:30:00"`, `"2026-10-25T01:30:00"`, `"2026-03-29T18:30:00Z"`, `"2026-10-25T01:30:00Z"`}, nil,
		},
		"given twice": {[]string{`"state":"Entree"`, `"state":"Entree","state":"Done"`}, []string{"duplicate state"}},
		"given twice, and no row needs it": {
			[]string{`"table_category":"outdoor"`, `"table_category":"outdoor","table_category":"bar"`},
			[]string{"note duplicate table_category"},
		},
		"one half given twice": {
			[]string{`"scheduled_time":"2026-03-29T19:30:00"`, `"scheduled_time":"2026-03-29T19:30:00","scheduled_time":7`},
			[]string{"note duplicate scheduled_time"},
		},
		"object expected": {
			[]string{
				`"deposit":{"total_paid":2000,"total_refunded":0,"currency":null,"currency_denominator":100,"status":"CAPTURED"}`,
				`"deposit":[]`,
			},
			[]string{"note type deposit"},
		},
		"control character": {[]string{`"id":"1001-0b9f`, `"id":"1001-\u00000b9f`}, []string{"range id"}},
		"another fraction":  {[]string{`"2026-03-14T09:15:30.250Z"`, `"2026-03-14T09:15:30Z"`}, nil},
		"every problem, not the first": {[]string{
			`"Entree"`, `"X"`, `"party_size":4`, `"party_size":-1`, `"rid":1001`, `"rid":"1001"`, `"sequence_id":2277000042`,
			`"sequence_id":null`,
		},
			[]string{"missing sequence_id", "range party_size", "type rid", "unknown_status state"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, got := mapReservation(t, changed(t, sample(t, "reservation.json"), c.change...))
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func TestGuest(t *testing.T) {
	m, in := newMapper(t)
	key, _ := token.New(secret, 1, phone.Read)
	guest := func(body string) (reservation.Customer, []string) {
		rec := in.Parse([]byte(body))
		var c reservation.Customer
		m.Customer(rec, &c)
		return c, findings(in)
	}
	body := sample(t, "guest.json")
	got, problems := guest(body)
	want := reservation.Customer{
		Platform: "opentable", RestaurantID: ptr(int64(101)), CustomerID: "1001-5a2d7c33-21b4-4c55-8e01-90f0c77d2b6a",
		ClockEpoch: 3, Clock: 2277000043, CreatedAt: at("2025-11-02T10:00:00Z"), UpdatedAt: at("2026-03-29T19:05:11Z"),
		PersonToken: ptr(key.Person("opentable", "110042")), EmailToken: ptr(key.Email("ana.nunez@example.org")),
		PhoneToken: ptr(key.Phone("+442079460001", "", "")), NameToken: ptr(key.Name("ana", "núñez")), EmailOptIn: ptr(true),
		FirstVisitAt: at("2025-11-05T19:00:00Z"), LastVisitAt: at("2026-03-29T18:30:00Z"), Archived: ptr(false),
		MarketingOptedOut: ptr(false),
	}
	if d := cmp.Diff(want, got); d != "" || len(problems) > 0 {
		t.Errorf("problems %v, -want +got:\n%s", problems, d)
	}

	// A guest to be forgotten keeps the key and the clock, whatever else the record carries.
	got, problems = guest(strings.Replace(body, `"forgotten":false`, `"forgotten":true`, 1))
	want = reservation.Customer{
		Platform: want.Platform, RestaurantID: want.RestaurantID, CustomerID: want.CustomerID, ClockEpoch: want.ClockEpoch,
		Clock: want.Clock, CreatedAt: want.CreatedAt, UpdatedAt: want.UpdatedAt, Forgotten: true,
	}
	if d := cmp.Diff(want, got); d != "" || len(problems) > 0 {
		t.Errorf("forgotten: problems %v, -want +got:\n%s", problems, d)
	}

	// The request stands even where the record is refused.
	got, problems = guest(strings.NewReplacer(`"forgotten":false`, `"forgotten":true`, `"rid":1001`, `"rid":7`).Replace(body))
	if !got.Forgotten || got.CustomerID == "" || !slices.Equal(problems, []string{"restaurant rid"}) {
		t.Errorf("refused and forgotten: %+v, %v", got, problems)
	}

	// It stands where the record contradicts itself, and concerns nobody where the id is not clear.
	got, problems = guest(strings.Replace(body, `"forgotten":false`, `"forgotten":true,"forgotten":false`, 1))
	if !got.Forgotten || got.CustomerID == "" || !slices.Equal(problems, []string{"note duplicate forgotten"}) {
		t.Errorf("contradicting: %+v, %v", got, problems)
	}
	got, _ = guest(strings.NewReplacer(`"forgotten":false`, `"forgotten":true`, `{"id":`,
		`{"id":"1001-another","id":`).Replace(body))
	if got.CustomerID != "" {
		t.Errorf("two ids: would erase %s", got.CustomerID)
	}

	// The phone of last resort.
	got, _ = guest(strings.Replace(body, `"phone":"+44 20 7946 0001"`, `"phone":null`, 1))
	if got.PhoneToken == nil || *got.PhoneToken != key.Phone("+442079460001", "", "") {
		t.Errorf("the primary number is not used")
	}
}

// Every status that OpenTable documents is mapped, and the contract lists its word and its meaning.
func TestStatusesAreDeclared(t *testing.T) {
	table := contract.Get().Table("reservation_observations")
	for _, state := range states {
		body := strings.Replace(sample(t, "reservation.json"), `"Entree"`, fmt.Sprintf("%q", state), 1)
		r, problems := mapReservation(t, body)
		if len(problems) > 0 || !slices.Contains(table.Column("platform_status").Values, r.PlatformStatus) ||
			!slices.Contains(table.Column("status").Values, r.Status) {
			t.Errorf("%s: got %q, %q, %v", state, r.PlatformStatus, r.Status, problems)
		}
	}
}

func FuzzReservation(f *testing.F) {
	f.Add(sample(f, "reservation.json"))
	f.Add(`{"id":1,"rid":1e999,"party_size":"\ud800","pos_data":[],` +
		`"deposit":{"total_paid":-9223372036854775808,"currency_denominator":1}}`)
	declared := contract.Get().Table("quarantine").Column("reason").Values
	m, in := newMapper(f)
	f.Fuzz(func(t *testing.T, body string) {
		rec := in.Parse([]byte(body))
		if rec != nil {
			var r reservation.Reservation
			var c reservation.Customer
			var g reservation.Merge
			m.Reservation(rec, &r)
			if len(in.Problems) == 0 {
				checkRow(t, r)
			}
			m.Customer(rec, &c)
			m.Merge(rec, &g)
		}
		for _, p := range append(in.Problems, in.Notes...) {
			if !slices.Contains(declared, p.Reason) {
				t.Fatalf("undeclared reason %+v", p)
			}
		}
		in.Arena.Reset()
	})
}

// checkRow holds an accepted row against the contract.
func checkRow(t *testing.T, r reservation.Reservation) {
	table := contract.Get().Table("reservation_observations")
	words := map[string]string{
		"status": r.Status, "platform_status": r.PlatformStatus, "channel": r.Channel, "platform": r.Platform,
	}
	if r.TableCategory != nil {
		words["table_category"] = *r.TableCategory
	}
	for _, column := range slices.Sorted(maps.Keys(words)) {
		if !slices.Contains(table.Column(column).Values, words[column]) {
			t.Fatalf("%s: %q is not in the contract", column, words[column])
		}
	}
	if r.PartySize < 1 || r.PartySize > 1000 || r.ReservationID == "" || r.ScheduledAt == nil || r.ClockEpoch < 1 {
		t.Fatalf("accepted against the contract: %+v", r)
	}
}

// states lists the documented values of state (OpenTable Sync API v2 documentation).
var states = []string{
	"NotConfirmed", "LeftMessage", "WrongNumber", "NoAnswer", "Late", "Confirmed", "PartiallyArrived", "AllArrived",
	"PartiallySeated", "Seated", "Appetizer", "Entree", "Dessert", "Cleared", "CheckDropped", "Paid", "BusTable", "Done",
	"NoShow", "Cancelled", "AssumedSeated", "AssumedDone",
}
