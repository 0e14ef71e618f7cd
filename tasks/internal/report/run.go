package report

import (
	"context"

	"github.com/rs/zerolog"

	"covers/contract"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
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
	Processed    *lake.Zone           // for the page
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
	from, until := o.Days[0], o.Days[len(o.Days)-1]
	known, err := readWarehouse(ctx, o.Warehouse, o.Days)
	if err != nil {
		return out, err
	}
	journal := newJournal(o.Days)
	for _, day := range o.Days {
		f := sheet.Facts{
			Day: day, Revision: contract.Get().Revision, Sources: o.Registry.Expected(day),
			Ledger: known.ledger[day], Current: known.current, Regressed: known.regressed,
		}
		if err := f.ReadLake(ctx, o.Raw, o.Staging); err != nil {
			return out, err
		}
		s := sheet.Draw(f)
		if known.figureless {
			s.Findings = append(s.Findings, noFigures(day))
		}
		out.Sheets = append(out.Sheets, s)
		journal.add(f, s)
		if err := journal.addDrift(ctx, o.Staging, f); err != nil {
			return out, err
		}
	}
	journal.figureless = known.figureless
	if out.Page, err = page.Write(journal.page(o.Registry, known.figures, o.Program)); err != nil {
		return out, err
	}
	out.Key = pageKey(from, until)
	if err := o.Processed.PutPage(ctx, out.Key, out.Page); err != nil {
		return out, err
	}
	logFindings(ctx, out.Sheets)
	zerolog.Ctx(ctx).Info().Str("page", o.Processed.URL()+"/"+out.Key).Int("bytes", len(out.Page)).Msg("the report is stored")
	return out, nil
}

// logFindings says each finding in the log, up to as many as the page lists.
func logFindings(ctx context.Context, sheets []sheet.Sheet) {
	all := sheet.Findings(sheets)
	for _, f := range all[:min(shown, len(all))] {
		event := zerolog.Ctx(ctx).Warn()
		if f.Severity == contract.SeverityError {
			event = zerolog.Ctx(ctx).Error()
		}
		event.Str("day", f.Day).Str("source", f.Source).Str("finding", f.Finding).Str("next", f.Next).Msg(f.What)
	}
}

// pageKey is the page's place in processed: one for each day and each range, so that a later run replaces it.
func pageKey(from, until string) string {
	if from == until {
		return lake.PagePrefix + from + ".html"
	}
	return lake.PagePrefix + from + ".." + until + ".html"
}

// knowledge is what the warehouse knows of the days.
type knowledge struct {
	ledger     map[string][]warehouse.Entry // by day
	current    map[warehouse.DaySource]map[string]int64
	regressed  []warehouse.Regression
	figures    warehouse.Figures
	figureless bool // the figures could not be made, and are empty
}

func readWarehouse(ctx context.Context, w *warehouse.Warehouse, days []string) (k knowledge, err error) {
	k.ledger = map[string][]warehouse.Entry{}
	if w == nil {
		return k, nil
	}
	ledger, err := w.Ledger(ctx, days)
	if err != nil {
		return k, err
	}
	for _, e := range ledger {
		k.ledger[e.Day] = append(k.ledger[e.Day], e)
	}
	if k.current, err = w.CurrentCounts(ctx); err != nil {
		return k, err
	}
	if k.regressed, err = w.Regressed(ctx); err != nil {
		return k, err
	}
	k.figures, err = w.Figures(ctx, since(days), days[0], days[len(days)-1])
	switch kind := fault.KindOf(err); {
	case err == nil:
		return k, nil
	case ctx.Err() != nil, kind != fault.Data && kind != fault.Defect: // what another try may mend
		return k, err
	}
	zerolog.Ctx(ctx).Warn().Err(err).Msg("the figures cannot be made; the balance stands without them")
	k.figures, k.figureless = warehouse.Figures{}, true
	return k, nil
}

// noFigures warns that the page says nothing of what the bookings bring. It is no reason to fail: the balance does not need them.
func noFigures(day string) sheet.Finding {
	return sheet.Finding{
		Day: day, Source: "warehouse", Finding: "no figures", Severity: contract.SeverityWarning, What: "the bookings' numbers could not be added up",
		Next: "see the log of report for the cause; where an amount or a number cannot be right, have it corrected at the platform, load the day again, then run report again",
	}
}
