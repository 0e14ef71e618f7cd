package warehouse

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/failpoint"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/source"
)

// LoadOptions say what to load.
type LoadOptions struct {
	Processed *lake.Zone
	Days      []string         // YYYY-MM-DD; nil: every day of the zone
	Registry  *source.Registry // what the reference tables are to say; nil leaves them
	Revision  int64            // the contract's revision that this program knows
	Program   string           // its version, for the ledger
	Now       func() time.Time

	// Only, if there is one, names the readings to look at, each at the rank that is named with it. Of all others nothing is
	// taken, and no request to forget is heeded: the warehouse becomes a function of these alone.
	Only map[string]string

	// LeaveOut, if there is one, names readings that are not to be loaded yet, of all that the days' manifests name. Of those
	// only requests to forget are heeded; nothing is written to the ledger, so that a later load asks again. One that is loaded
	// already cannot be left out.
	LeaveOut func(ctx context.Context, readings []Taken) (map[string]bool, error)

	again map[string]bool // readings that are taken though the ledger has them at their rank; if there are any, no others are
}

// Loaded is what a load did.
type Loaded struct {
	Taken   []Taken // the readings, sorted
	Offered int     // readings that the days' manifests name
	Already int     // of them, loaded before
	Left    []Taken // of them, left out
	Held    []Taken // of them, those whose requests to forget wait for a person

	Readings []Taken // all that were offered, sorted; Before says which were there
	Counts   map[string]Counts

	Refused  int // of the readings taken, those that contribute no rows
	Replaced int // those that were there at an older rank

	Erasures            int64 // requests in the readings taken
	Absences            int64 // absent ids of the readings taken, but for those of kinds that are withheld
	Merges              int64 // merged guests, likewise
	Noted               int64 // accepted records of which a field was left out
	Unread              int64 // records that the platform has and did not give
	ErasedCustomers     int64 // guests who had not been erased before
	TouchedReservations int64 // bookings and guests whose current row was made again
	TouchedCustomers    int64
	ServiceDates        []string // on which a booking's current row changed, came or went
	Reference           bool     // the reference tables changed

	Durations map[string]float64 // seconds by part
}

// Counts are the rows of one kind in the readings taken. Received = Accepted + Quarantined + Merged; Landed, the rows that went
// into the table, = Accepted less what is withheld. In the ledger Merged, too, is counted in rows.
type Counts struct {
	Received    int64 `json:"received"`
	Accepted    int64 `json:"accepted"`
	Quarantined int64 `json:"quarantined"`
	Landed      int64 `json:"landed"`
	Merged      int64 `json:"merged,omitempty"`
}

// Unchanged reports whether there was nothing to do.
func (l Loaded) Unchanged() bool {
	return len(l.Taken) == 0 && !l.Reference && l.ErasedCustomers == 0
}

// Plan says what Load would take, and does nothing.
func (w *Warehouse) Plan(ctx context.Context, o LoadOptions) (Loaded, error) {
	p, err := w.plan(ctx, o)
	return p.loaded(), err
}

// PlanNew is Plan where there is no warehouse yet.
func PlanNew(ctx context.Context, o LoadOptions) (Loaded, error) {
	found, err := manifestsOf(ctx, o.Processed, o.Days)
	if err != nil {
		return Loaded{}, err
	}
	p, err := newPlan(found, known{}, o)
	if err == nil {
		err = p.leaveOut(ctx, o)
	}
	return p.loaded(), err
}

func (w *Warehouse) plan(ctx context.Context, o LoadOptions) (plan, error) {
	found, err := manifestsOf(ctx, o.Processed, o.Days)
	if err != nil {
		return plan{}, err
	}
	k, err := w.known(ctx)
	if err != nil {
		return plan{}, err
	}
	p, err := newPlan(found, k, o)
	if err == nil {
		err = p.leaveOut(ctx, o)
	}
	return p, err
}

// loaded describes a plan as if all of it had been loaded.
func (p plan) loaded() Loaded {
	offered := len(p.readings)
	l := Loaded{Taken: p.taken, Offered: offered, Already: offered - len(p.taken) - len(p.left), Left: p.left,
		Readings: p.readings, Counts: map[string]Counts{}}
	for _, t := range p.readings {
		if t.Held != "" && p.holds[t.Reading].Decision == "" {
			l.Held = append(l.Held, t)
		}
	}
	for _, t := range p.taken {
		if t.Refused {
			l.Refused++
		}
		if t.Before != "" {
			l.Replaced++
		}
		l.Erasures += t.Erasures
		l.Absences += t.Absences()
		l.Merges += t.Merges()
		l.Noted += t.noted()
		l.Unread += t.unread()
		for kind, n := range t.Counts {
			c := l.Counts[kind]
			c.Received += n.Received
			c.Accepted += n.Accepted
			c.Quarantined += n.Quarantined
			c.Landed += t.Rows[kind]
			c.Merged += n.Merged
			l.Counts[kind] = c
		}
	}
	return l
}

