package lake

import (
	"maps"
	"slices"
)

// Profile is what the rows of a result look like in numbers, so that a day can be held against earlier ones without reading
// their rows again. It is bounded by the contract's columns and closed lists. Only rows of the day itself count: of a reading
// by change those that changed on it last, since the window overlaps and may have no end.
type Profile struct {
	// Late are the minutes from the end of the day, in the zone that cuts it, to the reading's start
	Late  int64                  `json:"late"`
	Kinds map[string]KindProfile `json:"kinds"` // by kind of record; every kind of the source is there that goes in
}

// KindProfile is the part of one kind of record.
type KindProfile struct {
	Rows int64 `json:"rows"`
	// Known counts the rows that are not null, by column that may be; columns without any are left out.
	Known  map[string]int64            `json:"known,omitempty"`
	Values map[string]map[string]int64 `json:"values,omitempty"` // rows by column of a closed list, then by value
	// Quiet are the minutes from the newest change to the end of the day, of a reading by change.
	Quiet *int64        `json:"quiet,omitempty"`
	Spend *SpendProfile `json:"spend,omitempty"` // of completed rows with an amount in the restaurant's currency
}

// SpendProfile sums up what was spent.
type SpendProfile struct {
	Rows   int64 `json:"rows"`
	Covers int64 `json:"covers"`
	Total  int64 `json:"total"` // ten-thousandths of the currency's unit
}

// profile checks that a profile counts no more rows than were accepted. A manifest that is older than profiles has none.
func (c *checker) profile(where string, p *Profile, counts map[string]ResultCounts) {
	if p == nil {
		return
	}
	for _, kind := range slices.Sorted(maps.Keys(p.Kinds)) {
		k, where := p.Kinds[kind], where+"."+kind
		c.that(k.Rows >= 0 && k.Rows <= counts[kind].Accepted, "%s: %d rows of %d accepted", where, k.Rows, counts[kind].Accepted)
		c.within(where+".known", k.Rows, k.Known)
		for _, column := range slices.Sorted(maps.Keys(k.Values)) {
			c.within(where+".values."+column, k.Rows, k.Values[column])
		}
		if s := k.Spend; s != nil {
			c.that(s.Rows >= 0 && s.Rows <= k.Rows && s.Covers >= 0 && s.Total >= 0, "%s.spend: %+v of %d rows", where, *s,
				k.Rows)
		}
	}
}

// within checks that each of some counts is one of rows.
func (c *checker) within(where string, rows int64, counts map[string]int64) {
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		c.that(counts[name] >= 0 && counts[name] <= rows, "%s.%s: %d of %d rows", where, name, counts[name], rows)
	}
}
