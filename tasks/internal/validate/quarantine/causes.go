package quarantine

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/lineset"
	"covers/tasks/internal/reservation"
)

// Cause is one reason why records of a source are in quarantine, over some days, and what a raised rank made of it, or why a
// field of them was left out. A record with two causes counts in both. No value of a record is here.
type Cause struct {
	Source  string `json:"source"`
	Kind    string `json:"kind"`
	Reason  string `json:"reason"`
	Field   string `json:"field"` // path in the platform's record; empty for the whole record
	Rule    string `json:"rule"`
	Became  Became `json:"became"`
	Records int64  `json:"records"` // at the newest rank of each reading
	First   string `json:"first"`   // day with such a record, YYYY-MM-DD; where none is left, with one at the rank before
	Last    string `json:"last"`
	Object  string `json:"object"` // an example's place in raw
	Line    int64  `json:"line"`   // in the object, from 1

	// These hold the newest rank against the rank before, where a reading was derived again.
	// Before = CameBack + Withheld + those that are refused still, for whatever cause.
	Before   int64 `json:"refused_before,omitempty"`
	CameBack int64 `json:"came_back,omitempty"` // accepted now
	Withheld int64 `json:"withheld,omitempty"`  // accepted now, but withheld with its kind: too many of the others are refused

	counted, countedBefore where
}

type causeKey struct {
	source, kind, reason, field, rule string
	became                            Became
}

// where is a record in a reading, to count it once for a cause that it has twice.
type where struct {
	reading string
	line    int64
}

// Causes groups what is in quarantine over some days by its cause, most records first.
func Causes(ctx context.Context, o Options, days []string) ([]Cause, error) {
	g := grouping{staging: o.Staging, reason: o.Reason, causes: map[causeKey]*Cause{}}
	for _, day := range days {
		for _, s := range o.Sources {
			results, err := lake.Results(ctx, o.Staging, s.ID, day)
			if err != nil {
				return nil, err
			}
			for _, ranks := range byReading(results) {
				if err := g.reading(ctx, ranks); err != nil {
					return nil, err
				}
			}
		}
	}
	var out []Cause
	for _, c := range g.causes {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Cause) int {
		return cmp.Or(
			cmp.Compare(b.Records, a.Records), cmp.Compare(b.Before, a.Before),
			cmp.Compare(a.Source, b.Source), cmp.Compare(a.Kind, b.Kind),
			cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Became, b.Became),
		)
	})
	return out, nil
}

// byReading returns the results of each reading, in the order of the readings. Of a reading's results the one of the newest rank
// comes first.
func byReading(results []lake.Found[lake.Result]) [][]lake.Result {
	of := map[string][]lake.Result{}
	for _, r := range results {
		of[r.Manifest.Reading] = append(of[r.Manifest.Reading], r.Manifest)
	}
	var out [][]lake.Result
	for _, id := range slices.Sorted(maps.Keys(of)) {
		ranks := of[id]
		slices.SortFunc(ranks, func(a, b lake.Result) int { return b.Rank.Compare(a.Rank) })
		out = append(out, ranks)
	}
	return out
}

// grouping is what was grouped so far.
type grouping struct {
	staging *lake.Zone
	reason  string
	causes  map[causeKey]*Cause
}

// reading counts what the quarantine has of a reading, given its results, the newest rank first. A bit for each line says which
// records are refused now, so that those refused before are told apart without holding them.
func (g *grouping) reading(ctx context.Context, ranks []lake.Result) error {
	now := ranks[0]
	refused := map[string]*lineset.Set{}
	for kind, c := range now.Counts {
		refused[kind] = lineset.New(c.Received + c.Absent + c.Unread)
	}
	err := each(ctx, g.staging, now, func(x reservation.Refusal) {
		if lines := refused[x.Kind]; lines != nil && became(x) == Refused {
			lines.Add(x.Line)
		}
		if c := g.cause(now, x); c != nil && c.counted != (where{now.Reading, x.Line}) {
			c.counted = where{now.Reading, x.Line}
			c.see(now.Day, x, c.Records == 0)
			c.Records++
		}
	})
	if err != nil || len(ranks) == 1 {
		return err
	}
	return each(ctx, g.staging, ranks[1], func(x reservation.Refusal) {
		if became(x) != Refused {
			return
		}
		c := g.cause(now, x)
		if c == nil || c.countedBefore == (where{now.Reading, x.Line}) {
			return
		}
		c.countedBefore = where{now.Reading, x.Line}
		if c.Records == 0 {
			c.see(now.Day, x, c.Before == 0)
		}
		c.Before++
		switch {
		case refused[x.Kind] != nil && refused[x.Kind].Has(x.Line):
		case now.Withholds(x.Kind):
			c.Withheld++
		default:
			c.CameBack++
		}
	})
}

// cause returns the cause of a refusal, or nil where it is not asked for. A batch's texts do not outlive it.
func (g *grouping) cause(r lake.Result, x reservation.Refusal) *Cause {
	if g.reason != "" && x.Reason != g.reason {
		return nil
	}
	c := g.causes[causeKey{r.Source, x.Kind, x.Reason, x.Field, x.Rule, became(x)}]
	if c == nil {
		k := causeKey{
			source: r.Source, kind: strings.Clone(x.Kind), reason: strings.Clone(x.Reason),
			field: strings.Clone(x.Field), rule: strings.Clone(x.Rule), became: became(x),
		}
		c = &Cause{Source: k.source, Kind: k.kind, Reason: k.reason, Field: k.field, Rule: k.rule, Became: k.became}
		g.causes[k] = c
	}
	return c
}

// see notes the day of a record; the first one is the example.
func (c *Cause) see(day string, x reservation.Refusal, example bool) {
	if example {
		c.First, c.Last, c.Object, c.Line = day, day, strings.Clone(x.Object), x.ObjectLine
	}
	c.First, c.Last = min(c.First, day), max(c.Last, day)
}
