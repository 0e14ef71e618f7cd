// Package unforget takes back the erasures that a reading brought, for as long as the processed zone has what they emptied.
// Start with Run. What it does to the tables is the warehouse's. A guest whom a person asked to forget stays erased, and so
// does one whom another reading asks to forget.
package unforget

import (
	"context"
	"errors"

	"covers/contract"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse"
)

// Options are all that the verb depends on.
type Options struct {
	Reading   string
	Processed *lake.Zone
	By        string // who decides
	DryRun    bool
	Program   string // version, for the decision and the ledger
	Machine   machine.Machine
	Open      func(context.Context, warehouse.Mode) (*warehouse.Warehouse, error)
}

// Run takes back. A dry run changes nothing and says what would be taken again.
func Run(ctx context.Context, o Options) (out warehouse.Restored, err error) {
	if _, err := lake.ParseReadingID(o.Reading); err != nil {
		return out, fault.New(fault.Usage, "name it as `load status --json` and results do", "%q is no reading: %w",
			o.Reading, err)
	}
	if o.By == "" {
		return out, fault.New(fault.Usage, "give --operator or set COVERS_OPERATOR", "who decides is not known")
	}
	there, err := o.Open(ctx, warehouse.ReadOnly) // a mistyped address is refused, and not made
	if err != nil {
		return out, err
	}
	if err := there.Close(); err != nil {
		return out, err
	}
	mode := warehouse.ReadWrite
	if o.DryRun {
		mode = warehouse.ReadOnly
	}
	w, err := o.Open(ctx, mode)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	load := warehouse.LoadOptions{
		Processed: o.Processed, Revision: contract.Get().Revision, Program: o.Program, Now: o.Machine.Now,
	}
	by := warehouse.Decider{By: o.By, At: o.Machine.Now(), Program: o.Program}
	return w.TakeBack(ctx, load, o.Reading, by, o.DryRun)
}
