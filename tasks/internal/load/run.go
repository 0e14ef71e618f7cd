// Package load brings the processed results of days into the warehouse, and answers questions about what is there: Status lists
// what is loaded, Explain follows a reservation back to the platform's answer. The load itself is package warehouse's; here it is
// decided which readings are loaded at all (gate.go). Start with Run. The package opens no zone and chooses no warehouse.
package load

import (
	"context"
	"errors"

	"covers/contract"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/source"
	"covers/tasks/internal/warehouse"
)

// Open opens the warehouse.
type Open func(context.Context, warehouse.Mode) (*warehouse.Warehouse, error)

// Options are all that a load needs to know.
type Options struct {
	Machine   machine.Machine // its clock
	Open      Open
	Processed *lake.Zone
	Days      []string // YYYY-MM-DD; nil for every day of the zone
	Registry  *source.Registry
	Program   string // version, for the ledger

	DryRun     bool
	Statements func() ([]warehouse.Statement, error) // of a load into the warehouse, for a dry run to show
}

// Outcome is what a load did, or in a dry run would do.
type Outcome struct {
	warehouse.Loaded
	LeftOut    []LeftOut // readings that the contract's expectations speak against
	DryRun     bool
	Statements []warehouse.Statement // of a dry run: the same for any number of rows
}

// Run loads. Readings that are not as expected are left out and named, and the others are loaded. A dry run opens the warehouse
// for reading only, and makes nothing where there is none.
func Run(ctx context.Context, o Options) (out Outcome, err error) {
	g := newGate(o.Registry, o.Processed)
	load := warehouse.LoadOptions{
		Processed: o.Processed, Days: o.Days, Registry: o.Registry, Revision: contract.Get().Revision, Program: o.Program,
		Now: o.Machine.Now, LeaveOut: g.leaveOut,
	}
	if o.DryRun {
		out, err = dryRun(ctx, o, load)
	} else {
		out.Loaded, err = loadInto(ctx, o.Open, load)
	}
	out.LeftOut = g.leftOutOf(out.Loaded)
	return out, err
}

func loadInto(ctx context.Context, open Open, load warehouse.LoadOptions) (loaded warehouse.Loaded, err error) {
	w, err := open(ctx, warehouse.ReadWrite)
	if err != nil {
		return loaded, err
	}
	// Closing writes nothing that the commit did not: an error of it beside a loaded day is reported, and the day is there.
	defer func() { err = errors.Join(err, closeErr(w)) }()
	return w.Load(ctx, load)
}

func dryRun(ctx context.Context, o Options, load warehouse.LoadOptions) (out Outcome, err error) {
	out.DryRun = true
	if out.Statements, err = o.Statements(); err != nil {
		return out, err
	}
	w, err := o.Open(ctx, warehouse.ReadOnly)
	if errors.Is(err, warehouse.ErrMissing) {
		out.Loaded, err = warehouse.PlanNew(ctx, load)
		return out, err
	}
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, closeErr(w)) }()
	out.Loaded, err = w.Plan(ctx, load)
	return out, err
}

func closeErr(w *warehouse.Warehouse) error {
	if err := w.Close(); err != nil {
		return fault.New(fault.Unavailable, "run again: what is loaded is not loaded twice", "close the warehouse: %w", err)
	}
	return nil
}