// Load takes what the ledger lacks of the days asked for, all of it or, on any error, nothing. Loads may run at once, and
// one may be repeated at any time: what is there is not taken again. Errors: a data fault when an object or a manifest is not
// what it should be or the counts do not balance, a usage fault for what a newer program wrote, a temporary fault when
// others keep the warehouse busy.
func (w *Warehouse) Load(ctx context.Context, o LoadOptions) (Loaded, error) {
	var unsure *Loaded
	var out Loaded
	looked := false
	err := w.anew(ctx, func() (err error) {
		out, err = w.load(ctx, o, unsure)
		if errors.Is(err, fs.ErrNotExist) && !looked {
			looked = true // an erasure on demand may have put another object in its place since the manifest was read
			return errStale
		}
		if uncertain, ok := errors.AsType[*uncertainCommit](err); ok {
			did := out
			unsure = &did
			zerolog.Ctx(ctx).Warn().Err(uncertain).Msg("no answer to the commit, asking the ledger")
		}
		return err
	})
	if err != nil {
		return Loaded{}, err
	}
	return out, nil
}

// load is one try of Load. unsure is what an earlier try did if its commit, whose answer was lost, took effect.
func (w *Warehouse) load(ctx context.Context, o LoadOptions, unsure *Loaded) (Loaded, error) {
	began := w.machine.Now()
	p, err := w.plan(ctx, o)
	if err != nil {
		return Loaded{}, err
	}
	stale, err := w.referenceDiffers(ctx, o.Registry)
	if err != nil {
		return Loaded{}, err
	}
	if !stale {
		o.Registry = nil // what another program writes meanwhile is newer, and stays
	}
	if unsure != nil && !stale && !p.takes(unsure.Taken) && len(p.erasing()) == 0 {
		return *unsure, nil
	}
	out := p.loaded()
	if len(p.taken)+len(p.erasing()) == 0 && !stale {
		return out, nil
	}
	log := zerolog.Ctx(ctx)
	log.Info().Int("readings", len(p.taken)).Int("manifests", len(p.manifests)).Int("already", out.Already).Msg("loading")
	durations := map[string]float64{"plan": w.machine.Since(began).Seconds()}
	ctx = w.engine.Tag(ctx, p.tag(w.machine, o))
	err = w.withTables(ctx, func(s session) error {
		if s.passed != p.passed {
			return errStale // it is another session than the one that read the ledger
		}
		began = w.machine.Now()
		landed, err := s.land(ctx, o.Processed, p)
		if err != nil {
			return err
		}
		if err := s.list(ctx, p, o); err != nil {
			return err
		}
		durations["land"] = w.machine.Since(began).Seconds()
		failpoint.Hit("load/landed")
		began = w.machine.Now()
		defer func() { durations["transaction"] = w.machine.Since(began).Seconds() }()
		return w.patiently(ctx, func() error {
			var err error
			out, err = s.transaction(ctx, p, landed, o)
			return err
		})
	})
	out.Durations = durations
	if err != nil {
		return out, err // for a try whose commit had no answer
	}
	if unsure != nil && len(unsure.Taken) > 0 && !p.takes(unsure.Taken) {
		return *unsure, nil // it had taken effect; what is erased again changed nothing
	}
	log.Info().Int("readings", len(out.Taken)).Int64("touched_reservations", out.TouchedReservations).
		Int64("touched_customers", out.TouchedCustomers).Int64("erased_customers", out.ErasedCustomers).Msg("loaded")
	return out, nil
}

// takes reports whether any of these readings is still to be taken.
func (p plan) takes(readings []Taken) bool {
	return slices.ContainsFunc(readings, func(r Taken) bool {
		return slices.ContainsFunc(p.taken, func(t Taken) bool { return t.Reading == r.Reading })
	})
}

// transaction is the load from the gate to the commit. After a lost answer to the commit, a repeated load finds in the ledger
// what became of it.
func (s session) transaction(ctx context.Context, p plan, landed rowsAt, o LoadOptions) (out Loaded, err error) {
	err = s.transact(ctx, func(s session) (bool, error) {
		if err := s.takeGate(ctx); err != nil { // else nobody has loaded since the ledger was read, and the plan holds
			return false, err
		}
		out = p.loaded()
		if len(p.taken)+len(p.erasing()) > 0 {
			if err := s.contribute(ctx, p, landed, &out); err != nil {
				return false, err
			}
		}
		if out.Reference, err = s.writeReference(ctx, o.Registry); err != nil {
			return false, err
		}
		failpoint.Hit("load/before-commit")
		return !out.Unchanged() || len(p.erasing()) > 0, nil
	})
	if err == nil {
		failpoint.Hit("load/after-commit")
	}
	return out, err
}
