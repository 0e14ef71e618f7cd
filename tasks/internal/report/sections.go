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
			"once, to be sure), gone before it could be fetched, or not read because the platform did not give it. Received is " +
			"accepted or refused, and of guests also merged: the platform keeps one record of two. Accepted is loaded. Current " +
			"is what no later reading has replaced.",
	}
}

// columnName is what people call a column of the balance.
func columnName(name string) string {
	switch name {
	case "quarantined":
		return "Refused"
	case "unread":
		return "Not read"
	}
	return capital(name)
}

// byWord is how many records of which sources there are of each of some words.
type byWord struct {
	records map[string]int64
	sources map[string][]string
}

// add takes a source's.
func (b *byWord) add(source string, records map[string]int64) {
	if b.records == nil {
		b.records, b.sources = map[string]int64{}, map[string][]string{}
	}
	for word, n := range records {
		b.records[word] += n
		if !slices.Contains(b.sources[word], source) {
			b.sources[word] = append(b.sources[word], source)
		}
	}
}

// words are sorted, those of most records first.
func (b *byWord) words() []string {
	return slices.SortedFunc(maps.Keys(b.records), func(x, y string) int {
		return cmp.Or(cmp.Compare(b.records[y], b.records[x]), cmp.Compare(x, y))
	})
}

// cells are the sources and the number of records of a word.
func (b *byWord) cells(word string) []string {
	return []string{few(slices.Sorted(slices.Values(b.sources[word]))), page.Count(b.records[word])}
}

// quarantine says what was refused, and in plain words why.
func (j *journal) quarantine() page.Section {
	var refusals byWord // by reason
	for _, l := range j.sums() {
		refusals.add(l.Source, l.Reasons)
	}
	t := page.Table{
		Caption: "Refused records by reason", Head: []string{"What was wrong", "Reason", "Sources", "Records"}, Text: 3,
		Wide: true, Empty: "Nothing was refused.",
	}
	for _, reason := range refusals.words() {
		t.Rows = append(t.Rows, append([]string{reasonMeans[reason], reason}, refusals.cells(reason)...))
	}
	received, refused := j.receivedRefused()
	return page.Section{
		ID: "quarantine", Title: "What was refused", Tables: []page.Table{t, j.notes()},
		Text: fmt.Sprintf("%s of %s records (%s) were refused and kept aside. A few are normal. A record with two reasons is "+
			"counted under both. “validate quarantine” shows where each one is.",
			page.Count(refused), page.Count(received), page.Percent(refused, received)),
	}
}

// mostNotes bounds the fields that the page names: there are as many as a platform's records have, times the reasons.
const mostNotes = 40

// notes says which fields were left out of records that are in.
func (j *journal) notes() page.Table {
	var notes byWord // by reason and field
	for _, l := range j.sums() {
		notes.add(l.Source, l.Notes)
	}
	t := page.Table{
		Caption: "Records accepted without a field that could not be read", Text: 4, Wide: true,
		Head:  []string{"What was wrong", "Reason", "Field", "Sources", "Records"},
		Empty: "Every field of what was accepted could be read.",
	}
	words := notes.words()
	for _, note := range words[:min(mostNotes, len(words))] {
		reason, field, _ := strings.Cut(note, " ")
		words := []string{reasonMeans[reason], reason, page.Shorten(field, mostName)}
		t.Rows = append(t.Rows, append(words, notes.cells(note)...))
	}
	if more := len(words) - mostNotes; more > 0 {
		t.Caption += fmt.Sprintf(", the %d most frequent of %d", mostNotes, len(words))
	}
	return t
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
