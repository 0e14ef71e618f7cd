package warehouse

import (
	"context"
	"errors"
	"slices"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
)

// Restored says what taking back erasures did; of a dry run, what it would do.
type Restored struct {
	Changed  bool // they had not been taken back before
	Requests int64
	Guests   int64    // whom the reading had erased
	Readings []string // that were taken again, since an erasure had emptied rows of theirs
	Still    int64    // of the guests, those who stay erased: a person asked for it, another reading, or a merge
}

// TakeBack takes back the erasures that a reading brought. The readings whose rows they emptied are taken again from the
// processed zone, each at the rank that is loaded or a newer one, so that all becomes as if the requests had been held. What a
// person asked for (Forget), and what another reading brought, stays. A reading that the zone has no more is a data fault, and
// nothing is done.
func (w *Warehouse) TakeBack(ctx context.Context, o LoadOptions, reading string, by Decider, dryRun bool) (out Restored,
	err error) {
	var unsure *Restored // what an earlier try did if its commit, whose answer was lost, took effect
	err = w.anew(ctx, func() error {
		k, err := w.known(ctx)
		if err != nil {
			return err
		}
		err = w.withTables(ctx, func(s session) error {
			if s.passed != k.passed {
				return errStale
			}
			out, err = w.takeBack(ctx, s, takingBack{LoadOptions: o, reading: reading, by: by, known: k}, dryRun)
			return err
		})
		if _, ok := errors.AsType[*uncertainCommit](err); ok {
			did := out
			unsure = &did
		}
		return err
	})
	if err == nil && unsure != nil && !out.Changed {
		return *unsure, nil // it had taken effect
	}
	return out, err
}

// takingBack is the work on one reading's erasures.
type takingBack struct {
	LoadOptions
	known
	reading string
	by      Decider
	guests  []Subject // whom the reading had erased
	plan    plan      // of the readings that are taken again
}

func (w *Warehouse) takeBack(ctx context.Context, s session, t takingBack, dryRun bool) (out Restored, err error) {
	if t.guests, err = allOf[Subject](ctx, s, broughtQuery, t.reading); err != nil {
		return out, err
	}
	if len(t.guests) == 0 {
		if t.holds[t.reading].Decision == TakenBack {
			return out, nil
		}
		return out, fault.New(fault.Data,
			"`load status` names the readings and `care erasures` what of them is held: that is refused there, not taken back",
			"take back erasures: reading %s has erased nobody", t.reading)
	}
	if err := s.name(ctx, t.guests); err != nil {
		return out, err
	}
	if err := t.planAgain(ctx, s); err != nil {
		return out, err
	}
	out = Restored{Changed: true, Guests: int64(len(t.guests))}
	for _, r := range t.plan.taken {
		out.Readings = append(out.Readings, r.Reading)
	}
	if dryRun {
		return out, nil
	}
	landed, err := s.land(ctx, t.Processed, t.plan)
	if err != nil {
		return out, err
	}
	if err := s.list(ctx, t.plan, t.LoadOptions); err != nil {
		return out, err
	}
	if err := s.name(ctx, t.guests); err != nil { // landing made the tables anew
		return out, err
	}
	return out, w.patiently(ctx, func() error {
		return s.transact(ctx, func(s session) (bool, error) {
			err := s.restore(ctx, t, landed, &out)
			return err == nil, err
		})
	})
}

// planAgain plans the readings whose rows the erasures emptied, and refuses where one of them cannot be had any more.
func (t *takingBack) planAgain(ctx context.Context, s session) error {
	type row struct {
		Reading string `sql:"reading"`
	}
	emptied, err := allOf[row](ctx, s, emptiedQuery)
	if err != nil {
		return err
	}
	t.again, t.Only, t.LeaveOut, t.Days = map[string]bool{}, nil, nil, []string{}
	for _, e := range emptied {
		id, err := lake.ParseReadingID(e.Reading)
		if err != nil {
			return fault.New(fault.Data, "`care verify` says what is wrong with the warehouse", "take back erasures: %w", err)
		}
		t.again[e.Reading] = true
		if !slices.Contains(t.Days, id.Day) {
			t.Days = append(t.Days, id.Day)
		}
	}
	found, err := manifestsOf(ctx, t.Processed, t.Days)
	if err != nil {
		return err
	}
	hold := t.holds[t.reading]
	hold.Reading, hold.Decision, hold.Requests = t.reading, TakenBack, max(hold.Requests, 1) // what is held of it is made anew
	t.holds[t.reading] = hold
	if t.plan, err = newPlan(found, t.known, t.LoadOptions); err != nil {
		return err
	}
	for _, r := range t.plan.taken {
		delete(t.again, r.Reading)
	}
	if n := len(t.again); n > 0 {
		first := ""
		for r := range t.again {
			if first == "" || r < first {
				first = r
			}
		}
		return fault.New(fault.Data, "run transform for the days where staging still has their results, validate before it "+
			"where raw still has their records; then run this again. Where neither has, what was erased cannot come back",
			"take back erasures of %s: of %d readings that lost something, %s does not have %d, the first %s; nothing was "+
				"changed",
			t.reading, len(emptied), t.Processed.URL(), n, first)
	}
	return nil
}

// restore is the transaction, from the gate to the decision.
func (s session) restore(ctx context.Context, t takingBack, landed rowsAt, out *Restored) (err error) {
	if err := s.takeGate(ctx); err != nil {
		return err
	}
	if out.Requests, err = s.exec(ctx, takeBack[0], t.reading); err != nil {
		return err
	}
	if _, err := s.exec(ctx, takeBack[1], t.reading); err != nil {
		return err
	}
	for _, st := range takeBack[2:] {
		if _, err := s.exec(ctx, st); err != nil {
			return err
		}
	}
	if _, err := s.until(ctx, connected); err != nil {
		return err
	}
	if len(t.plan.taken) > 0 {
		loaded := t.plan.loaded()
		if err := s.contribute(ctx, t.plan, landed, &loaded); err != nil {
			return err
		}
	}
	still, err := oneOf[stillErased](ctx, s, stillErasedQuery)
	if err != nil {
		return err
	}
	out.Still = still.Guests
	return s.writeDecision(ctx, t.reading, TakenBack, out.Requests, t.by)
}

// stillErased is the one row of sql/query/still_erased.sql.
type stillErased struct {
	Guests int64 `sql:"guests"`
}
