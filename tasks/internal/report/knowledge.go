package report

import (
	"context"
	"slices"

	"github.com/rs/zerolog"

	"covers/contract"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/report/sheet"
	"covers/tasks/internal/warehouse"
)

// knowledge is what the warehouse knows of the days.
type knowledge struct {
	ledger     map[string][]warehouse.Entry // by day
	current    map[warehouse.DaySource]map[string]int64
	regressed  []warehouse.Regression
	holds      []warehouse.Hold
	figures    warehouse.Figures
	figureless bool // the figures could not be made, and are empty
}

func readWarehouse(ctx context.Context, w *warehouse.Warehouse, days []string) (k knowledge, err error) {
	if w == nil {
		return knowledge{ledger: map[string][]warehouse.Entry{}}, nil
	}
	err = w.Moment(ctx, func(m *warehouse.Moment) error {
		k, err = readMoment(ctx, m, days)
		return err
	})
	return k, err
}

// readMoment reads all that the days' sheets and their page say of the warehouse.
func readMoment(ctx context.Context, m *warehouse.Moment, days []string) (k knowledge, err error) {
	k.ledger = map[string][]warehouse.Entry{}
	ledger, err := m.Ledger(ctx, days)
	if err != nil {
		return k, err
	}
	for _, e := range ledger {
		k.ledger[e.Day] = append(k.ledger[e.Day], e)
	}
	if len(ledger) > 0 {
		readings := warehouse.ReadingsOf(ledger)
		if k.current, err = m.CurrentCounts(ctx, readings); err != nil {
			return k, err
		}
		if k.regressed, err = m.Regressed(ctx, readings); err != nil {
			return k, err
		}
	}
	if k.holds, err = m.Holds(ctx); err != nil {
		return k, err
	}
	k.figures, err = m.Figures(ctx, since(days), days[0], days[len(days)-1])
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

// holdsOf returns the holds that a day's sheet is to tell of: the day's own, and on the last of the days those of all others,
// so that a report is red for as long as something is held.
func (k knowledge) holdsOf(day string, days []string) (out []warehouse.Hold) {
	for _, h := range k.holds {
		id, err := lake.ParseReadingID(h.Reading)
		if err == nil && id.Day == day || day == days[len(days)-1] && !slices.Contains(days, id.Day) {
			out = append(out, h)
		}
	}
	return out
}

// noFigures warns that the page says nothing of what the bookings bring. It is no reason to fail: the balance does not need them.
func noFigures(day string) sheet.Finding {
	return sheet.Finding{
		Day: day, Source: "warehouse", Kind: sheet.NoFigures, Severity: contract.SeverityWarning,
		What: "the bookings' numbers could not be added up",
		Next: "see the log of report for the cause; where an amount or a number cannot be right, have it corrected at the " +
			"platform, load the day again, then run report again",
	}
}
