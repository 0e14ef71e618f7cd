package lake

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"covers/tasks/internal/lake/store"
	"covers/tasks/internal/reservation"
)

func (p Processed) objects() []Object { return p.Objects }

func (p Processed) rewritten() *Rewriting { return p.Rewritten }

func (p Processed) problems(key string) []string {
	c := &checker{}
	c.that(isDay(p.Day), "day %q is not YYYY-MM-DD", p.Day)
	c.that(len(p.Inputs) > 0, "inputs are missing")
	kinds := []string{reservation.KindReservation, reservation.KindCustomer, KindErasure, KindAbsence, KindMerge}
	sum := c.list(p.Objects, p.Day+"/", kinds...)
	rows := map[string]int64{}
	for i, in := range p.Inputs {
		where := fmt.Sprintf("inputs[%d]", i)
		c.input(where, p.Day, in)
		c.that(i == 0 || p.Inputs[i-1].Reading < in.Reading, "%s: inputs are not sorted by reading, or one is there twice", where)
		for kind, n := range in.Rows {
			rows[kind] = addUp(rows[kind], n)
		}
		rows[KindErasure] = addUp(rows[KindErasure], in.Erasures)
		rows[KindAbsence] = addUp(rows[KindAbsence], in.Absences())
		rows[KindMerge] = addUp(rows[KindMerge], in.Merges())
	}
	if len(c.found) == 0 {
		c.that(ProcessedKey(p.Day, p.Inputs) == key, "the inputs do not fit the manifest's key")
	}
	for _, kind := range kinds {
		c.that(rows[kind] == sum[kind], "%s: inputs gave %d rows, the objects have %d records", kind, rows[kind], sum[kind])
		delete(rows, kind)
	}
	c.that(len(rows) == 0, "rows of a kind that does not belong here: %s", strings.Join(slices.Sorted(maps.Keys(rows)), ", "))
	c.rewriting(p.Rewritten, p.Day+"/")
	return c.found
}

func (c *checker) input(where, day string, in Input) {
	id, err := ParseReadingID(in.Reading)
	c.that(err == nil && id.Source == in.Source && id.Day == in.Day && id.By == in.By && in.Day == day,
		"%s: reading %q does not fit source, day and by", where, in.Reading)
	c.that(in.Rank.valid(), "%s: rank %s: each part is 1 to 9999", where, in.Rank)
	c.that(isHex(in.SHA256, 64), "%s: sha256 is not 64 hexadecimal digits", where)
	c.that(store.CheckKey(in.Result) == nil && strings.HasPrefix(in.Result, ReadingPrefix(id)) &&
		strings.HasSuffix(in.Result, "-"+in.Rank.String()+".json"),
		"%s: result is not a key of the reading's at the rank", where)
	c.results(where+".counts", in.Counts, in.Refused)
	c.count(where+".erasures", in.Erasures)
	c.that(in.Held == "" || in.Erasures > 0, "%s.held: there are no erasures", where)
	c.profile(where+".profile", in.Profile, in.Counts)
	for _, kind := range slices.Sorted(maps.Keys(in.Rows)) {
		_, known := in.Counts[kind]
		c.that(known, "%s.rows.%s: counts do not have the kind", where, kind)
	}
	for _, kind := range slices.Sorted(maps.Keys(in.Counts)) {
		want := in.Counts[kind].Accepted
		if in.Withholds(kind) {
			want = 0
		}
		c.that(in.Rows[kind] == want, "%s.rows.%s: took %d rows, want %d", where, kind, in.Rows[kind], want)
	}
}
