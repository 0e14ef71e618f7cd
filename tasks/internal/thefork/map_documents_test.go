package thefork_test

import (
	"slices"
	"strings"
	"testing"

	"covers/tasks/internal/reservation"
)

func mapCustomer(t *testing.T, asked, body string) (c reservation.Customer, found []string) {
	t.Helper()
	m, in := newMapper(t, "major")
	in.Asked = asked
	m.Customer(in.Parse([]byte(body)), &c)
	return c, findings(in)
}

// The documents' examples of creationDate and lastUpdateDate are dates, without a declared format: a date is its midnight in UTC,
// an instant is itself, and what is neither is left out.
func TestDatesOfCustomersAreDatesOrInstants(t *testing.T) {
	for text, want := range map[string]string{
		"2026-11-20": "2026-11-20T00:00:00Z", "2026-11-20T10:00:00.123Z": "2026-11-20T10:00:00.123Z",
		"2026-11-20T10:00:00+01:00": "2026-11-20T09:00:00Z", "2026-11-20t10:00:00z": "2026-11-20T10:00:00Z",
		"20/11/2026": "", "2026-11-20T10:00:00": "", "2026-11-20 10:00:00": "", "2026-02-30": "", "": "", "1969-12-31": "",
	} {
		c, found := mapCustomer(t, "", `{"customerUuid":"e1a1f9b2-3f0a-4b6b-8a9d-1c2d3e4f5a6b","creationDate":"2024-05-17",`+
			`"lastUpdateDate":"`+text+`"}`)
		switch {
		case want == "" && (c.UpdatedAt != nil || c.Clock != *at("2024-05-17T00:00:00Z") || len(found) != 1 ||
			!strings.HasPrefix(found[0], "note ") || !strings.HasSuffix(found[0], " lastUpdateDate")):
			t.Errorf("%q: %+v, %v", text, c, found)
		case want != "" && (len(found) > 0 || c.UpdatedAt == nil || *c.UpdatedAt != *at(want) || c.Clock != *at(want)):
			t.Errorf("%q: %+v, %v", text, c, found)
		}
	}
}

// Neither form of createdAt and updatedAt is shown: a date or an instant is read, and what is neither takes no booking with it.
func TestTimesOfABookingInEveryForm(t *testing.T) {
	for text, want := range map[string]string{
		`"2026-03-29"`: "2026-03-29T00:00:00Z", `"2026-03-29T20:10:00+0200"`: "2026-03-29T18:10:00Z",
		`"2026-03-29 20:10:00"`: "", `1774815000`: "", `"soon"`: "", `"\ud800"`: "",
	} {
		r, found := mapReservation(t, "major", changed(t, sample(t, "reservation.json"), `"2026-03-29T20:10:00Z"`, text))
		switch {
		case want == "" && (r.UpdatedAt != nil || r.Clock != *r.CreatedAt || len(found) != 1 || !strings.HasPrefix(found[0],
			"note ")):
			t.Errorf("%s: %+v, %v", text, r, found)
		case want != "" && (len(found) > 0 || *r.UpdatedAt != *at(want)):
			t.Errorf("%s: %+v, %v", text, r, found)
		}
	}
}

// customerUuid may be null or absent: then the record is that of the id it was asked for by.
func TestACustomerWithoutAnIDHasTheOneAskedFor(t *testing.T) {
	const id = "e1a1f9b2-3f0a-4b6b-8a9d-1c2d3e4f5a6b"
	for body, want := range map[string]string{
		`{"customerUuid":null}`: id, `{"email":"x@example.org"}`: id,
		`{"customerUuid":"0d5f1c86-3be7-49a2-8c40-f7e19a26d3b8"}`: "0d5f1c86-3be7-49a2-8c40-f7e19a26d3b8",
		`{"customerUuid":7}`: "", `{"customerUuid":"a","customerUuid":"b"}`: "",
	} {
		for _, asked := range []string{id, strings.ToUpper(id)} {
			c, found := mapCustomer(t, asked, body)
			if c.CustomerID != want || (len(found) > 0) != (want == "") {
				t.Errorf("%s: %q, %v", body, c.CustomerID, found)
			}
		}
	}
	if _, found := mapCustomer(t, "", `{"customerUuid":null}`); !slices.Equal(found, []string{"missing customerUuid"}) {
		t.Errorf("in no answer to an id: %v", found)
	}
}

// UUIDs are read without regard to case (RFC 9562, section 4), as a URN, or between braces.
func TestUUIDsInEverySpelling(t *testing.T) {
	whole, _ := mapReservation(t, "major", sample(t, "reservation.json"))
	for name, spell := range map[string]func(string) string{
		"capitals": strings.ToUpper, "a URN": func(s string) string { return "urn:uuid:" + s },
		"braces": func(s string) string { return "{" + strings.ToUpper(s) + "}" },
	} {
		body := sample(t, "reservation.json")
		for _, id := range []string{
			"5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0102", "c2f5e0aa-4d8b-4a51-9be7-0f6d2d3e4f50",
			"e1a1f9b2-3f0a-4b6b-8a9d-1c2d3e4f5a6b",
		} {
			body = changed(t, body, id, spell(id))
		}
		r, found := mapReservation(t, "major", body)
		if len(found) > 0 || r.ReservationID != whole.ReservationID || *r.CustomerID != *whole.CustomerID {
			t.Errorf("%s: %+v, %v", name, r, found)
		}
	}
}

// A whole number is one by its value, and a sum of binary fractions is rounded to the currency's digits.
func TestNumbersByValue(t *testing.T) {
	for text, want := range map[string]int64{
		"86.30000000000001": 863000, "57.489999999999995": 574900, "86.5": 865000, "8.65E1": 865000, "101.005": 1010050,
		"0.00001": 0, "101.00501": 1010100,
	} {
		r, found := mapReservation(t, "major", changed(t, sample(t, "reservation.json"), `1.0125e2`, text, `"partySize":2`,
			`"partySize":2.0`))
		if r.SpendTotal == nil || *r.SpendTotal != want || r.PartySize != 2 || len(found) > 1 ||
			len(found) == 1 && found[0] != "note money billAmount.totalPrice" {
			t.Errorf("%s: %v, %v", text, r.SpendTotal, found)
		}
	}
}
