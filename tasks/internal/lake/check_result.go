package lake

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

func (r Result) objects() []Object { return r.Objects }

func (r Result) rewritten() *Rewriting { return r.Rewritten }

func (r Result) problems(key string) []string {
	c := &checker{}
	id, err := ParseReadingID(r.Reading)
	fits := err == nil && id.Source == r.Source && id.Day == r.Day && id.By == r.By
	c.that(fits, "reading %q does not fit source, day and by", r.Reading)
	c.that(r.Rank.valid(), "rank %s: each part is 1 to 9999", r.Rank)
	if isHex(r.Input, 64) {
		c.that(ResultKey(id, r.Input, r.Rank) == key, "reading, input and rank do not fit the manifest's key")
	} else {
		c.that(false, "input is not 64 hexadecimal digits")
	}
	c.that(!r.ReadAt.IsZero(), "read_at is missing")
	c.that(len(r.Counts) > 0, "counts are missing")
	kinds := slices.Sorted(maps.Keys(r.Counts))
	sum := c.list(r.Objects, ReadingPrefix(id)+r.Rank.String()+"/",
		append([]string{KindQuarantine, KindErasure, KindAbsence, KindMerge}, kinds...)...)
	c.results("counts", r.Counts, r.Refused)
	for _, kind := range kinds {
		accepted := r.Counts[kind].Accepted
		// What is withheld contributes no rows; they may be kept or left out.
		c.that(sum[kind] == accepted || r.Withholds(kind) && sum[kind] == 0,
			"counts.%s: accepted %d, its objects have %d records", kind, accepted, sum[kind])
	}
	c.quarantine(r.Counts, sum[KindQuarantine])
	absences, merges := r.Absences(), r.Merges()
	c.that(sum[KindAbsence] == absences, "absent %d, their objects have %d records", absences, sum[KindAbsence])
	c.that(sum[KindMerge] == merges, "merged %d, their objects have %d records", merges, sum[KindMerge])
	c.count("erasures", r.Erasures)
	c.profile("profile", r.Profile, r.Counts)
	c.that(r.Held == "" || r.Erasures > 0, "held: there are no erasures")
	c.that(sum[KindErasure] == r.Erasures, "erasures %d, their objects have %d records", r.Erasures, sum[KindErasure])
	c.rewriting(r.Rewritten, ReadingPrefix(id)+r.Rank.String()+"/")
	return c.found
}

// quarantine checks that the quarantine has a row for each refused record, each note and each record that was not read; a record
// that is refused for more than one reason has more.
func (c *checker) quarantine(counts map[string]ResultCounts, rows int64) {
	var quarantined, noted, unread int64
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		n := counts[kind]
		quarantined, unread = addUp(quarantined, n.Quarantined), addUp(unread, n.Unread)
		for _, of := range n.Notes {
			noted = addUp(noted, of)
		}
	}
	least := quarantined + noted + unread
	c.that(rows >= least, "quarantined %d, notes %d, unread %d: the quarantine has %d rows", quarantined, noted, unread, rows)
	c.that(quarantined > 0 || rows <= least, "quarantined none, notes %d, unread %d: the quarantine has %d rows", noted, unread,
		rows)
}

// Withholds reports whether nothing of a kind of record goes in. A manifest of an older program names no kinds: there a refused
// reading withholds all of them.
func (r Result) Withholds(kind string) bool { return r.Refused || r.Counts[kind].Withheld != "" }

// Withheld returns the kinds of record of which too much was refused, sorted. An older program's refused reading names none.
func (r Result) Withheld() (kinds []string) {
	for _, kind := range slices.Sorted(maps.Keys(r.Counts)) {
		if r.Counts[kind].Withheld != "" {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// WithholdsAny reports whether some kind does not go in.
func (r Result) WithholdsAny() bool { return r.Refused || len(r.Withheld()) > 0 }

// WhyWithheld says why something does not go in.
func (r Result) WhyWithheld() string {
	why := []string{}
	for _, kind := range r.Withheld() {
		why = append(why, r.Counts[kind].Withheld)
	}
	return cmp.Or(strings.Join(why, "; "), r.Why)
}

// Withholds reports whether nothing of a kind of record was taken.
func (in Input) Withholds(kind string) bool { return in.Refused || in.Counts[kind].Withheld != "" }

// Absences returns the rows of absent ids that the result has: what is withheld says nothing of what is absent.
func (r Result) Absences() int64 { return goingIn(r.Counts, r.Refused, absent) }

// Absences returns the rows of absent ids that were taken.
func (in Input) Absences() int64 { return goingIn(in.Counts, in.Refused, absent) }

// Merges returns the rows of merged guests that the result has.
func (r Result) Merges() int64 { return goingIn(r.Counts, r.Refused, merged) }

// Merges returns the rows of merged guests that were taken.
func (in Input) Merges() int64 { return goingIn(in.Counts, in.Refused, merged) }

func absent(n ResultCounts) int64 { return n.Absent }
func merged(n ResultCounts) int64 { return n.Merged }

// goingIn adds up a count of the kinds that go in.
func goingIn(counts map[string]ResultCounts, refused bool, of func(ResultCounts) int64) (sum int64) {
	if refused {
		return 0
	}
	for _, n := range counts {
		if n.Withheld == "" {
			sum = addUp(sum, of(n))
		}
	}
	return sum
}

// addUp adds a count to a sum. Numbers that cannot be a count stay within what can be added up.
func addUp(sum, n int64) int64 { return min(sum+min(max(n, 0), maxCount), maxCount+1) }

// results checks what validation counted, kind by kind.
func (c *checker) results(where string, counts map[string]ResultCounts, refused bool) {
	withheld, goesIn := false, false
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		n, where := counts[kind], where+"."+kind
		withheld = withheld || n.Withheld != ""
		goesIn = goesIn || n.Withheld == "" && n.Received+n.Absent > 0
		if !c.count(where+".received", n.Received) || !c.count(where+".accepted", n.Accepted) ||
			!c.count(where+".quarantined", n.Quarantined) || !c.count(where+".merged", n.Merged) ||
			!c.count(where+".absent", n.Absent) || !c.count(where+".unread", n.Unread) {
			continue
		}
		c.that(n.Received == n.Accepted+n.Quarantined+n.Merged, "%s: received %d is not accepted %d + quarantined %d + merged %d",
			where, n.Received, n.Accepted, n.Quarantined, n.Merged)
		c.that(n.Withheld == "" || n.Quarantined > 0, "%s.withheld: nothing is quarantined", where)
		c.share(where+".reasons", n.Reasons, n.Quarantined, "quarantined records")
		if c.count(where+".noted", n.Noted) {
			c.that(n.Noted <= n.Accepted+n.Merged, "%s.noted: %d of %d records that are in order", where, n.Noted,
				n.Accepted+n.Merged)
			c.share(where+".notes", n.Notes, n.Noted, "noted records")
		}
	}
	c.that(!withheld || refused != goesIn,
		"%s: a reading is refused where every kind that has records is withheld, and it is %t", where, refused)
}

// share checks counts of the same records by what was found in them: each record has one or more.
func (c *checker) share(where string, by map[string]int64, records int64, of string) {
	sum := int64(0)
	for _, name := range slices.Sorted(maps.Keys(by)) {
		n := by[name]
		c.that(n >= 0 && n <= records, "%s.%s: %d of %d %s", where, name, n, records, of)
		sum += min(max(n, 0), records)
	}
	c.that(sum >= records, "%s: %d %s have only %d", where, records, of, sum)
}
