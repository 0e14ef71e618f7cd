package validate_test

import (
	"fmt"
	"strings"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/validate"
	vt "covers/tasks/internal/validate/validatetest"
)

// some returns n records of which bad are refused.
func some(n, bad int, of func(int, ...string) string, change ...string) (out []string) {
	for i := range n {
		if i < bad {
			out = append(out, of(i, change...))
		} else {
			out = append(out, of(i))
		}
	}
	return out
}

func bookings(n, bad int) []string { return some(n, bad, vt.OpenTable, `"Done"`, `"Gone"`) }
func guests(n, bad int) []string   { return some(n, bad, vt.Guest, `"rid":1001`, `"rid":1002`) }

// A kind is withheld where more than a share and more than a number are refused, or a share and none of at least two is in order.
// The others go in.
func TestLimitsAreByKind(t *testing.T) {
	for _, c := range []struct {
		bookings, badBookings, guests, badGuests int
		withheld                                 string // kinds
		why                                      string
	}{
		{10, 1, 0, 0, "", ""}, // one bad record in a small restaurant's day
		{6, 5, 0, 0, "", ""},
		{7, 6, 0, 0, reservations, "6 of 7 reservation records refused, more than 5% and than 5"},
		{120, 6, 0, 0, "", ""}, // 5 %, not more
		{119, 6, 0, 0, reservations, "6 of 119 reservation records refused, more than 5% and than 5"},
		{1, 1, 0, 0, "", ""}, // a day of one record
		{2, 2, 0, 0, reservations, "2 of 2 reservation records refused, more than 5% and none in order"},
		{2, 1, 0, 0, "", ""},
		{40, 0, 30, 12, customers, "12 of 30 customer records refused, more than 5% and than 5; its reservation records go in"},
		{
			40, 0, 2, 2, customers,
			"2 of 2 customer records refused, more than 5% and none in order; its reservation records go in",
		},
		{40, 20, 30, 1, reservations, "its customer records go in"},
		{40, 40, 2, 2, "customer reservation", "refuse reading"},
		{9, 9, 1, 1, reservations, "its customer records go in"},
	} {
		t.Run(fmt.Sprintf("%d of %d, %d of %d", c.badBookings, c.bookings, c.badGuests, c.guests), func(t *testing.T) {
			o := vt.Options(t, "opentable/101")
			records := map[string][]string{
				reservations: bookings(c.bookings, c.badBookings), customers: guests(c.guests, c.badGuests),
			}
			vt.WriteReading(t, o, vt.First, records)
			out, err := validate.Run(ctx, o)
			if len(out.Results) != 1 || (fault.KindOf(err) == fault.Data) != (c.withheld != "") {
				t.Fatalf("%d results, %v", len(out.Results), err)
			}
			if err != nil && !strings.Contains(err.Error(), c.why) {
				t.Errorf("want %q in %v", c.why, err)
			}
			r := out.Results[0].Result
			if got := strings.Join(r.Withheld(), " "); got != c.withheld {
				t.Errorf("withheld are %q, want %q", got, c.withheld)
			}
			if r.Refused != (c.withheld == "customer reservation" || c.withheld != "" && c.guests == 0) {
				t.Errorf("refused: %t", r.Refused)
			}
			want := map[string]int{
				reservations: c.bookings - c.badBookings, customers: c.guests - c.badGuests,
				"quarantine": c.badBookings + c.badGuests,
			}
			for _, kind := range strings.Fields(c.withheld) {
				want[kind] = 0
			}
			got := read(t, o, r)
			if len(got.Reservations) != want[reservations] || len(got.Customers) != want[customers] ||
				len(got.Refusals) != want["quarantine"] {
				t.Errorf("%d bookings, %d guests, %d refusals, want %v", len(got.Reservations), len(got.Customers),
					len(got.Refusals), want)
			}
		})
	}
}

