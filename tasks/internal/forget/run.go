// Package forget erases guests from the warehouse, now and at every later load, and tells what of them is still in the lake.
// Start with Run. The lake is only looked through (look.go), and the receipt (receipt.go) is all that is written there.
package forget

import (
	"context"
	"errors"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse"
)

// Options are all that an erasure depends on.
type Options struct {
	Platform  string
	Customers []string // the platform's ids of the guests
	Zones     []Zone   // to look through; the receipt is kept in processed, if that is among them
	DryRun    bool
	Program   string // version, for the receipt
	Machine   machine.Machine

	// Open opens the warehouse. It is opened for reading first: a mistyped address is refused, where opening it for writing
	// would make an empty warehouse and remember the guests in it.
	Open func(context.Context, warehouse.Mode) (*warehouse.Warehouse, error)
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
	Asked   int64 // guests
	Reached warehouse.Forgotten
	Left    Found
	Receipt *Receipt // nil in a dry run
	Key     string   // of the receipt; empty where it is kept nowhere
}

// Run erases. Beside an error that comes after the erasure the outcome says what was done.
func Run(ctx context.Context, o Options) (out Outcome, err error) {
	subjects := make([]warehouse.Subject, len(o.Customers))
	for i, id := range o.Customers {
		subjects[i] = warehouse.Subject{Platform: o.Platform, CustomerID: id}
	}
	out.Asked = int64(len(subjects))
	traces, err := out.reach(ctx, o, subjects)
	if err != nil {
		return out, err
	}
	now := o.Machine.Now().UTC().Truncate(time.Second)
	if out.Left, err = look(ctx, o.Zones, traces, now); err != nil || o.DryRun {
		return out, err
	}
	w, err := o.Open(ctx, warehouse.ReadWrite)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	out.Receipt = newReceipt(o, w.URL(), now, out.Left)
	out.Receipt.reaches(out.Asked, out.Reached)
	if _, err := out.Receipt.keep(ctx, o.Zones); err != nil {
		return out, err
	}
	if out.Reached, err = w.Forget(ctx, subjects, out.Receipt.Receipt, now); err != nil {
		return out, err
	}
	out.Receipt.reaches(out.Asked, out.Reached)
	out.Receipt.Done = true
	out.Key, err = out.Receipt.keep(ctx, o.Zones)
	return out, err
}

// reach looks into the warehouse, and returns where the guests' records came from.
func (out *Outcome) reach(ctx context.Context, o Options, subjects []warehouse.Subject) (traces []warehouse.Trace, err error) {
	w, err := o.Open(ctx, warehouse.ReadOnly)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if out.Reached, err = w.Reach(ctx, subjects); err != nil {
		return nil, err
	}
	return w.Traces(ctx, subjects)
}
