package report

import (
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/report/sheet"
)

// journal gathers over the days what their page says of the run. What it keeps grows with the sources, the reasons and the
// findings, not with the records.
type journal struct {
	days     []string
	order    []string // sources as they come, each once
	lines    map[string]*sheet.Line
	kinds    map[string][]string // of a source
	work     map[string]*work
	findings []sheet.Finding
	expected int // sources, each day anew
	drift    drift

	figureless bool // what the bookings brought is not known
}

// work is what a source's readings took, and how far its newest one came.
type work struct {
	readings, requests, raw, staged int64 // numbers, bytes
	took                            time.Duration
	day                             string // of the newest reading
	read, checked, loaded           time.Time
}

func newJournal(days []string) *journal {
	return &journal{
		days: days, lines: map[string]*sheet.Line{}, kinds: map[string][]string{}, work: map[string]*work{},
		drift: drift{records: map[deviation]int64{}},
	}
}

// add takes a day's sheet and what it was drawn from.
func (j *journal) add(f sheet.Facts, s sheet.Sheet) {
	j.findings = append(j.findings, s.Findings...)
	j.expected += len(f.Sources)
	for _, l := range s.Lines {
		j.addLine(l)
	}
	for _, src := range f.Sources {
		j.work[src.ID].add(f, src.ID)
	}
}

func (j *journal) addLine(l sheet.Line) {
	if j.work[l.Source] == nil {
		j.order, j.work[l.Source] = append(j.order, l.Source), &work{}
	}
	key := l.Source + " " + l.Kind
	sum := j.lines[key]
	if sum == nil {
		sum = &sheet.Line{Source: l.Source, Kind: l.Kind, Reasons: map[string]int64{}, Notes: map[string]int64{}}
		j.lines[key], j.kinds[l.Source] = sum, append(j.kinds[l.Source], l.Kind)
	}
	sum.Add(l)
}

// sums returns the lines of all sources, by source and kind.
func (j *journal) sums() (lines []sheet.Line) {
	for _, src := range j.order {
		for _, kind := range j.kinds[src] {
			lines = append(lines, *j.lines[src+" "+kind])
		}
	}
	return lines
}

// add takes what a day's facts say of a source's readings.
func (w *work) add(f sheet.Facts, source string) {
	for _, r := range f.Readings[source] {
		w.readings++
		w.requests += r.Requests
		w.took += r.FinishedAt.Sub(r.StartedAt)
		w.raw += size(r.Objects) + size(r.RequestLog)
		if r.FinishedAt.After(w.read) {
			w.read, w.day = r.FinishedAt, f.Day
		}
	}
	for _, r := range f.Results[source] {
		w.staged += size(r.Objects)
		if r.WrittenAt.After(w.checked) {
			w.checked = r.WrittenAt
		}
	}
	for _, e := range f.Ledger {
		if e.Source == source && e.LoadedAt.After(w.loaded) {
			w.loaded = e.LoadedAt
		}
	}
}

func size(objects []lake.Object) (bytes int64) {
	for _, o := range objects {
		bytes += o.Bytes
	}
	return bytes
}