// The message says which limit lets the records in, and the revision that has to be raised with it; with both it is so.
func TestALimitIsRaisedWithItsRevision(t *testing.T) {
	for _, c := range []struct {
		records map[string][]string
		next    string
		raise   func(*validate.Options)
	}{
		{map[string][]string{reservations: bookings(40, 0), customers: guests(30, 12)},
			"raise --max-refused-records and the revision of opentable/101 in restaurants.yaml from 1 to 2",
			func(o *validate.Options) { o.MaxRefusedRecords = 12 }},
		{map[string][]string{reservations: bookings(3, 3)},
			"raise --max-refused and the revision of opentable/101 in restaurants.yaml from 1 to 2",
			func(o *validate.Options) { o.MaxRefused = 1 }},
	} {
		o := vt.Options(t, "opentable/101")
		vt.WriteReading(t, o, vt.First, c.records)
		if _, err := validate.Run(ctx, o); err == nil || !strings.Contains(err.Error(), c.next) {
			t.Errorf("want %q in %v", c.next, err)
		}
		c.raise(&o)
		if _, err := validate.Run(ctx, o); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "max_refused") {
			t.Errorf("raised alone: %v", err)
		}
		o.Source.Revision = 2
		if r := one(t, o); r.WithholdsAny() {
			t.Errorf("%+v", r)
		}
	}
}

// What a result withholds is no measure of other days, and what goes in is.
func TestTheProfileIsOfWhatGoesIn(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	vt.WriteReading(t, o, vt.First, map[string][]string{reservations: bookings(40, 0), customers: guests(30, 12)})
	out, err := validate.Run(ctx, o)
	if fault.KindOf(err) != fault.Data {
		t.Fatal(err)
	}
	kinds := out.Results[0].Result.Profile.Kinds
	if _, has := kinds[customers]; has || kinds[reservations].Rows != 40 {
		t.Errorf("%+v", kinds)
	}
}

// What the platform did not give is counted apart, is in the quarantine's list, and withholds nothing.
func TestUnreadLines(t *testing.T) {
	o := vt.Options(t, "thefork/102")
	good := vt.RecordLines(reservations, file(t, "thefork/testdata/reservation.json"))
	lines := [][]byte{vt.UnreadLine(reservations, "a", "500"), good[0]}
	for range 8 {
		lines = append(lines, vt.UnreadLine(reservations, "b", "not JSON"))
	}
	id := vt.WriteLines(t, o, vt.First, map[string][][]byte{reservations: lines})
	r := one(t, o)
	n := r.Counts[reservations]
	if n.Received != 1 || n.Accepted != 1 || n.Quarantined != 0 || n.Unread != 9 || len(n.Reasons) != 0 || n.Withheld != "" {
		t.Errorf("%+v", n)
	}
	rows := allRows(t, o, r)
	if len(rows.Refusals) != 9 || len(rows.Reservations) != 1 || rows.Reservations[0].Line != 2 {
		t.Fatalf("%+v", rows)
	}
	want := reservation.Refusal{Reading: id.String(), Kind: reservations, Line: 1, ObjectLine: 1, Reason: "unread", Rule: "500"}
	if rows.Refusals[0] != want {
		t.Errorf("got %+v, want %+v", rows.Refusals[0], want)
	}
}

// There are as many lines as the manifest says, but of another sort.
func TestUnreadLinesBalance(t *testing.T) {
	for unread, line := range map[int64][]byte{
		1: vt.RecordLines(reservations, vt.OpenTable(1))[0], 0: vt.UnreadLine(reservations, "a", "500"),
	} {
		o := vt.Options(t, "opentable/101")
		id := lake.ReadingID{Source: o.Source.ID, Day: o.Day, By: lake.ByUpdated, Name: vt.First}
		a := o.Raw.Begin(vt.Now)
		vt.Publish(t, a, id, lake.Reading{
			Version: lake.Version, Reading: id.String(), Source: id.Source, Day: id.Day, By: id.By,
			StartedAt: vt.Noon, FinishedAt: vt.Noon, Sweeps: 2, Program: "test",
			Counts:  map[string]lake.RawCounts{reservations: {Listed: 1, Received: 1 - unread, Unread: unread}, customers: {}},
			Objects: []lake.Object{vt.RawObject(t, a, id, reservations, line, 1, 1)},
		})
		out, err := validate.Run(ctx, o)
		if fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), "do not balance") || len(out.Results) != 0 {
			t.Errorf("%d unread: got %+v, %v", unread, out, err)
		}
	}
}
