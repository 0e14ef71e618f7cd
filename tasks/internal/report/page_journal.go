package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"covers/tasks/internal/report/page"
	"covers/tasks/internal/report/sheet"
	"covers/tasks/internal/source"
	"covers/tasks/internal/warehouse"
)

// page makes what is shown of all that was gathered.
func (a *journal) page(r *source.Registry, f warehouse.Figures, program string) page.Page {
	groups := grouped(a.findings)
	from, until := a.days[0], a.days[len(a.days)-1]
	p := page.Page{Title: page.Day(from), Days: from, State: stateOf(groups)}
	if from != until {
		p.Title, p.Days = page.Day(from)+" to "+page.Day(until), from+".."+until
	}
	p.Headline = a.headline(groups, p.State, r)
	p.Findings, p.More = a.findingsOf(groups, r)
	switch {
	case a.nothingRead():
		p.Compare = "What other days' readings brought of " + plain(len(a.days), "this day", "these days") + " is not shown: it is only a part."
	case a.figureless: // noughts would be taken for what the days brought
		p.Compare = "The numbers of the bookings could not be added up: there is none here, and no chart."
	default:
		now, before, periods := compared(a.days, f, r)
		p.Cards = cards(now, before, periods)
		p.Compare = whenDecided(compareText(a.days, periods), now.Tally, periods)
		p.Charts = chartsOf(a.days, f, r)
	}
	p.Run = []page.Section{a.balance(), a.quarantine(), a.changes(), a.freshness(r), a.effort(r)}
	p.Footer = []string{
		"Guests are counted on the date of their meal, on the restaurant's own clock; a day's readings hold what changed on that day (UTC).",
		"Made by Covers " + program + " from the warehouse and the manifests of " + p.Days + ".",
	}
	return p
}

// sums are the lines of all sources, by source and kind.
func (a *journal) sums() (lines []sheet.Line) {
	for _, src := range a.order {
		for _, kind := range a.kinds[src] {
			lines = append(lines, *a.lines[src+" "+kind])
		}
	}
	return lines
}

// balance accounts for every record: each column follows from those before it.
func (a *journal) balance() page.Section {
	columns := []struct {
		name string
		of   func(sheet.Line) int64
		rare bool // shown where there is any
	}{
		{"Listed", func(l sheet.Line) int64 { return l.Listed }, false},
		{"Received", func(l sheet.Line) int64 { return l.Received }, false},
		{"Repeated", func(l sheet.Line) int64 { return l.Repeated }, false},
		{"Gone", func(l sheet.Line) int64 { return l.Gone }, false},
		{"Absent", func(l sheet.Line) int64 { return l.Absent }, true},
		{"Accepted", func(l sheet.Line) int64 { return l.Accepted }, false},
		{"Refused", func(l sheet.Line) int64 { return l.Quarantined }, false},
		{"Loaded", func(l sheet.Line) int64 { return l.Loaded }, false},
		{"Withheld", func(l sheet.Line) int64 { return l.Withheld }, true},
		{"Current", func(l sheet.Line) int64 { return l.Current }, false},
	}
	lines := a.sums()
	t := page.Table{Caption: "Records by source", Head: []string{"Source", "Records"}, Text: 2, Wide: true, Empty: "No source is read for these days."}
	rows := make([][]string, len(lines))
	for i, l := range lines {
		rows[i] = []string{l.Source, kindName(l.Kind)}
	}
	foot := []string{"All", ""}
	for _, c := range columns {
		if c.rare && !slices.ContainsFunc(lines, func(l sheet.Line) bool { return c.of(l) > 0 }) {
			continue
		}
		t.Head = append(t.Head, c.name)
		sum := int64(0)
		for i, l := range lines {
			rows[i] = append(rows[i], page.Count(c.of(l)))
			sum += c.of(l)
		}
		foot = append(foot, page.Count(sum))
	}
	t.Rows, t.Foot = rows, foot
	return page.Section{
		ID: "balance", Title: "From the platforms to the warehouse", Tables: []page.Table{t},
		Text: "Every entry that a platform listed is accounted for. Listed is received, repeated (a list is read more than once, to be sure) or gone " +
			"before it could be fetched. Received is accepted or refused; accepted is loaded. Current is what no later reading has replaced.",
	}
}

