package opentable_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"covers/tasks/internal/phone"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/token"
)

// mapMerge returns the merge that a guest's record is, and what is wrong with it; is says whether it is one.
func mapMerge(t *testing.T, body string) (merge reservation.Merge, is bool, found []string) {
	t.Helper()
	m, in := newMapper(t)
	is = m.Merge(in.Parse([]byte(body)), &merge)
	return merge, is, findings(in)
}

func mapGuest(t *testing.T, body string) (guest reservation.Customer, found []string) {
	t.Helper()
	m, in := newMapper(t)
	m.Customer(in.Parse([]byte(body)), &guest)
	return guest, findings(in)
}

// An archived guest has nothing but id, href and primary_guest (OpenTable's Use Cases, opted in Emails): it is a merge, and its
// restaurant is read from its id.
func TestAnArchivedGuestIsAMerge(t *testing.T) {
	const id = "b7f05c3d-8e21-4a6b-93d0-5e47a8c1f962"
	for name, c := range map[string]struct {
		body     string
		is       bool
		survivor string
		found    []string
	}{
		"all else null":     {`{"id":"1001-%s","href":"h","rid":null,"sequence_id":null,"archived":true}`, true, "", nil},
		"archived null too": {`{"id":"1001-%s","href":"h","archived":null}`, true, "", nil},
		"nothing but id":    {`{"id":"1001-%s","href":"h"}`, true, "", nil},
		"empty lists and texts": {`{"id":"1001-%s","archived":true,"tags":[],"email":"","phone_numbers":[],"forgotten":false}`,
			true, "", nil},
		"merged": {`{"id":"1001-%s","archived":true,"primary_guest":"` + survivor + `"}`, true,
			"1001-" + survivor, nil},
		"merged, with the rest": {
			`{"id":"1001-%s","rid":1001,"sequence_id":9,"first_name":"Ana","primary_guest":"` + survivor + `"}`, true,
			"1001-" + survivor, nil,
		},
		"archived, with the rest": {`{"id":"1001-%s","rid":1001,"sequence_id":9,"archived":true}`, false, "", nil},
		"to be forgotten":         {`{"id":"1001-%s","forgotten":true}`, false, "", nil},
		"not archived":            {`{"id":"1001-%s","archived":false}`, false, "", nil},
		"its own primary guest":   {`{"id":"1001-%[1]s","sequence_id":9,"primary_guest":"%[1]s"}`, false, "", nil},
		"another restaurant's":    {`{"id":"1002-%s","archived":true}`, true, "", []string{"restaurant id"}},
		"another's, by its rid":   {`{"id":"1001-%s","rid":1002,"archived":true}`, true, "", []string{"restaurant rid"}},
		"whose":                   {`{"href":"h","archived":true,"x":"%s"}`, false, "", nil},
		"no id":                   {`{"href":"h","archived":true,"x%s":null}`, true, "", []string{"missing id"}},
	} {
		merge, is, found := mapMerge(t, fmt.Sprintf(c.body, id))
		if is != c.is || is && !slices.Equal(found, c.found) {
			t.Errorf("%s: %v, %v, want %v, %v", name, is, found, c.is, c.found)
		}
		if got := text(merge.SurvivorID); is && got != c.survivor {
			t.Errorf("%s: survivor %q, want %q", name, got, c.survivor)
		}
		if is && found == nil && merge.CustomerID != "1001-"+id {
			t.Errorf("%s: %s", name, merge.CustomerID)
		}
	}
}

const survivor = "e04b6d18-5c2f-4a97-8d3e-61fa07c9b245"

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// The survivor is named by its id without the restaurant's number (Use Cases), with it, or by its URL (Gold and Platinum Guests
// API v2), in whatever case; what names nobody leaves a merge without a survivor.
func TestASurvivorIsReadInEveryForm(t *testing.T) {
	const base = "https://platform.opentable.com/sync/v2/guests/"
	for form, want := range map[string]string{
		`"` + survivor + `"`: survivor, `"1001-` + survivor + `"`: survivor, `"` + base + "1001-" + survivor + `"`: survivor,
		`"` + base + survivor + `"`: survivor, `"` + base + "1001-" + survivor + `/"`: survivor,
		`"` + base + "1001-" + survivor + `?x=1"`:              survivor,
		`"` + strings.ToUpper(survivor) + `"`:                  survivor,
		`"` + base + "1001-" + strings.ToUpper(survivor) + `"`: survivor,
		`"64ac17f2b93d05e86a41cc7d"`:                           "64ac17f2b93d05e86a41cc7d",
		`"1001-64AC17F2B93D05E86A41CC7D"`:                      "64ac17f2b93d05e86a41cc7d",
		`7`:                                                    "",
		`{"id":"x"}`:                                           "",
		`"\ud800"`:                                             "",
		`"https://platform.opentable.com/"`:                    "",
	} {
		merge, is, found := mapMerge(t,
			`{"id":"1001-b7f05c3d-8e21-4a6b-93d0-5e47a8c1f962","archived":true,"primary_guest":`+form+`}`)
		if want != "" {
			want = "1001-" + want
		}
		if !is || text(merge.SurvivorID) != want {
			t.Errorf("%s: %v, %q, want %q", form, is, text(merge.SurvivorID), want)
		}
		if noted := slices.Contains(found, "note unknown_value primary_guest"); noted != (want == "") {
			t.Errorf("%s: %v", form, found)
		}
	}
}

