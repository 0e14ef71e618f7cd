package lake

import (
	"fmt"
	"maps"
	"strings"
	"testing"
)

// noted is a result in which two reservations went in without a field, one of them without two, three guests are merged and
// four records were not read.
func noted(f func(*Result)) Manifest {
	id := readingAt(0)
	r := aResult(id)
	at := ReadingPrefix(id) + rank1.String() + "/"
	r.Counts["reservation"] = ResultCounts{
		Received: 10, Accepted: 7, Quarantined: 3, Reasons: map[string]int64{"type": 2, "money": 3},
		Noted: 2, Notes: map[string]int64{"time arrival_time": 2, "money pos_data.pos_tip": 1}, Unread: 3,
	}
	r.Counts["customer"] = ResultCounts{Received: 7, Accepted: 4, Merged: 3, Reasons: map[string]int64{}, Unread: 1}
	r.Objects[3].Records = 6 + 3 + 4
	r.Objects = append(r.Objects, anObject(at, KindMerge, "6", 3, 0))
	f(&r)
	return r
}

func change(kind string, f func(*ResultCounts)) func(*Result) {
	return func(r *Result) {
		n := r.Counts[kind]
		n.Notes = maps.Clone(n.Notes)
		f(&n)
		r.Counts[kind] = n
	}
}

func both(f ...func(*Result)) func(*Result) {
	return func(r *Result) {
		for _, f := range f {
			f(r)
		}
	}
}

// withoutObject leaves an object of aResult or noted out.
func withoutObject(kind string) func(*Result) {
	return func(r *Result) {
		var left []Object
		for _, o := range r.Objects {
			if o.Kind != kind {
				left = append(left, o)
			}
		}
		r.Objects = left
	}
}

// Notes, merges and records that were not read are counted again like all else, and what is withheld is so by kind.
func TestCountsOfAResult(t *testing.T) {
	withhold := func(kind string) func(*Result) {
		return change(kind, func(n *ResultCounts) { n.Withheld = "too many" })
	}
	refused := func(r *Result) { r.Refused = true }
	someRefused := change("customer", func(n *ResultCounts) {
		n.Received, n.Quarantined, n.Reasons = 8, 1, map[string]int64{"missing": 1}
	})
	oneMore := func(r *Result) { r.Objects[3].Records++ }
	for _, c := range []struct {
		m    Manifest
		want string // empty: nothing is wrong
	}{
		{noted(func(*Result) {}), ""},
		{noted(change("customer", func(n *ResultCounts) { n.Merged = 2 })),
			"counts.customer: received 7 is not accepted 4 + quarantined 0 + merged 2"},
		{
			noted(change("customer", func(n *ResultCounts) { n.Merged, n.Received = 2, 6 })),
			"merged 2, their objects have 3 records",
		},
		{noted(withoutObject(KindMerge)), "merged 3, their objects have 0 records"},
		{noted(change("customer", func(n *ResultCounts) { n.Merged = -1 })), "counts.customer.merged: -1 cannot be a count"},
		{noted(change("customer", func(n *ResultCounts) { n.Unread = -1 })), "counts.customer.unread: -1 cannot be a count"},
		{noted(change("customer", func(n *ResultCounts) { n.Unread = 6 })),
			"quarantined 3, notes 3, unread 9: the quarantine has 13 rows"},
		{noted(func(r *Result) { r.Objects[3].Records = 8 }), "quarantined 3, notes 3, unread 4: the quarantine has 8 rows"},
		{noted(func(r *Result) { r.Objects[3].Records = 10 }), ""}, // each refused for one reason
		{noted(change("reservation", func(n *ResultCounts) { n.Noted = 8 })),
			"counts.reservation.noted: 8 of 7 records that are in order"},
		{noted(change("reservation", func(n *ResultCounts) { n.Noted = -1 })), "counts.reservation.noted: -1 cannot be a count"},
		{noted(change("reservation", func(n *ResultCounts) { n.Notes["time arrival_time"] = 3 })),
			"counts.reservation.notes.time arrival_time: 3 of 2 noted records"},
		{noted(change("reservation", func(n *ResultCounts) { n.Notes = map[string]int64{"money pos_data.pos_tip": 1} })),
			"counts.reservation.notes: 2 noted records have only 1"},
		{noted(change("reservation", func(n *ResultCounts) { n.Noted = 0 })), "2 of 0 noted records"},
		{noted(change("reservation", func(n *ResultCounts) { n.Accepted, n.Quarantined, n.Reasons = 10, 0, nil })),
			"quarantined none, notes 3, unread 4: the quarantine has 13 rows"},

		// Reservations are withheld: their rows may be left out, the guests' and the merges may not.
		{noted(withhold("reservation")), ""},
		{noted(both(withhold("reservation"), withoutObject("reservation"))), ""},
		{
			noted(both(withhold("reservation"), withoutObject("customer"))),
			"counts.customer: accepted 4, its objects have 0 records",
		},
		{noted(both(withhold("reservation"), withoutObject(KindMerge))), "merged 3, their objects have 0 records"},
		{noted(both(withhold("reservation"), refused)), "refused where every kind that has records is withheld, and it is true"},
		// Guests are withheld, and with them what is said of merges.
		{noted(withhold("customer")), "counts.customer.withheld: nothing is quarantined"},
		{noted(both(someRefused, oneMore, withhold("customer"), withoutObject("customer"), withoutObject(KindMerge))), ""},
		{
			noted(both(someRefused, oneMore, withhold("customer"), withoutObject("customer"))),
			"merged 0, their objects have 3 records",
		},
		// Both are.
		{noted(both(someRefused, oneMore, withhold("customer"), withhold("reservation"), refused, withoutObject("customer"),
			withoutObject("reservation"), withoutObject(KindMerge))), ""},
		{noted(both(someRefused, oneMore, withhold("customer"), withhold("reservation"), withoutObject("customer"),
			withoutObject("reservation"), withoutObject(KindMerge))),
			"refused where every kind that has records is withheld, and it is false"},
		// The one kind that has records is.
		{noted(both(func(r *Result) { r.Counts["customer"] = ResultCounts{} }, withhold("reservation"), refused,
			withoutObject("customer"), withoutObject(KindMerge))), ""},
	} {
		got := strings.Join(c.m.problems(ResultKey(readingAt(0), sum("a"), rank1)), "; ")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("want %q, got %q", c.want, got)
		}
	}
}

