package report

import (
	"context"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/report/sheet"
	"covers/tasks/internal/reservation"
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
	drift    map[change]int64
	dropped  int64 // records whose change was one too many to list
	unread   int64 // quarantines that are gone or broken

	figureless bool // what the bookings brought is not known
}

// work is what a source's readings took, and how far its newest one came.
type work struct {
	readings, requests, raw, staged int64 // numbers, bytes
	took                            time.Duration
	day                             string // of the newest reading
	read, checked, loaded           time.Time
}

// change is something that a platform sends and the contract does not know.
type change struct{ platform, kind, field, reason, rule string }

// maxDrift bounds the changes that are told apart: a field's name may be anything.
const maxDrift = 100

// drifting are the reasons that speak of a platform that changed, not of a record that is wrong.
var drifting = map[string]bool{
	reservation.ReasonUnknownStatus: true, reservation.ReasonUnknownValue: true, reservation.ReasonType: true, reservation.ReasonMissing: true,
}

func newJournal(days []string) *journal {
	return &journal{days: days, lines: map[string]*sheet.Line{}, kinds: map[string][]string{}, work: map[string]*work{}, drift: map[change]int64{}}
}

// add takes a day's sheet and what it was drawn from.
func (a *journal) add(f sheet.Facts, s sheet.Sheet) {
	a.findings = append(a.findings, s.Findings...)
	a.expected += len(f.Sources)
	for _, l := range s.Lines {
		a.addLine(l)
	}
	for _, src := range f.Sources {
		w := a.work[src.ID]
		for _, r := range f.Readings[src.ID] {
			w.readings++
			w.requests += r.Requests
			w.took += r.FinishedAt.Sub(r.StartedAt)
			w.raw += size(r.Objects) + size(r.RequestLog)
			if r.FinishedAt.After(w.read) {
				w.read, w.day = r.FinishedAt, f.Day
			}
		}
		for _, r := range f.Results[src.ID] {
			w.staged += size(r.Objects)
			if r.WrittenAt.After(w.checked) {
				w.checked = r.WrittenAt
			}
		}
		for _, e := range f.Ledger {
			if e.Source == src.ID && e.LoadedAt.After(w.loaded) {
				w.loaded = e.LoadedAt
			}
		}
	}
}

func (a *journal) addLine(l sheet.Line) {
	if a.work[l.Source] == nil {
		a.order, a.work[l.Source] = append(a.order, l.Source), &work{}
	}
	key := l.Source + " " + l.Kind
	sum := a.lines[key]
	if sum == nil {
		sum = &sheet.Line{Source: l.Source, Kind: l.Kind, Reasons: map[string]int64{}}
		a.lines[key], a.kinds[l.Source] = sum, append(a.kinds[l.Source], l.Kind)
	}
	sum.Listed += l.Listed
	sum.Received += l.Received
	sum.Repeated += l.Repeated
	sum.Gone += l.Gone
	sum.Absent += l.Absent
	sum.Accepted += l.Accepted
	sum.Quarantined += l.Quarantined
	sum.Loaded += l.Loaded
	sum.Withheld += l.Withheld
	sum.Current += l.Current
	for reason, n := range l.Reasons {
		sum.Reasons[reason] += n
	}
}

func size(objects []lake.Object) (bytes int64) {
	for _, o := range objects {
		bytes += o.Bytes
	}
	return bytes
}

// addDrift reads a day's quarantine for what the platforms changed. Quarantines are small: above a share of the records a reading is
// refused, and then its manifest says why. One that expired before its manifest, or is broken, holds up no report.
func (a *journal) addDrift(ctx context.Context, staging *lake.Zone, f sheet.Facts) error {
	for _, src := range f.Sources {
		for _, r := range f.Results[src.ID] {
			for _, o := range r.Objects {
				if o.Kind != lake.KindQuarantine {
					continue
				}
				err := parquetrows.Read(ctx, staging, o, func(batch []reservation.Refusal) error {
					for _, x := range batch {
						a.changed(src.Platform, x)
					}
					return nil
				})
				if fault.KindOf(err) == fault.Data {
					zerolog.Ctx(ctx).Warn().Err(err).Str("reading", r.Reading).Msg("a quarantine cannot be read")
					a.unread++
					continue
				}
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (a *journal) changed(platform string, x reservation.Refusal) {
	if !drifting[x.Reason] {
		return
	}
	c := change{platform, x.Kind, x.Field, x.Reason, x.Rule}
	if _, known := a.drift[c]; !known {
		if len(a.drift) >= maxDrift {
			a.dropped++
			return
		}
		c = change{platform, strings.Clone(x.Kind), strings.Clone(x.Field), strings.Clone(x.Reason), strings.Clone(x.Rule)} // x is void after the batch
	}
	a.drift[c]++
}
