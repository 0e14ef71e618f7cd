package validate_test

import (
	"fmt"
	"strings"
	"testing"

	"covers/tasks/internal/validate"
	vt "covers/tasks/internal/validate/validatetest"
)

// asking returns n guests of whom so many ask to be forgotten.
func asking(n, ask int, change ...string) []string {
	return some(n, ask, vt.Guest, append([]string{`"forgotten":false`, `"forgotten":true`}, change...)...)
}

// A restaurant's answer erases the restaurant's own guests and nobody else's, whatever its records say beside the id, and in
// whichever form.
func TestARestaurantErasesItsOwnGuestsAlone(t *testing.T) {
	const forgotten = `"forgotten":false`
	own, other := vt.UID(-1), vt.UID(-2) // of the first and the second guest
	for name, c := range map[string]struct {
		record string
		erases string
	}{
		"its own": {vt.Guest(0, forgotten, `"forgotten":true`), "1001-" + own},
		"its own, that says another's number": {vt.Guest(0, forgotten, `"forgotten":true`, `"rid":1001`, `"rid":1003`),
			"1001-" + own},
		"another's": {vt.Guest(0, forgotten, `"forgotten":true`, "1001-", "1003-", `"rid":1001`,
			`"rid":1003`), ""},
		"another's under its own number": {vt.Guest(0, forgotten, `"forgotten":true`, `"id":"1001-`, `"id":"1003-`), ""},
		"another's without a number": {vt.Guest(0, forgotten, `"forgotten":true`, `"id":"1001-`, `"id":"1003-`,
			`"rid":1001,`, ""), ""},
		"an id alone, and another's number": {
			vt.Guest(0, forgotten, `"forgotten":true`, `"id":"1001-`, `"id":"`, `"rid":1001`, `"rid":1003`), "",
		},
		"an id alone, and its own number": {vt.Guest(0, forgotten, `"forgotten":true`, `"id":"1001-`, `"id":"`), own},
		"a merge of another's": {
			strings.NewReplacer(`"forgotten":null`, `"forgotten":true`, `"rid":1001`, `"rid":1003`, "1001-",
				"1003-").Replace(merged(own, "null")),
			"",
		},
		"a merge of its own": {strings.Replace(merged(own, "null"), `"forgotten":null`, `"forgotten":true`, 1), "1001-" + own},
	} {
		t.Run(name, func(t *testing.T) {
			o := vt.Options(t, "opentable/101")
			o.MaxRefused, o.MaxErased = 1, 1
			vt.WriteReading(t, o, vt.First, map[string][]string{customers: {c.record, vt.Guest(1)}})
			rows := allRows(t, o, one(t, o))
			var got []string
			for _, e := range rows.Erasures {
				got = append(got, e.CustomerID)
			}
			if strings.Join(got, " ") != c.erases {
				t.Errorf("erases %q, want %q", got, c.erases)
			}
			for _, row := range rows.Customers {
				if strings.HasPrefix(row.CustomerID, "1003-") {
					t.Errorf("a row of another restaurant's guest goes in: it would say what is current of that guest")
				}
			}
			if !strings.Contains(rows.Customers[len(rows.Customers)-1].CustomerID, other) {
				t.Errorf("the other guest is lost: %v", rows.Customers)
			}
		})
	}
}

// An erasure goes on to whom a guest was merged into: that, too, ends at the restaurant.
func TestAMergeNamesNoGuestOfAnotherRestaurant(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	o.MaxRefused, o.MaxErased = 1, 1
	survivor := vt.UID(-2)
	vt.WriteReading(t, o, vt.First, map[string][]string{customers: {
		merged(vt.UID(-1), `"1003-`+survivor+`"`), merged(vt.UID(-3), `"1001-`+survivor+`"`), vt.Guest(4),
	}})
	rows := allRows(t, o, one(t, o))
	if len(rows.Merges) != 1 || *rows.Merges[0].SurvivorID != "1001-"+survivor {
		t.Errorf("%+v", rows.Merges)
	}
	if len(rows.Refusals) != 1 || rows.Refusals[0].Reason != "restaurant" || rows.Refusals[0].Field != "primary_guest" {
		t.Errorf("%+v", rows.Refusals)
	}
}

