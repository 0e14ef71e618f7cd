package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"covers/contract"
	"covers/tasks/internal/report/page"
	"covers/tasks/internal/report/sheet"
	"covers/tasks/internal/source"
)

// urgency orders findings for people: first what is not in the numbers at all. The others follow as they come.
var urgency = []string{"missing", "stale", "refused", "left out", "not loaded", "not validated", "not stable", "unbalanced"}

func urgencyOf(f sheet.Finding) int {
	at := slices.Index(urgency, f.Finding)
	if at < 0 {
		at = len(urgency)
	}
	if f.Severity != contract.SeverityError {
		at += 100
	}
	return at
}

// group is one finding with all the sources and days that have it alike.
type group struct {
	sheet.Finding
	days, sources []string
}

// grouped gathers the findings of the days, the most urgent first: of a source those that are mended alike, then of all sources
// those that say the same of the same days.
func grouped(all []sheet.Finding) []group {
	bySource := gather(all, func(f sheet.Finding) string { return join(f.Source, f.Finding, f.Severity, f.Next) }, func(g *group, f sheet.Finding) {
		if !slices.Contains(g.days, f.Day) {
			g.days = append(g.days, f.Day)
		}
	}, func(f sheet.Finding) group { return group{Finding: f} })
	out := gather(bySource, func(g group) string { return join(g.Finding.Finding, g.Severity, g.What, g.Next, join(g.days...)) }, func(to *group, g group) {
		to.sources = append(to.sources, g.Source)
	}, func(g group) group { return g })
	slices.SortStableFunc(out, func(a, b group) int { return cmp.Compare(urgencyOf(a.Finding), urgencyOf(b.Finding)) })
	return out
}

// gather makes one group of all that have a key, in the order of the first of each.
func gather[T any](all []T, key func(T) string, add func(*group, T), begin func(T) group) (out []group) {
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

// stateOf says how the days stand.
func stateOf(groups []group) page.State {
	state := page.InOrder
	for _, g := range groups {
		if g.Severity == contract.SeverityError {
			return page.NotInOrder
		}
		state = page.Doubtful
	}
	return state
}

// headline says in a sentence or two whether the days can be trusted.
func (a *journal) headline(groups []group, state page.State, r *source.Registry) string {
	switch {
	case a.expected == 0:
		return "Nothing was expected: no restaurant is read for " + plain(len(a.days), "this day", "these days") + "."
	case state == page.InOrder:
		return "Everything that was expected arrived, was checked and is in the numbers below" + a.refusedText() + "."
	case state == page.Doubtful && a.figureless:
		return "Everything that was expected arrived, but the numbers of the bookings could not be added up."
	case state == page.Doubtful:
		return "Everything that was expected arrived and is in the numbers below" + a.refusedText() + "; something about it is unusual."
	}
	if a.nothingRead() {
		return "Nothing was read of " + plain(len(a.days), "this day", "these days") + ". There are no numbers until that is mended."
	}
	var said []string
	for _, part := range []struct{ finding, text string }{
		{"missing", "Nothing was read from "}, {"stale", "Out of date: "}, {"refused", "Left out because too much was wrong: "},
		{"left out", "Left out because it is nothing like this weekday usually is: "},
	} {
		if names := namesOf(groups, part.finding, r); names != "" {
			said = append(said, part.text+names+".")
		}
	}
	if said == nil {
		return "Something went wrong on the way. The numbers below may not be complete; what to do stands below."
	}
	return strings.Join(said, " ") + " The numbers below lack it until that is mended."
}

// nothingRead says whether each source that was expected is missing, on every day, and nothing else is wrong.
func (a *journal) nothingRead() bool {
	missing := 0
	for _, f := range a.findings {
		switch {
		case f.Finding == "missing":
			missing++
		case f.Severity == contract.SeverityError:
			return false
		}
	}
	return a.expected > 0 && missing == a.expected
}

// refusedText says how many records are in no number, where there are such.
func (a *journal) refusedText() string {
	var refused, received int64
	for _, l := range a.sums() {
		refused, received = refused+l.Quarantined, received+l.Received
	}
	if refused == 0 {
		return ""
	}
	return fmt.Sprintf(", but for %s of %s records (%s) that were refused", page.Count(refused), page.Count(received), page.Percent(refused, received))
}

// namesOf lists the sources with a finding that is an error.
func namesOf(groups []group, finding string, r *source.Registry) string {
	var ids []string
	for _, g := range groups {
		if g.Finding.Finding == finding && g.Severity == contract.SeverityError {
			ids = append(ids, g.sources...)
		}
	}
	return listed(ids, 3, r)
}

// listed names so many sources, each once, and says how many more there are.
func listed(ids []string, most int, r *source.Registry) string {
	var names []string
	for _, id := range ids {
		if name := whereOf(id, r); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) > most+1 {
		return strings.Join(names[:most], ", ") + " and " + page.Count(int64(len(names)-most)) + " more"
	}
	if len(names) > 1 {
		return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
	}
	return strings.Join(names, "")
}

// whereOf names a source for people: "Covers Paris (TheFork)". What is no source stays as it is.
func whereOf(id string, r *source.Registry) string {
	src, err := r.Source(id)
	switch {
	case err != nil:
		return page.Shorten(id, mostName)
	case src.RestaurantID == 0:
		return "guests of " + page.Shorten(src.Name, mostName) + " (" + platformName(src.Platform) + ")"
	}
	return page.Shorten(src.Name, mostName) + " (" + platformName(src.Platform) + ")"
}

// mostName is how much of a name is shown where a sentence holds it.
const mostName = 60

// shown is how many findings the page lists.
const shown = 60

// findingsOf makes the page's list.
func (a *journal) findingsOf(groups []group, r *source.Registry) (list []page.Finding, more int) {
	if len(groups) > shown {
		groups, more = groups[:shown], len(groups)-shown
	}
	for _, g := range groups {
		title := findingMeans[g.Finding.Finding]
		if title == "" {
			title = g.Finding.Finding
		}
		list = append(list, page.Finding{
			Warning: g.Severity != contract.SeverityError, Where: listed(g.sources, 12, r), Title: title, What: capital(g.What) + ".", Next: g.Next, Dates: a.datesOf(g.days),
		})
	}
	return list, more
}

// datesOf says on which of several days.
func (a *journal) datesOf(days []string) string {
	if len(a.days) == 1 {
		return ""
	}
	const listed = 5
	var out []string
	for _, d := range days[:min(len(days), listed)] {
		out = append(out, page.ShortDay(d))
	}
	text := "On " + strings.Join(out, ", ")
	if n := len(days) - listed; n > 0 {
		text += " and " + plural(n, "more day")
	}
	return text + "."
}

func plain(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
