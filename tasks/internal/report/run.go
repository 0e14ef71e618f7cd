// Package report draws up the balance sheet of a day or a range of days, and makes a page of it for people. What is true of a day
// is package sheet's; this package turns it into words and charts, beside what the bookings say, and package page into HTML.
// Start with Run.
package report

import (
	"context"

	"github.com/rs/zerolog"

	"covers/contract"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/quality"
	"covers/tasks/internal/report/page"
	"covers/tasks/internal/report/sheet"
	"covers/tasks/internal/source"
	"covers/tasks/internal/warehouse"
)

// Options are what a run is told.
type Options struct {
	Days         []string // one after the other, without a gap
	Registry     *source.Registry
	Raw, Staging *lake.Zone
	Processed    *lake.Zone           // has the weeks before, and takes the page
	Warehouse    *warehouse.Warehouse // nil: there is none yet, so it has nothing of any day
	Program      string               // version, for the page's foot
}

// Outcome is what a run found.
type Outcome struct {
	Sheets []sheet.Sheet // one a day
	Page   []byte        // HTML
	Key    string        // of the page in processed
}

// Run draws the days' sheets and their page, and stores the page in place of the one of an earlier run.
func Run(ctx context.Context, o Options) (out Outcome, err error) {
	known, err := readWarehouse(ctx, o.Warehouse, o.Days)
	if err != nil {
		return out, err
	}
	j, history := newJournal(o.Days), quality.NewHistory(o.Processed)
	j.figureless = known.figureless
	for _, day := range o.Days {
		s, err := o.draw(ctx, day, known, history, j)
		if err != nil {
			return out, err
		}
		out.Sheets = append(out.Sheets, s)
	}
	p, err := j.page(o.Registry, known.figures, o.Program)
	if err != nil {
		return out, err
	}
	if out.Page, err = page.Write(p); err != nil {
		return out, err
	}
	out.Key = lake.PagePrefix + p.Days + ".html" // one for each day and each range, so that a later run replaces it
	if err := o.Processed.PutPage(ctx, out.Key, out.Page); err != nil {
		return out, err
	}
	logFindings(ctx, sheet.Findings(out.Sheets))
	zerolog.Ctx(ctx).Info().Str("page", o.Processed.URL()+"/"+out.Key).Int("bytes", len(out.Page)).Msg("the report is stored")
	return out, nil
}

// draw draws a day's sheet and enters the day in the journal.
func (o Options) draw(
	ctx context.Context, day string, known knowledge, history *quality.History, j *journal,
) (sheet.Sheet, error) {
	f := sheet.Facts{
		Day: day, Revision: contract.Get().Revision, Sources: o.Registry.Expected(day),
		Ledger: known.ledger[day], Current: known.current, Regressed: known.regressed,
		Holds: known.holdsOf(day, o.Days),
	}
	if err := f.ReadLake(ctx, o.Raw, o.Staging, history); err != nil {
		return sheet.Sheet{}, err
	}
	s := sheet.Draw(f)
	if known.figureless {
		s.Findings = append(s.Findings, noFigures(day))
	}
	j.add(f, s)
	return s, j.drift.read(ctx, o.Staging, f)
}

// logFindings logs each finding, up to as many as the page lists.
func logFindings(ctx context.Context, all []sheet.Finding) {
	for _, f := range all[:min(shown, len(all))] {
		event := zerolog.Ctx(ctx).Warn()
		if f.IsError() {
			event = zerolog.Ctx(ctx).Error()
		}
		event.Str("day", f.Day).Str("source", f.Source).Str("finding", string(f.Kind)).Str("next", f.Next).Msg(f.What)
	}
}