// Requests are held where more guests than a share and a number ask, or all of at least two. Everything else goes in, and what
// is held is in the result: it is neither lost nor refused.
func TestTooManyErasuresAreHeld(t *testing.T) {
	for _, c := range []struct {
		guests, ask int
		why         string
	}{
		{30, 0, ""},
		{30, 5, ""}, // a small restaurant's day
		{30, 6, "6 of 30 guests ask to be forgotten, more than 2% and than 5"},
		{300, 6, ""}, // 2 %, not more
		{299, 6, "6 of 299 guests ask to be forgotten, more than 2% and than 5"},
		{1, 1, ""},
		{2, 2, "2 of 2 guests ask to be forgotten, more than 2% and all of them"},
		{4, 3, ""},
	} {
		t.Run(fmt.Sprintf("%d of %d", c.ask, c.guests), func(t *testing.T) {
			o := vt.Options(t, "opentable/101")
			vt.WriteReading(t, o, vt.First, map[string][]string{reservations: bookings(3, 0), customers: asking(c.guests, c.ask)})
			out, err := validate.Run(ctx, o)
			if err != nil || len(out.Results) != 1 || (len(out.Held) > 0) != (c.why != "") {
				t.Fatalf("%v, %+v", err, out.Held)
			}
			r := out.Results[0].Result
			if r.Held != c.why || r.Erasures != int64(c.ask) || r.Refused || r.WithholdsAny() {
				t.Errorf("held %q, want %q; %d erasures, withheld %v", r.Held, c.why, r.Erasures, r.Withheld())
			}
			rows := allRows(t, o, r)
			// The guests of a reading that holds are held to no other day's, so that they take no bookings with them.
			if _, measured := r.Profile.Kinds[customers]; measured != (c.why == "") || r.Profile.Kinds[reservations].Rows != 3 {
				t.Errorf("profile %+v", r.Profile)
			}
			if len(rows.Reservations) != 3 || len(rows.Customers) != c.guests || len(rows.Erasures) != c.ask {
				t.Errorf("%d bookings, %d guests, %d requests", len(rows.Reservations), len(rows.Customers), len(rows.Erasures))
			}
			// Whoever runs again sees it again.
			if out, err = validate.Run(ctx, o); err != nil || len(out.Results) != 0 || (len(out.Held) > 0) != (c.why != "") {
				t.Errorf("again: %v, %+v", err, out)
			}
		})
	}
}

// Requests of records that are refused count as the others do.
func TestErasuresOfRefusedRecordsAreHeld(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	vt.WriteReading(t, o, vt.First, map[string][]string{customers: asking(40, 10, `"sequence_id":`, `"sequence":`)})
	out, err := validate.Run(ctx, o)
	if err == nil || len(out.Results) != 1 {
		t.Fatalf("%d results, %v", len(out.Results), err)
	}
	if r := out.Results[0].Result; !r.Refused || r.Erasures != 10 || r.Held == "" {
		t.Errorf("%+v", r)
	}
}

// The limits are pinned under the rank, as those of refusal are.
func TestMaxErasedIsPinned(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	vt.WriteReading(t, o, vt.First, map[string][]string{customers: asking(3, 0)})
	if _, err := validate.Run(ctx, o); err != nil {
		t.Fatal(err)
	}
	for _, change := range []func(*validate.Options){
		func(o *validate.Options) { o.MaxErased = 1 }, func(o *validate.Options) { o.MaxErasedRecords = 50 },
	} {
		other := o
		change(&other)
		if _, err := validate.Run(ctx, other); err == nil || !strings.Contains(err.Error(), "max_erased") {
			t.Errorf("%v", err)
		}
	}
}
