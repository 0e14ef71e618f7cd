package report

import (
	"cmp"
	"slices"
	"strings"

	"covers/tasks/internal/report/page"
	"covers/tasks/internal/report/sheet"
	"covers/tasks/internal/source"
	"covers/tasks/internal/text"
)

// group is one finding with all the sources and days that have it alike.
type group struct {
	sheet.Finding
	words         findingWords
	days, sources []string
}

// grouped gathers the findings of the days, the most urgent first: of a source those that are mended alike, then of all sources
// those that say the same of the same days.
func grouped(all []sheet.Finding) ([]group, error) {
	bySource := gather(all, func(f sheet.Finding) string {
		return join(f.Source, string(f.Kind), f.Severity, f.Next)
	}, func(f sheet.Finding) group {
		return group{Finding: f}
	}, func(g *group, f sheet.Finding) {
		if !slices.Contains(g.days, f.Day) {
			g.days = append(g.days, f.Day)
		}
	})
	out := gather(bySource, func(g group) string {
		return join(string(g.Kind), g.Severity, g.What, g.Next, join(g.days...))
	}, func(g group) group {
		return g
	}, func(to *group, g group) {
		to.sources = append(to.sources, g.Source)
	})
	for i, g := range out {
		var err error
		if out[i].words, err = wordsOf(g.Kind); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(out, func(a, b group) int { return cmp.Compare(a.urgency(), b.urgency()) })
	return out, nil
}

// urgency returns the group's place in the page's list. Warnings come after all errors.
func (g group) urgency() int {
	if g.IsError() {
		return g.words.urgency
	}
	return 100 + g.words.urgency
}

// gather makes one group of all that have a key, in the order of the first of each.
func gather[T any](all []T, key func(T) string, begin func(T) group, add func(*group, T)) (out []group) {
	at := map[string]int{}
	for _, x := range all {
		i, known := at[key(x)]
		if !known {
			i = len(out)
			at[key(x)], out = i, append(out, begin(x))
		}
		add(&out[i], x)
	}
	return out
}

func join(parts ...string) string { return strings.Join(parts, "\x00") }

// shown is how many findings the page lists.
const shown = 60

// findingsOf makes the page's list, and counts what it leaves out.
func (j *journal) findingsOf(groups []group, r *source.Registry) (list []page.Finding, more int) {
	if len(groups) > shown {
		groups, more = groups[:shown], len(groups)-shown
	}
	for _, g := range groups {
		list = append(list, page.Finding{
			Warning: !g.IsError(), Where: listed(g.sources, 12, r), Title: g.words.means, What: capital(g.What) + ".",
			Next:  g.Next,
			Dates: j.datesOf(g.days),
		})
	}
	return list, more
}

// datesOf says on which of several days.
func (j *journal) datesOf(days []string) string {
	if len(j.days) == 1 {
		return ""
	}
	const most = 5
	var out []string
	for _, d := range days[:min(len(days), most)] {
		out = append(out, page.ShortDay(d))
	}
	says := "On " + strings.Join(out, ", ")
	if n := len(days) - most; n > 0 {
		says += " and " + text.Count(n, "more day")
	}
	return says + "."
}
