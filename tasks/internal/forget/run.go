// Package forget erases guests on demand, from everything behind raw and, where that is asked for, from raw: the warehouse, now
// and at every later load; its file; the objects of staging and processed. Start with Run. What it does to a zone is in
// behind.go and lines.go, and receipt.go says what was done. Whoever is stopped anywhere runs it again.
package forget

import (
	"context"
	"errors"
	"time"

	"covers/tasks/internal/failpoint"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/forgotten"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse"
)

// Options are all that an erasure depends on.
type Options struct {
	Guests    []warehouse.Subject // who is meant
	Values    []string            // addresses by which they were looked for: raw is searched for these, too, where it is erased
	Zones     []Zone              // to erase in; raw is only looked through unless EraseRaw; the receipt is kept in processed
	EraseRaw  bool
	DryRun    bool
	By        string // who does it, for the receipt
	Reference string // what for: a number of the request, never a name
	Program   string // version, for the receipt
	Machine   machine.Machine

	// Open opens the warehouse. It is opened for reading first: a mistyped address is refused, where opening it for writing
	// would make an empty warehouse and remember the guests in it.
	Open func(context.Context, warehouse.Mode) (*warehouse.Warehouse, error)
	// Compact makes the warehouse's file anew, without what DuckDB keeps of deleted rows; it reports whether there is such a
	// file.
	Compact func(context.Context) (warehouse.Compacted, error)
}

// ZoneName is a zone of the lake by its place in the data's way.
type ZoneName string

// The zones that hold something of a guest.
const (
	Raw       ZoneName = "raw"
	Staging   ZoneName = "staging"
	Processed ZoneName = "processed"
)

// Zone is a zone of the lake, and for how many days its lifecycle keeps an object.
type Zone struct {
	Name ZoneName
	*lake.Zone
	Days int64
}

// Outcome is what was erased; of a dry run, what would be.
type Outcome struct {
	Asked   int64                  // guests
	Guests  []warehouse.FoundGuest // they, and whom merges connect with them, as they were before
	Reached warehouse.Forgotten
	Emptied map[ZoneName]Emptied
	Left    Found
	Receipt *Receipt // nil in a dry run, and where there was nothing to do
	Key     string   // of the receipt; empty where it is kept nowhere
}

// Changed reports whether anything was erased, or would be.
func (o Outcome) Changed() bool {
	changed := o.Reached.Subjects > 0
	for _, e := range o.Emptied {
		changed = changed || e.Objects > 0
	}
	return changed
}

// maxPasses bounds how often a zone is looked through. A second time is usual: it finds what was published meanwhile.
const maxPasses = 10

// Run erases. Beside an error that comes after the erasure from the warehouse the outcome says what was done. Without guests it
// finishes what an earlier run began, for all whom a person ever asked to forget.
func Run(ctx context.Context, o Options) (out Outcome, err error) {
	out.Asked, out.Emptied, out.Left.Remaining = int64(len(o.Guests)), map[ZoneName]Emptied{}, []Remains{}
	all, traces, err := out.reach(ctx, o)
	if err != nil {
		return out, err
	}
	now := o.Machine.Now().UTC().Truncate(time.Second)
	if out.Left.Gone, err = look(ctx, o.Zones, traces, now); err != nil {
		return out, err
	}
	if o.DryRun {
		return out, out.zones(ctx, o, func(context.Context) ([]warehouse.Subject, error) { return all, nil })
	}
	out.Receipt = newReceipt(o, now, out)
	if len(o.Guests) > 0 {
		if _, err := out.Receipt.keep(ctx, o.Zones); err != nil {
			return out, err
		}
	}
	if err := o.list(ctx, all); err != nil {
		return out, err
	}
	failpoint.Hit("forget/listed")
	if err := out.warehouse(ctx, o, now); err != nil {
		return out, err
	}
	failpoint.Hit("forget/erased")
	if err := out.zones(ctx, o, o.toForget); err != nil {
		return out, err
	}
	if out.Receipt.Compacted, err = o.Compact(ctx); err != nil {
		return out, err
	}
	failpoint.Hit("forget/compacted")
	if !out.Changed() && len(o.Guests) == 0 {
		out.Receipt = nil
		return out, nil
	}
	out.Receipt.reaches(out)
	out.Receipt.Done = true
	out.Key, err = out.Receipt.keep(ctx, o.Zones)
	return out, err
}

