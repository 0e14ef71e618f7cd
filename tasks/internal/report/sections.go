package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"covers/tasks/internal/report/page"
	"covers/tasks/internal/report/sheet"
	"covers/tasks/internal/source"
)

// noSource stands where no restaurant and no account is read on the days.
const noSource = "No source is read for these days."

// balance accounts for every record: each column follows from those before it.
func (j *journal) balance() page.Section {
	lines := j.sums()
	t := page.Table{Caption: "Records by source", Head: []string{"Source", "Records"}, Text: 2, Wide: true, Empty: noSource}
	t.Rows, t.Foot = make([][]string, len(lines)), []string{"All", ""}
	for i, l := range lines {
		t.Rows[i] = []string{l.Source, kindName(l.Kind)}
	}
	for _, c := range sheet.Columns(lines) {
		t.Head = append(t.Head, columnName(c.Name))
		sum := int64(0)
		for i, l := range lines {
			t.Rows[i] = append(t.Rows[i], page.Count(c.Of(l)))
			sum += c.Of(l)
		}
		t.Foot = append(t.Foot, page.Count(sum))
	}
	return page.Section{
		ID: "balance", Title: "From the platforms to the warehouse", Tables: []page.Table{t},
		Text: "Every entry that a platform listed is accounted for. Listed is received, repeated (a list is read more than " +
			"once, to be sure) or gone before it could be fetched. Received is accepted or refused; accepted is loaded. " +
			"Current is what no later reading has replaced.",
	}
}

// columnName is what people call a column of the balance.
func columnName(name string) string {
	if name == "quarantined" {
		return "Refused"
	}
	return capital(name)
}

// quarantine says what was refused, and in plain words why.
func (j *journal) quarantine() page.Section {
	records, sources := map[string]int64{}, map[string][]string{} // by reason
	for _, l := range j.sums() {
		for reason, n := range l.Reasons {
			records[reason] += n
			if !slices.Contains(sources[reason], l.Source) {
				sources[reason] = append(sources[reason], l.Source)
			}
		}
	}
	t := page.Table{
		Caption: "Refused records by reason", Head: []string{"What was wrong", "Reason", "Sources", "Records"}, Text: 3,
		Wide: true, Empty: "Nothing was refused.",
	}
	for _, reason := range slices.SortedFunc(maps.Keys(records), func(a, b string) int {
		return cmp.Or(cmp.Compare(records[b], records[a]), cmp.Compare(a, b))
	}) {
		names := slices.Sorted(slices.Values(sources[reason]))
		t.Rows = append(t.Rows, []string{reasonMeans[reason], reason, few(names), page.Count(records[reason])})
	}
	received, refused := j.receivedRefused()
	return page.Section{
		ID: "quarantine", Title: "What was refused", Tables: []page.Table{t},
		Text: fmt.Sprintf("%s of %s records (%s) were refused and kept aside. A few are normal. A record with two reasons is "+
			"counted under both. “validate quarantine” shows where each one is.",
			page.Count(refused), page.Count(received), page.Percent(refused, received)),
	}
}

// freshness says how far the data reaches.
func (j *journal) freshness(r *source.Registry) page.Section {
	t := page.Table{
		Caption: "Newest data by source, times in UTC",
		Head:    []string{"Source", "Where", "Newest day", "Read", "Checked", "Loaded"},
		Text:    3, Wide: true, Empty: noSource,
	}
	for _, id := range j.order {
		w := j.work[id]
		day := page.Unknown
		if w.day != "" {
			day = page.ShortDay(w.day)
		}
		t.Rows = append(t.Rows, []string{id, whereOf(id, r), day, page.Instant(w.read), page.Instant(w.checked),
			page.Instant(w.loaded)})
	}
	return page.Section{
		ID: "freshness", Title: "How fresh it is", Tables: []page.Table{t},
		Text: "A day is read once it is over. Raw data expires: where nothing is known of a reading any more, its time is left " +
			"out.",
	}
}

// effort says what reading took.
func (j *journal) effort(r *source.Registry) page.Section {
	t := page.Table{
		Caption: "Readings by source", Head: []string{"Source", "Where", "Readings", "Requests", "Time", "Received", "Checked"},
		Text: 2, Wide: true, Empty: noSource,
	}
	var all work
	for _, id := range j.order {
		w := j.work[id]
		all.readings += w.readings
		all.requests += w.requests
		all.took += w.took
		all.raw += w.raw
		all.staged += w.staged
		t.Rows = append(t.Rows, append([]string{id, whereOf(id, r)}, w.cells()...))
	}
	t.Foot = append([]string{"All", ""}, all.cells()...)
	return page.Section{
		ID: "effort", Title: "What it took", Tables: []page.Table{t},
		Text: "How long the platforms were asked, with how many requests, and how much is stored of it: as received, and after " +
			"it was checked.",
	}
}

func (w work) cells() []string {
	return []string{page.Count(w.readings), page.Count(w.requests), page.Span(w.took), page.Bytes(w.raw), page.Bytes(w.staged)}
}
