package validate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/validate"
	vt "covers/tasks/internal/validate/validatetest"
)

// What no row needs does not withhold a booking: it goes in, without the field or with an amount rounded to the currency's
// cents, and the quarantine says so. Each was met in public; docs/cases.md has the addresses.
func TestWhatNoRowNeedsIsNoted(t *testing.T) {
	theFork := file(t, "thefork/testdata/reservation.json")
	change := func(pairs ...string) string {
		changed := strings.NewReplacer(pairs...).Replace(theFork)
		if changed == theFork {
			t.Fatalf("nothing to change: %q", pairs)
		}
		return changed
	}
	for name, c := range map[string]struct {
		src, record, note string // the note "<reason> <field>"; empty: none
	}{
		"a sum of binary fractions": {"thefork/102", change("1.0125e2", "86.30000000000001"), "money billAmount.totalPrice"},
		"the same, from below":      {"thefork/102", change("1.0125e2", "57.489999999999995"), "money billAmount.totalPrice"},
		"half an emoji in a note":   {"thefork/102", change(`"vegan"`, `"vegan \ud83d"`), ""},
		"no UTF-8 in a note":        {"thefork/102", change(`"vegan"`, "\"caf\xe9\""), ""},
		"a lower case t and z":      {"thefork/102", change("2026-03-20T11:00:00.123456Z", "2026-03-20t11:00:00.123456z"), ""},
		"a leap second":             {"thefork/102", change("2026-03-20T11:00:00.123456Z", "2016-12-31T23:59:60Z"), ""},
		"a zero date": {
			"thefork/102", change("2026-03-20T11:00:00.123456Z", "0000-00-00 00:00:00"), "time createdAt",
		},
		"a list in an object's place": {
			"thefork/102", change(`{"totalPrice":1.0125e2,"currency":"EUR"}`, "[]"), "type billAmount",
		},
		"the first day of a calendar": {
			"opentable/101", vt.OpenTable(1, "2026-03-28T19:28:00", "0001-01-01T00:00:00"), "range arrived_time",
		},
		"a number for a word": {"opentable/101", vt.OpenTable(1, `"origin":"Web"`, `"origin":7`), "type origin"},
		"a denominator that is a text": {
			"opentable/101", vt.OpenTable(1, `"currency_denominator":100`, `"currency_denominator":"100"`),
			"type currency_denominator",
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := vt.Options(t, c.src)
			vt.WriteReading(t, o, vt.First, map[string][]string{reservations: {c.record}})
			r := one(t, o)
			rows := allRows(t, o, r)
			n := r.Counts[reservations]
			if n.Accepted != 1 || len(rows.Reservations) != 1 {
				t.Fatalf("%+v, %+v", n, rows.Refusals)
			}
			var notes []string
			for _, x := range rows.Refusals {
				notes = append(notes, x.Reason+" "+x.Field)
				if !x.Noted || x.Rule == "" || x.Line != 1 {
					t.Errorf("%+v", x)
				}
			}
			if (c.note == "") != (notes == nil) || c.note != "" && !slices.Contains(notes, c.note) {
				t.Errorf("noted %q, want %q", notes, c.note)
			}
			if want := int64(min(len(notes), 1)); n.Noted != want || int64(len(n.Notes)) != int64(len(notes)) {
				t.Errorf("%+v of %q", n, notes)
			}
		})
	}
}

// One bad record of a small restaurant's day, of either sort, takes none of the others with it.
func TestASmallDayIsNotLost(t *testing.T) {
	theFork := func(i int) string {
		return strings.Replace(file(t, "thefork/testdata/reservation.json"), "3e4f50", fmt.Sprintf("3e4f%02d", i), 1)
	}
	for name, spoil := range map[string]func(string) string{
		"noted":   func(r string) string { return strings.Replace(r, `"vegan"`, `"vegan \ud83d"`, 1) },
		"refused": func(r string) string { return strings.Replace(r, `"partySize":2`, `"partySize":0`, 1) },
		"no JSON": func(r string) string { return strings.Replace(r, `"partySize":2`, `"partySize":NaN`, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			o := vt.Options(t, "thefork/102")
			var records []string
			for i := range 10 {
				records = append(records, theFork(i))
			}
			records[4] = spoil(records[4])
			vt.WriteReading(t, o, vt.First, map[string][]string{reservations: records})
			r := one(t, o)
			want := int64(9)
			if name == "noted" {
				want = 10
			}
			if n := r.Counts[reservations]; n.Accepted != want || n.Accepted+n.Quarantined != 10 || r.WithholdsAny() {
				t.Errorf("%+v", n)
			}
		})
	}
}

// merged is a guest's record as the documents have it: all but a few fields is null.
func merged(id, primary string) string {
	return `{"id":"1001-` + id + `","href":"https://platform.opentable.com/sync/v2/guests/1001-` + id + `","rid":null,` +
		`"sequence_id":null,"gpid":null,"updated_at":null,"forgotten":null,"archived":true,"primary_guest":` + primary + `}`
}

