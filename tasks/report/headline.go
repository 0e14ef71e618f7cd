package main

import (
	"cmp"
	"slices"
	"strings"

	"covers/tasks/internal/source"
	"covers/tasks/report/page"
)

// urgency orders findings for people: first what is not in the numbers at all. The others follow as they come.
var urgency = []string{"missing", "stale", "refused", "not loaded", "not validated", "not stable", "unbalanced"}

func urgencyOf(f Finding) int {
	at := slices.Index(urgency, f.Finding)
	if at < 0 {
		at = len(urgency)
	}
	if f.Severity != SeverityError {
		at += 100
	}
	return at
}

// group is one finding of one source on all days that have it.
type group struct {
	Finding
	days []string
}

// grouped gathers the findings of the days, the most urgent first.
func grouped(all []Finding) []group {
	var out []group
	at := map[[4]string]int{}
	for _, f := range all {
		key := [4]string{f.Source, f.Finding, f.Severity, f.Next}
		i, known := at[key]
		if !known {
			i = len(out)
			at[key], out = i, append(out, group{Finding: f})
		}
		if !slices.Contains(out[i].days, f.Day) {
			out[i].days = append(out[i].days, f.Day)
		}
	}
	slices.SortStableFunc(out, func(a, b group) int { return cmp.Compare(urgencyOf(a.Finding), urgencyOf(b.Finding)) })
	return out
}

// stateOf says how the days stand.
func stateOf(groups []group) page.State {
	state := page.InOrder
	for _, g := range groups {
		if g.Severity == SeverityError {
			return page.NotInOrder
		}
		state = page.Doubtful
	}
	return state
}

// headline says in a sentence or two whether the days can be trusted.
func (a *account) headline(groups []group, state page.State, r *source.Registry) string {
	switch {
	case a.expected == 0:
		return "Nothing was expected: no restaurant is read for " + plain(len(a.days), "this day", "these days") + "."
	case state == page.InOrder:
		return "Everything that was expected arrived, was checked and is in the numbers below."
	case state == page.Doubtful:
		return "Everything that was expected arrived and is in the numbers below, but something about it is unusual."
	}
	var said []string
	for _, part := range []struct{ finding, text string }{
		{"missing", "Nothing was read from "}, {"stale", "Out of date: "}, {"refused", "Left out because too much was wrong: "},
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

// namesOf lists the sources with a finding that is an error: three by name, the others by number.
func namesOf(groups []group, finding string, r *source.Registry) string {
	var names []string
	for _, g := range groups {
		if name := whereOf(g.Source, r); g.Finding.Finding == finding && g.Severity == SeverityError && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	const named = 3
	if len(names) > named+1 {
		return strings.Join(names[:named], ", ") + " and " + page.Count(int64(len(names)-named)) + " more"
	}
	if len(names) > 1 {
		return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
	}
	return strings.Join(names, "")
}

// whereOf names a source for people: "TheFork, Covers Paris". What is no source stays as it is.
func whereOf(id string, r *source.Registry) string {
	src, err := r.Source(id)
	switch {
	case err != nil:
		return id
	case src.RestaurantID == 0:
		return platformName(src.Platform) + ", the guests of " + page.Shorten(src.Name, mostName)
	}
	return platformName(src.Platform) + ", " + page.Shorten(src.Name, mostName)
}

// mostName is how much of a name is shown where a sentence holds it.
const mostName = 60

// shown is how many findings the page lists.
const shown = 60

// findingsOf makes the page's list.
func (a *account) findingsOf(groups []group, r *source.Registry) (list []page.Finding, more int) {
	if len(groups) > shown {
		groups, more = groups[:shown], len(groups)-shown
	}
	for _, g := range groups {
		title := findingMeans[g.Finding.Finding]
		if title == "" {
			title = g.Finding.Finding
		}
		list = append(list, page.Finding{
			Warning: g.Severity != SeverityError, Where: whereOf(g.Source, r), Title: title, What: capital(g.What) + ".", Next: g.Next, Dates: a.datesOf(g.days),
		})
	}
	return list, more
}

// datesOf says on which of several days.
func (a *account) datesOf(days []string) string {
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