// quarantine says what was refused, and in plain words why.
func (a *journal) quarantine() page.Section {
	type reason struct {
		name    string
		records int64
		sources map[string]bool
	}
	byName := map[string]*reason{}
	received, refused := int64(0), int64(0)
	for _, l := range a.sums() {
		received, refused = received+l.Received, refused+l.Quarantined
		for name, n := range l.Reasons {
			if byName[name] == nil {
				byName[name] = &reason{name: name, sources: map[string]bool{}}
			}
			byName[name].records += n
			byName[name].sources[l.Source] = true
		}
	}
	sorted := slices.SortedFunc(maps.Values(byName), func(a, b *reason) int {
		return cmp.Or(cmp.Compare(b.records, a.records), cmp.Compare(a.name, b.name))
	})
	t := page.Table{
		Caption: "Refused records by reason", Head: []string{"What was wrong", "Reason", "Sources", "Records"}, Text: 3, Wide: true, Empty: "Nothing was refused.",
	}
	for _, x := range sorted {
		t.Rows = append(t.Rows, []string{reasonMeans[x.name], x.name, few(slices.Sorted(maps.Keys(x.sources))), page.Count(x.records)})
	}
	return page.Section{
		ID: "quarantine", Title: "What was refused", Tables: []page.Table{t},
		Text: fmt.Sprintf("%s of %s records (%s) were refused and kept aside. A few are normal. A record with two reasons is counted under both. "+
			"“validate quarantine” shows where each one is.", page.Count(refused), page.Count(received), page.Percent(refused, received)),
	}
}

// few lists some of many names.
func few(names []string) string {
	const most = 4
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
}

// changes says what the platforms send that the contract does not know.
func (a *journal) changes() page.Section {
	t := page.Table{
		Caption: "Fields that are not as documented", Head: []string{"Field", "Of", "What was sent", "Expected", "Records"}, Text: 4, Wide: true,
		Empty: "Nothing new was seen in these days.",
	}
	sorted := slices.SortedFunc(maps.Keys(a.drift), func(x, y change) int {
		return cmp.Or(cmp.Compare(a.drift[y], a.drift[x]), cmp.Compare(fmt.Sprint(x), fmt.Sprint(y)))
	})
	for _, c := range sorted {
		field := c.field
		if field == "" {
			field = "(the record)"
		}
		t.Rows = append(t.Rows, []string{
			page.Shorten(field, mostName), platformName(c.platform) + " " + kindName(c.kind), changeMeans[c.reason], page.Shorten(c.rule, 90), page.Count(a.drift[c]),
		})
	}
	text := "What the platforms may have changed: refused records whose status, values or fields the contract does not know. The same field in many records " +
		"at once is a change; in a few, a mistake. Fields that Covers does not use are passed over and do not show here."
	if a.dropped > 0 {
		text += fmt.Sprintf(" %s further records are of changes beyond the first %d.", page.Count(a.dropped), maxDrift)
	}
	if a.unread > 0 {
		text += " " + plural(int(a.unread), "quarantine") + " could not be read, and what is in there is not counted here."
	}
	return page.Section{ID: "drift", Title: "What the platforms changed", Text: text, Tables: []page.Table{t}}
}

// freshness says how far the data reaches.
func (a *journal) freshness(r *source.Registry) page.Section {
	t := page.Table{
		Caption: "Newest data by source, times in UTC", Head: []string{"Source", "Where", "Newest day", "Read", "Checked", "Loaded"}, Text: 3, Wide: true,
		Empty: "No source is read for these days.",
	}
	for _, id := range a.order {
		w := a.work[id]
		day := page.Unknown
		if w.day != "" {
			day = page.ShortDay(w.day)
		}
		t.Rows = append(t.Rows, []string{id, whereOf(id, r), day, page.Instant(w.read), page.Instant(w.checked), page.Instant(w.loaded)})
	}
	return page.Section{ID: "freshness", Title: "How fresh it is", Tables: []page.Table{t},
		Text: "A day is read once it is over. Raw data expires: where nothing is known of a reading any more, its time is left out."}
}

// effort says what reading took.
func (a *journal) effort(r *source.Registry) page.Section {
	t := page.Table{
		Caption: "Readings by source", Head: []string{"Source", "Where", "Readings", "Requests", "Time", "Received", "Checked"}, Text: 2, Wide: true,
		Empty: "No source is read for these days.",
	}
	var all work
	for _, id := range a.order {
		w := a.work[id]
		all.readings, all.requests, all.took, all.raw, all.staged = all.readings+w.readings, all.requests+w.requests, all.took+w.took, all.raw+w.raw, all.staged+w.staged
		t.Rows = append(t.Rows, append([]string{id, whereOf(id, r)}, w.cells()...))
	}
	t.Foot = append([]string{"All", ""}, all.cells()...)
	return page.Section{ID: "effort", Title: "What it took", Tables: []page.Table{t},
		Text: "How long the platforms were asked, with how many requests, and how much is stored of it: as received, and after it was checked."}
}

func (w work) cells() []string {
	return []string{page.Count(w.readings), page.Count(w.requests), page.Span(w.took), page.Bytes(w.raw), page.Bytes(w.staged)}
}