// A merged guest is a row of its own and no refusal, even where all guests of the day are, and takes no bookings with it.
func TestMergedGuestsAreRows(t *testing.T) {
	const survivor = "e04b6d18-5c2f-4a97-8d3e-61fa07c9b245"
	o := vt.Options(t, "opentable/101")
	id := vt.WriteReading(t, o, vt.First, map[string][]string{
		reservations: vt.Many(12, vt.OpenTable),
		customers: {
			merged("b7f05c3d-8e21-4a6b-93d0-5e47a8c1f962", `"`+survivor+`"`),
			merged("91c4e7b2-0a5d-4f38-86b9-d2f07c6e3a15", `"https://platform.opentable.com/sync/v2/guests/1001-`+survivor+`"`),
			merged("0a5d4f38-8e21-4a6b-93d0-5e47a8c1f962", "null"),
			strings.Replace(merged("5c2f4a97-8e21-4a6b-93d0-5e47a8c1f962", `"1001-`+survivor+`"`), `"forgotten":null`,
				`"forgotten":true`, 1),
		},
	})
	r := one(t, o)
	n := r.Counts[customers]
	if n.Received != 4 || n.Merged != 4 || n.Accepted != 0 || n.Quarantined != 0 || r.WithholdsAny() || r.Merges() != 4 {
		t.Fatalf("%+v", n)
	}
	row := func(line int64, guest string, survivor *string) reservation.Merge {
		return reservation.Merge{
			Reading: id.String(), Line: line, Platform: "opentable", Source: "opentable/101", CustomerID: "1001-" + guest,
			SurvivorID: survivor, ReadAt: vt.Noon.UnixMicro(),
		}
	}
	to := "1001-" + survivor
	want := []reservation.Merge{
		row(1, "b7f05c3d-8e21-4a6b-93d0-5e47a8c1f962", &to), row(2, "91c4e7b2-0a5d-4f38-86b9-d2f07c6e3a15", &to),
		row(3, "0a5d4f38-8e21-4a6b-93d0-5e47a8c1f962", nil), row(4, "5c2f4a97-8e21-4a6b-93d0-5e47a8c1f962", &to),
	}
	if d := cmp.Diff(want, merges(t, o, r)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if got := allRows(t, o, r); len(got.Reservations) != 12 || len(got.Customers) != 0 || len(got.Erasures) != 1 ||
		got.Erasures[0].CustomerID != "1001-5c2f4a97-8e21-4a6b-93d0-5e47a8c1f962" {
		t.Errorf("%+v", got)
	}
}

func merges(t *testing.T, o validate.Options, r lake.Result) (out []reservation.Merge) {
	for _, object := range r.Objects {
		if object.Kind != lake.KindMerge {
			continue
		}
		rows, err := copyRows[reservation.Merge](o, object)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rows...)
	}
	return out
}

// With guests withheld, what the reading says of merged ones is too.
func TestMergesAreWithheldWithTheirKind(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	all := append(guests(20, 8), merged("b7f05c3d-8e21-4a6b-93d0-5e47a8c1f962", "null"))
	vt.WriteReading(t, o, vt.First, map[string][]string{reservations: bookings(3, 0), customers: all})
	out, err := validate.Run(ctx, o)
	if err == nil || len(out.Results) != 1 {
		t.Fatal(err)
	}
	r := out.Results[0].Result
	if n := r.Counts[customers]; n.Merged != 1 || n.Withheld == "" || r.Merges() != 0 || len(merges(t, o, r)) != 0 {
		t.Errorf("%+v", n)
	}
}

// TheFork's customers have dates where the documents' examples do. All of them are accepted, and one without its id by the id
// that it was asked for.
func TestTheForksCustomersWithDocumentedDates(t *testing.T) {
	o := vt.Options(t, "thefork/group-main")
	const asked = "0d2f8b61-7c4e-4a93-b5f0-1e6a9c3d7b28"
	record := func(name string) []byte { return []byte(file(t, "thefork/testdata/documents/"+name+".json")) }
	vt.WriteLines(t, o, vt.First, map[string][][]byte{customers: {
		lake.AppendAsked(nil, customers, "r1", vt.Noon, "6e3c9b0a-d748-4f15-a2c6-905be7d1f834", record("customer")),
		lake.AppendAsked(nil, customers, "r2", vt.Noon, asked, record("customer-without-uuid")),
	}})
	r := one(t, o)
	rows := allRows(t, o, r)
	if n := r.Counts[customers]; n.Accepted != 2 || r.WithholdsAny() || len(rows.Customers) != 2 {
		t.Fatalf("%+v, %+v", n, rows.Refusals)
	}
	first := rows.Customers[0]
	// 2024-05-17 and 2026-11-20, at midnight UTC
	if first.CreatedAt == nil || *first.CreatedAt != 1715904000*1e6 || first.UpdatedAt == nil ||
		*first.UpdatedAt != 1795132800*1e6 {
		t.Errorf("%+v", first)
	}
	if id := rows.Customers[1].CustomerID; id != asked {
		t.Errorf("the one without an id is %q", id)
	}
}