// created_date_utc is not in Copper's table, and twins of webhooks lack their Z: one half of a pair gives the other.
func TestOneHalfOfAPairIsEnough(t *testing.T) {
	whole, _ := mapReservation(t, sample(t, "reservation.json"))
	for _, change := range [][]string{
		{`"created_date_utc":"2026-03-14T09:15:30.250Z"`, `"x":0`},
		{`"scheduled_time_utc":"2026-03-29T18:30:00Z"`, `"scheduled_time_utc":null`},
		{`"scheduled_time":"2026-03-29T19:30:00"`, `"x":0`},
		{`"arrived_time":"2026-03-29T19:28:00"`, `"arrived_time":null`},
		{`"2026-03-29T18:30:00Z"`, `"2026-03-29T18:30:00"`},
	} {
		got, found := mapReservation(t, changed(t, sample(t, "reservation.json"), change...))
		if len(found) > 0 || *got.ScheduledAt != *whole.ScheduledAt || *got.ScheduledLocal != *whole.ScheduledLocal ||
			*got.ArrivedAt != *whole.ArrivedAt || *got.CreatedAt/1e6 != *whole.CreatedAt/1e6 {
			t.Errorf("%v: %v", change, found)
		}
	}
}

// States are written with blanks on the pages of new reservations and of the POS webhook.
func TestStatesWithBlanks(t *testing.T) {
	for word, want := range map[string]string{
		"Partially Arrived": "PartiallyArrived", "Partially Seated": "PartiallySeated", "Bus Table": "BusTable",
		"No Show": "NoShow",
	} {
		r, found := mapReservation(t, changed(t, sample(t, "reservation.json"), `"Entree"`, `"`+word+`"`))
		if len(found) > 0 || r.PlatformStatus != want {
			t.Errorf("%s: %s, %v", word, r.PlatformStatus, found)
		}
	}
}

// Ids are UUIDs or 24 hexadecimal digits, and pos-data writes them in capitals: a guest is one whoever names it.
func TestIDsOfBothForms(t *testing.T) {
	const of = `"guest_id":"1001-5a2d7c33-21b4-4c55-8e01-90f0c77d2b6a"`
	for id, want := range map[string]string{
		"1001-5A2D7C33-21B4-4C55-8E01-90F0C77D2B6A": "1001-5a2d7c33-21b4-4c55-8e01-90f0c77d2b6a",
		"1001-64ac17f2b93d05e86a41cc7d":             "1001-64ac17f2b93d05e86a41cc7d",
		"1001-64AC17F2B93D05E86A41CC7D":             "1001-64ac17f2b93d05e86a41cc7d",
	} {
		r, found := mapReservation(t, changed(t, sample(t, "reservation.json"), of, `"guest_id":"`+id+`"`))
		g, _ := mapGuest(t, changed(t, sample(t, "guest.json"), `"id":"1001-5a2d7c33-21b4-4c55-8e01-90f0c77d2b6a"`,
			`"id":"`+id+`"`))
		if len(found) > 0 || text(r.CustomerID) != want || g.CustomerID != want {
			t.Errorf("%s: %s of the booking, %s of the guest, %v", id, text(r.CustomerID), g.CustomerID, found)
		}
	}
}

// phone is national, with the country's code apart in phone_numbers: the token is the line's, as TheFork's number has it.
func TestAPhoneIsOneOnBothPlatforms(t *testing.T) {
	key, err := token.New(secret, 1, phone.Read)
	if err != nil {
		t.Fatal(err)
	}
	const whole = `"phone":"+44 20 7946 0001"`
	body := sample(t, "guest.json")
	numbers := body[strings.Index(body, `"phone_numbers":[`):]
	numbers = numbers[:strings.Index(numbers, "]")+1]
	want := key.Phone("+442079460001", "", "")
	for _, c := range []string{
		`[{"number":"2079460001","country_code":"44","primary":true}]`,
		`[{"number":"020 7946 0001","country_code":"+44","primary":true}]`,
		`[{"number":"2125550199","country_code":"1","primary":false},{"number":"2079460001","country_code":"44","primary":true}]`,
	} {
		g, found := mapGuest(t, changed(t, body, whole, `"phone":"2079460001"`, numbers, `"phone_numbers":`+c))
		if len(found) > 0 || text(g.PhoneToken) != want {
			t.Errorf("%s: %v", c, found)
		}
	}
	for _, c := range []string{`[{"number":"12","country_code":"44","primary":true}]`, `"none"`, `[7]`, `null`} {
		g, found := mapGuest(t, changed(t, body, whole, `"phone":"call me"`, numbers, `"phone_numbers":`+c))
		if g.PhoneToken != nil || !slices.Contains(found, "note phone phone") {
			t.Errorf("%s: %v, %v", c, text(g.PhoneToken), found)
		}
	}
}