// What is withheld of an input is not taken, and everything else is.
func TestCountsOfAnInput(t *testing.T) {
	day := readingAt(0).Day + "/"
	of := func(withheld string, rows map[string]int64, objects ...Object) Manifest {
		p := aProcessed(t)
		in := &p.Inputs[0]
		in.Counts = map[string]ResultCounts{
			"reservation": {Received: 10, Accepted: 7, Quarantined: 3, Reasons: map[string]int64{"type": 3}},
			"customer":    {Received: 7, Accepted: 4, Quarantined: 1, Merged: 2, Absent: 5, Reasons: map[string]int64{"type": 1}},
		}
		n := in.Counts[withheld]
		n.Withheld = "too many"
		if withheld != "" {
			in.Counts[withheld] = n
		}
		in.Rows = rows
		p.Objects = append([]Object{anObject(day, KindErasure, "8", 4, 0)}, objects...)
		return p
	}
	reservations, customers := anObject(day, "reservation", "1", 7, 0), anObject(day, "customer", "2", 4, 0)
	merges, absences := anObject(day, KindMerge, "3", 2, 0), anObject(day, KindAbsence, "4", 5, 0)
	for i, c := range []struct {
		m    Manifest
		want string
	}{
		{of("", map[string]int64{"reservation": 7, "customer": 4}, reservations, customers, merges, absences), ""},
		{of("", map[string]int64{"reservation": 7, "customer": 4}, reservations, customers, absences),
			"merge: inputs gave 2 rows, the objects have 0 records"},
		{of("customer", map[string]int64{"reservation": 7}, reservations), ""},
		{of("customer", map[string]int64{"reservation": 7, "customer": 4}, reservations, customers),
			"inputs[0].rows.customer: took 4 rows, want 0"},
		{
			of("customer", map[string]int64{"reservation": 7}, reservations, merges),
			"merge: inputs gave 0 rows, the objects have 2 records",
		},
		{of("reservation", map[string]int64{"customer": 4}, customers, merges, absences), ""},
		{of("reservation", map[string]int64{"customer": 4}, customers, merges),
			"absence: inputs gave 5 rows, the objects have 0 records"},
	} {
		p := c.m.(Processed)
		got := strings.Join(c.m.problems(ProcessedKey(p.Day, p.Inputs)), "; ")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%d: want %q, got %q", i, c.want, got)
		}
	}
}

// A reading counts what it did not read, and has a line for it.
func TestCountsOfAReading(t *testing.T) {
	id := readingAt(0)
	for i, c := range []struct {
		counts RawCounts
		want   string
	}{
		{RawCounts{Listed: 8, Received: 3, Repeated: 2, Gone: 1, Unread: 2}, ""},
		{RawCounts{Listed: 9, Received: 3, Repeated: 2, Gone: 1, Unread: 2},
			"listed 9 is not received 3 + repeated 2 + gone 1 + absent 0 + unread 2"},
		{
			RawCounts{Listed: 5, Received: 3, Unread: 1, Repeated: 1},
			"received 3 + absent 0 + unread 1, its objects have 5 records",
		},
		{RawCounts{Listed: 4, Received: 5, Unread: -1}, "counts.reservation.unread: -1 cannot be a count"},
	} {
		r := aReading(id, anObject(ReadingPrefix(id), "reservation", "1", 5, 1))
		r.Counts = map[string]RawCounts{"reservation": c.counts}
		got := fmt.Sprint(r.problems(ManifestKey(id)))
		if c.want == "" && got != "[]" || !strings.Contains(got, c.want) {
			t.Errorf("%d: want %q, got %q", i, c.want, got)
		}
	}
}
