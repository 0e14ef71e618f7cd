package sheet

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rs/zerolog"

	"covers/contract"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/quality"
	"covers/tasks/internal/source"
	"covers/tasks/internal/warehouse"
)

// Judged is what the contract's expectations say of a reading.
type Judged struct {
	Reading  string            `json:"reading"`
	Source   string            `json:"source"`
	Days     []string          `json:"days,omitempty"`     // that it was held against
	Unjudged string            `json:"unjudged,omitempty"` // why it was held against none
	Findings []quality.Finding `json:"findings,omitempty"`
}

// judge holds the day's readings against those of the weeks before that staging knows.
func (f *Facts) judge(ctx context.Context, staging *lake.Zone) error {
	c := contract.Get()
	f.Judged = map[string]Judged{}
	for _, src := range f.Sources {
		var earlier []quality.Reading
		known := false
		for _, result := range f.Results[src.ID] {
			r := quality.OfResult(result)
			if r.Comparable() && !known {
				var err error
				if earlier, err = resultsBefore(ctx, c, staging, src.ID, f.Day); err != nil {
					return err
				}
				known = true
			}
			v := quality.Judge(c, src, r, earlier)
			f.Judged[r.ID] = Judged{r.ID, src.ID, v.Days, v.Unjudged, v.Findings}
		}
	}
	return nil
}

func resultsBefore(ctx context.Context, c contract.Contract, staging *lake.Zone, src, day string) (out []quality.Reading, err error) {
	for _, earlier := range quality.Earlier(c, day) {
		results, err := lake.Results(ctx, staging, src, earlier)
		if lake.IsUnreadable(err) {
			// A damaged day, or one of a newer program, is one that is not known: it holds up no other, and its own report names it.
			zerolog.Ctx(ctx).Warn().Err(err).Str("day", earlier).Msg("nothing is expected because of a day that cannot be read")
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read what is expected: %w", err)
		}
		for _, r := range results {
			out = append(out, quality.OfResult(r.Manifest))
		}
	}
	return out, nil
}

// leftOut says whether load leaves a reading out that the ledger does not have, and, of the newest of its way to ask, the
// finding. An older one, a newer made up for.
func (f Facts) leftOut(src source.Source, r lake.Result, ledger map[string]warehouse.Entry) (found []Finding, left bool) {
	breaks := quality.Breaks(f.Judged[r.Reading].Findings)
	if len(breaks) == 0 {
		return nil, false
	}
	for id, e := range ledger {
		newer := f.Judged[id]
		// One that could not be held against other days, because it was late, may be as wrong as the first.
		if e.By == r.By && id > r.Reading && !e.Refused && len(newer.Days) > 0 && len(quality.Breaks(newer.Findings)) == 0 {
			return nil, true
		}
	}
	return []Finding{{
		Day: f.Day, Source: src.ID, Finding: "left out", What: fmt.Sprintf("reading %s is not loaded: %s", r.Reading, first(breaks)), Severity: contract.SeverityError,
		Next: quality.NextLeftOut,
	}}, true
}

// unexpected names what is odd about a reading and holds up nothing: warnings, and what was loaded all the same, because it was
// loaded before or because too little was known of the weeks before.
func (f Facts) unexpected(src source.Source, reading string, ledger map[string]warehouse.Entry) []Finding {
	odd := f.Judged[reading].Findings
	if _, loaded := ledger[reading]; !loaded {
		odd = slices.DeleteFunc(slices.Clone(odd), isError)
	}
	if len(odd) == 0 {
		return nil
	}
	return []Finding{{
		Day: f.Day, Source: src.ID, Finding: "unexpected", What: first(odd), Severity: contract.SeverityWarning,
		Next: "look at the day at the platform; where it is right, name the day under unusual in restaurants.yaml",
	}}
}

func isError(f quality.Finding) bool { return f.Severity == contract.SeverityError }

// first says the first findings of many: one accident shows in many columns.
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

// judged lists the readings of the day that were judged, or why not, sorted by id.
func (f Facts) judged() []Judged {
	out := []Judged{}
	for _, j := range f.Judged {
		out = append(out, j)
	}
	slices.SortFunc(out, func(a, b Judged) int { return strings.Compare(a.Reading, b.Reading) })
	return out
}

// expectedText says which readings were held against earlier days, and of which nothing is expected.
func (s Sheet) expectedText() string {
	var lines []string
	readings := map[string][]string{}
	for _, j := range s.Judged {
		line := "nothing is expected, " + j.Unjudged
		if j.Unjudged == "" {
			line = "held against " + strings.Join(j.Days, ", ")
		}
		if readings[line] == nil {
			lines = append(lines, line)
		}
		readings[line] = append(readings[line], j.Source)
	}
	var b strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&b, "%s: %s\n", line, strings.Join(slices.Compact(readings[line]), ", "))
	}
	return b.String()
}