// reach looks into the warehouse: whom the erasure is about, with all whom a person asked to forget before, and where the guests'
// records came from.
func (out *Outcome) reach(ctx context.Context, o Options) (all []warehouse.Subject, traces []warehouse.Trace, err error) {
	w, err := o.Open(ctx, warehouse.ReadOnly)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if all, err = w.ToForget(ctx, o.Guests); err != nil || len(o.Guests) == 0 {
		return all, nil, err
	}
	if out.Guests, err = w.Describe(ctx, o.Guests); err != nil {
		return nil, nil, err
	}
	if out.Reached, err = w.Reach(ctx, o.Guests); err != nil {
		return nil, nil, err
	}
	traces, err = w.Traces(ctx, o.Guests)
	return all, traces, err
}

// toForget returns all whom a person ever asked to forget, as the warehouse has it now.
func (o Options) toForget(ctx context.Context) (all []warehouse.Subject, err error) {
	w, err := o.Open(ctx, warehouse.ReadOnly)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	return w.ToForget(ctx, nil)
}

// list writes the guests down for validation, before anything else: from then on nothing of them passes it.
func (o Options) list(ctx context.Context, all []warehouse.Subject) error {
	for _, z := range o.Zones {
		if z.Name != Staging || len(all) == 0 {
			continue
		}
		guests := make([]forgotten.Guest, len(all))
		for i, s := range all {
			guests[i] = forgotten.Guest{Platform: s.Platform, ID: s.CustomerID}
		}
		return forgotten.Add(ctx, z.Zone, guests)
	}
	return nil
}

// warehouse erases in the warehouse.
func (out *Outcome) warehouse(ctx context.Context, o Options, now time.Time) (err error) {
	if len(o.Guests) == 0 {
		return nil
	}
	w, err := o.Open(ctx, warehouse.ReadWrite)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	out.Receipt.Warehouse = w.URL()
	reached, err := w.Forget(ctx, o.Guests, out.Receipt.Receipt, now)
	if err == nil {
		out.Reached = reached
		out.Receipt.Erased = true
	}
	return err
}

// zones erases in the zones, each until a look finds nothing: what a step under way publishes meanwhile is found by the next. all
// returns whom to erase. A dry run, and raw unless it is to be erased, is looked through once.
func (out *Outcome) zones(ctx context.Context, o Options, all func(context.Context) ([]warehouse.Subject, error)) error {
	for _, z := range o.Zones {
		w := &zoneWork{Zone: z, Options: o}
		w.DryRun = o.DryRun || z.Name == Raw && !o.EraseRaw
		for pass := 1; ; pass++ {
			guests, err := all(ctx)
			if err != nil {
				return err
			}
			w.guests = map[warehouse.Subject]bool{}
			for _, s := range guests {
				w.guests[s] = true
			}
			e, err := w.erase(ctx)
			if err != nil {
				return err
			}
			total := out.Emptied[z.Name]
			total.add(e)
			if z.Name != Raw || o.EraseRaw {
				out.Emptied[z.Name] = total
			}
			if w.DryRun || e.Objects == 0 {
				break
			}
			if pass == maxPasses {
				return fault.New(fault.Temporary, "run it again when no other step runs",
					"in %s something of the guests is published again and again", z.URL())
			}
		}
		if z.Name != Raw || o.EraseRaw && !o.DryRun {
			continue
		}
		var err error
		if out.Left.Remaining, err = w.remaining(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (w *zoneWork) now() time.Time { return w.Machine.Now().UTC().Truncate(time.Second) }
