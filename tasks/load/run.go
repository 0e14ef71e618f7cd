package main

import (
	"context"
	"errors"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse"
)

// Options are all that a load needs to know.
type Options struct {
	Warehouse string // URL
	Load      warehouse.LoadOptions
	DryRun    bool
	SQL       bool // a dry run shows its statements in full
}

// Outcome is what a load did, or in a dry run would do.
type Outcome struct {
	warehouse.Loaded
	DryRun     bool
	SQL        bool                  // show the statements in full
	Statements []warehouse.Statement // of a dry run: the same for any number of rows
	LeftOut    []leftOut             // readings that the contract's expectations speak against
}

// Run loads. A dry run opens the warehouse for reading only, and makes nothing where there is none.
// Readings that are not as expected are left out and named; the others are loaded.
func Run(ctx context.Context, o Options) (out Outcome, err error) {
	g := newGate(o.Load)
	o.Load.LeaveOut = g.leaveOut
	defer func() { out.LeftOut = g.leftOutOf(out.Loaded) }()
	if o.DryRun {
		return dryRun(ctx, o)
	}
	w, err := warehouse.Open(ctx, machine.This(), o.Warehouse, warehouse.ReadWrite)
	if err != nil {
		return out, err
	}
	// Closing writes nothing that the commit did not: an error of it beside a loaded day is reported, and the day is there.
	defer func() { err = errors.Join(err, closeErr(w)) }()
	out.Loaded, err = w.Load(ctx, o.Load)
	return out, err
}

func dryRun(ctx context.Context, o Options) (out Outcome, err error) {
	out.DryRun, out.SQL = true, o.SQL
	if out.Statements, err = warehouse.LoadStatements(o.Warehouse); err != nil {
		return out, err
	}
	w, err := warehouse.Open(ctx, machine.This(), o.Warehouse, warehouse.ReadOnly)
	if errors.Is(err, warehouse.ErrMissing) {
		out.Loaded, err = warehouse.PlanNew(ctx, o.Load)
		return out, err
	}
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, closeErr(w)) }()
	out.Loaded, err = w.Plan(ctx, o.Load)
	return out, err
}

func closeErr(w *warehouse.Warehouse) error {
	if err := w.Close(); err != nil {
		return fault.New(fault.Unavailable, "run again: what is loaded is not loaded twice", "close the warehouse: %w", err)
	}
	return nil
}
