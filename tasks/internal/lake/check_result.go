package lake

import (
	"maps"
	"slices"
)

func (r Result) objects() []Object { return r.Objects }

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
		append([]string{KindQuarantine, KindErasure, KindAbsence}, kinds...)...)
	quarantined := c.results("counts", r.Counts)
	for _, kind := range kinds {
		accepted := r.Counts[kind].Accepted
		// A refused reading contributes no rows; they may be kept or left out.
		c.that(sum[kind] == accepted || r.Refused && sum[kind] == 0, "counts.%s: accepted %d, its objects have %d records",
			kind, accepted, sum[kind])
	}
	c.that(sum[KindQuarantine] >= quarantined, "quarantined %d, the quarantine has %d rows", quarantined, sum[KindQuarantine])
	c.that(quarantined > 0 || sum[KindQuarantine] == 0, "quarantined none, the quarantine has %d rows", sum[KindQuarantine])
	absences := r.Absences()
	c.that(sum[KindAbsence] == absences, "absent %d, their objects have %d records", absences, sum[KindAbsence])
	c.count("erasures", r.Erasures)
	c.profile("profile", r.Profile, r.Counts)
	c.that(sum[KindErasure] == r.Erasures, "erasures %d, their objects have %d records", r.Erasures, sum[KindErasure])
	return c.found
}

// Absences returns the rows of absent ids that the result has: a refused reading says nothing of what is absent.
func (r Result) Absences() int64 { return absencesOf(r.Counts, r.Refused) }

// Absences returns the rows of absent ids that were taken.
func (in Input) Absences() int64 { return absencesOf(in.Counts, in.Refused) }

// absencesOf adds up the absent ids of all kinds. Numbers that cannot be a count stay within what can be added up.
func absencesOf(counts map[string]ResultCounts, refused bool) (absent int64) {
	if refused {
		return 0
	}
	for _, n := range counts {
		absent = min(absent+min(max(n.Absent, 0), maxCount), maxCount+1)
	}
	return absent
}

// results checks what validation counted and returns the number of quarantined records.
func (c *checker) results(where string, counts map[string]ResultCounts) (quarantined int64) {
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		n, where := counts[kind], where+"."+kind
		if !c.count(where+".received", n.Received) || !c.count(where+".accepted", n.Accepted) ||
			!c.count(where+".quarantined", n.Quarantined) ||
			!c.count(where+".absent", n.Absent) {
			continue
		}
		quarantined += n.Quarantined
		c.that(n.Received == n.Accepted+n.Quarantined, "%s: received %d is not accepted %d + quarantined %d", where, n.Received,
			n.Accepted, n.Quarantined)
		reasons := int64(0)
		for _, reason := range slices.Sorted(maps.Keys(n.Reasons)) {
			of := n.Reasons[reason]
			c.that(of >= 0 && of <= n.Quarantined, "%s.reasons.%s: %d of %d quarantined records", where, reason, of,
				n.Quarantined)
			reasons += min(max(of, 0), n.Quarantined)
		}
		c.that(reasons >= n.Quarantined, "%s: %d quarantined records have only %d reasons", where, n.Quarantined, reasons)
	}
	return quarantined
}
