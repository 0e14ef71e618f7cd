package sheet

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"covers/contract"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/quality"
)

// Judged is what the contract's expectations say of a reading.
type Judged struct {
	Reading  string            `json:"reading"`
	Source   string            `json:"source"`
	Days     []string          `json:"days,omitempty"`     // that it was held against
	Unjudged string            `json:"unjudged,omitempty"` // why it was held against none
	Findings []quality.Finding `json:"findings,omitempty"`
}

// judge holds the day's readings against the weeks before.
func (f *Facts) judge(ctx context.Context, history *quality.History) error {
	f.Judged = map[string]quality.Judged{}
	for _, src := range f.Sources {
		for _, result := range f.Results[src.ID] {
			r := quality.OfResult(result)
			v, err := history.Judge(ctx, src, r)
			if err != nil {
				return err
			}
			f.Judged[r.ID] = quality.Judged{Sample: r, Verdict: v}
		}
	}
	return nil
}

// judged returns what was said of the day's readings, sorted by reading.
func (f Facts) judged() []Judged {
	out := []Judged{}
	for _, j := range f.Judged {
		out = append(out, Judged{j.ID, j.Source, j.Days, j.Unjudged, j.Findings})
	}
	slices.SortFunc(out, func(a, b Judged) int { return strings.Compare(a.Reading, b.Reading) })
	return out
}

// leftOut reports whether load leaves out a reading that the ledger does not have. Such a reading is a finding, unless a newer
// one made up for it.
func (c *check) leftOut(r lake.Result) bool {
	breaks := quality.Breaks(c.Judged[r.Reading].Findings)
	if len(breaks) == 0 {
		return false
	}
	if !c.isMadeUpFor(r) {
		c.add(LeftOut, quality.NextLeftOut, "reading %s is not loaded: %s", r.Reading, first(breaks))
	}
	return true
}

// isMadeUpFor reports whether a newer reading that is loaded made up for one.
func (c *check) isMadeUpFor(r lake.Result) bool {
	var loaded []quality.Judged
	for id, e := range c.ledger {
		if j, known := c.Judged[id]; known && !e.Refused {
			loaded = append(loaded, j)
		}
	}
	return quality.MadeUp(c.Judged[r.Reading].Sample, loaded)
}

// unexpected adds a warning with what is odd about a reading and holds up nothing: the warnings of its verdict, and its errors
// where it is loaded all the same, because it was loaded before or because too little was known of the weeks before.
func (c *check) unexpected(reading string) {
	odd := c.Judged[reading].Findings
	if _, loaded := c.ledger[reading]; !loaded {
		odd = slices.DeleteFunc(slices.Clone(odd), func(f quality.Finding) bool { return f.Severity == contract.SeverityError })
	}
	if len(odd) == 0 {
		return
	}
	c.found = append(c.found, Finding{
		Day: c.Day, Source: c.source.ID, Kind: Unexpected, What: first(odd), Severity: contract.SeverityWarning,
		Next: "look at the day at the platform; where it is right, name the day under unusual in restaurants.yaml",
	})
}

// first returns the first findings of many in words: one accident shows in many columns.
func first(findings []quality.Finding) string {
	const most = 3
	var says []string
	for _, f := range findings[:min(most, len(findings))] {
		says = append(says, f.String())
	}
	if more := len(findings) - most; more > 0 {
		says = append(says, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(says, "; ")
}
