package warehouse

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/warehouse/engine"
)

// momentTries is how often a moment is looked for: a load ends every some minutes, and a report's queries take seconds.
const momentTries = 5

// Moment is the warehouse as it was at one moment: one session, nothing is written.
type Moment struct{ s session }

// Moment runs work on the warehouse as it stands. Where something was loaded or erased meanwhile, work is run again from its
// beginning, a few times, and then that is a temporary fault. There is no transaction: not every engine holds still for one,
// and an error within would end it, so that nothing more could be asked.
func (w *Warehouse) Moment(ctx context.Context, work func(*Moment) error) error {
	patience := engine.NewPatience(w.machine, engine.FirstPause, engine.LastPause, engine.Outage)
	for try := 1; ; try++ {
		err := w.outlast(ctx, func() error {
			return w.with(ctx, func(s session) error {
				if err := work(&Moment{s}); err != nil {
					return err
				}
				return w.unmoved(ctx, s)
			})
		})
		if !errors.Is(err, errStale) {
			return err
		}
		if try == momentTries {
			return fault.New(fault.Temporary, "run again while nothing is loaded",
				"read %s: something was loaded or erased meanwhile, %d times", w.url, try)
		}
		zerolog.Ctx(ctx).Info().Msg("something was loaded or erased meanwhile, reading again")
		if err := patience.Wait(ctx); err != nil {
			return w.engine.Explain(ctx, "wait for another session", err)
		}
	}
}

// Ledger returns the entries of days as Warehouse.Ledger does.
func (m *Moment) Ledger(ctx context.Context, days []string) ([]Entry, error) {
	return m.s.ledger(ctx, slices.Min(days), slices.Max(days), func(r *ledgerRow) bool { return slices.Contains(days, r.Day) })
}

// Readings are the readings of a span of days, and when all they have was read.
type Readings struct {
	first, last string
	from, until time.Time
}

// ReadingsOf says what is to be looked at for the days of these entries. A reading has its start's time, and ends within a day,
// since an older attempt may not publish. A clock that was set meanwhile has a day of its own.
func ReadingsOf(entries []Entry) Readings {
	var r Readings
	for i, e := range entries {
		if i == 0 || e.Day < r.first {
			r.first = e.Day
		}
		r.last = max(r.last, e.Day)
		if i == 0 || e.ReadAt.Before(r.from) {
			r.from = e.ReadAt
		}
		if e.ReadAt.After(r.until) {
			r.until = e.ReadAt
		}
	}
	r.from, r.until = r.from.AddDate(0, 0, -1), r.until.AddDate(0, 0, 2)
	return r
}

// bounds are a query's arguments.
func (r Readings) bounds() []any {
	return []any{r.first, r.last, r.from.UTC().Format(engine.TimestampForm), r.until.UTC().Format(engine.TimestampForm)}
}