// A guest that the restaurant deleted from its guest book is marked, and one that refuses use beyond running the restaurant.
func TestHiddenAndOptedOutGuests(t *testing.T) {
	body := sample(t, "guest.json")
	g, found := mapGuest(t, changed(t, body, `"marketing_opted_out":false`, `"marketing_opted_out":true,"is_hidden":true`))
	if len(found) > 0 || g.Hidden == nil || !*g.Hidden || g.MarketingOptedOut == nil || !*g.MarketingOptedOut {
		t.Errorf("%+v, %v", g, found)
	}
	r, found := mapReservation(t, changed(t, sample(t, "reservation.json"), `{"id":`, `{"marketing_opted_out":true,"id":`))
	if len(found) > 0 || r.MarketingOptedOut == nil || !*r.MarketingOptedOut {
		t.Errorf("%+v, %v", r, found)
	}
}

// A booking's e-mail and its referrer are personal data: whatever their form (an object in Gold's reservations, a list in the
// table of its webhook, or null), they neither refuse the booking nor reach a row.
func TestPersonalDataOfABookingGoesNoFurther(t *testing.T) {
	for _, form := range []string{
		`{"company":"Planted Ltd","first_name":"Planted","email":"planted@concierge.example","phone":"2125550142"}`,
		`[{"company":"Planted Ltd","email":"planted@concierge.example"}]`, `null`, `"Planted"`,
	} {
		plain, _ := mapReservation(t, sample(t, "reservation.json"))
		r, found := mapReservation(t, changed(t, sample(t, "reservation.json"), `{"id":`,
			`{"email":"planted@guest.example","referrer":`+form+`,"id":`))
		var d reservation.Digester
		before := string(d.Reservation(&plain))
		if len(found) > 0 || string(d.Reservation(&r)) != before {
			t.Errorf("%s: %v, %+v", form, found, r)
		}
	}
}

// An address is an object with six members (Gold Guests API v2) or one text (Use Cases); no row has it.
func TestAddressesOfBothForms(t *testing.T) {
	for _, form := range []string{`{"address_line1":"1 Made-up Street","zip":"10001"}`, `"1 Made-up Street"`, `null`, `[]`} {
		body := changed(t, sample(t, "guest.json"), `"address":null`, `"address":`+form)
		if _, found := mapGuest(t, body); len(found) > 0 {
			t.Errorf("%s: %v", form, found)
		}
	}
}

// Amounts whose currency cannot be read are nobody's.
func TestAmountsWithoutAReadableCurrency(t *testing.T) {
	r, found := mapReservation(t, changed(t, sample(t, "reservation.json"), `"currency_code":"GBP"`, `"currency_code":826`))
	if r.SpendTotal != nil || r.ExperienceTotal != nil || !slices.Equal(found, []string{"note type currency_code"}) {
		t.Errorf("%+v, %v", r, found)
	}
}

// A whole number is one by its value, in every field that is one.
func TestWholeNumbersByValue(t *testing.T) {
	whole, _ := mapReservation(t, sample(t, "reservation.json"))
	got, found := mapReservation(t, changed(t, sample(t, "reservation.json"), `"party_size":4`, `"party_size":4.0`,
		`"rid":1001`, `"rid":1.001e3`, `"sequence_id":2277000042`, `"sequence_id":2277000042.00`,
		`"pos_total_spend":12060`, `"pos_total_spend":120600E-1`, `"currency_denominator":100,`+"\n",
		`"currency_denominator":1e2,`+"\n"))
	var d reservation.Digester
	want := string(d.Reservation(&whole))
	if len(found) > 0 || string(d.Reservation(&got)) != want {
		t.Errorf("%v, %+v", found, got)
	}
}

// A clock without a time is whole where the sequence never restarted; where it did, nobody knows which one a number belongs to.
func TestAClockWithoutATime(t *testing.T) {
	body := changed(t, sample(t, "reservation.json"), `"updated_at":`, `"x":`, `"updated_at_utc":`, `"y":`)
	if _, found := mapReservation(t, body); !slices.Equal(found, []string{"missing updated_at"}) {
		t.Errorf("with restarts: %v", found)
	}
}
