// Package erasures lists the requests to forget guests that are held, and writes down what a person decides of them: confirmed
// ones erase, refused ones do not. Start with Run. Which are held is validate's to say, and what a decision does the
// warehouse's. No guest is named: a decision is about all requests of a reading.
package erasures

import (
	"context"
	"errors"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse"
)

// Options are all that the verb depends on.
type Options struct {
	Confirm []string // readings
	Refuse  []string
	By      string // who decides
	DryRun  bool
	Program string // version, for the decision
	Machine machine.Machine
	Open    func(context.Context, warehouse.Mode) (*warehouse.Warehouse, error)
}

// Outcome is what was decided, and what there is afterwards.
type Outcome struct {
	Decided []Decided
	Holds   []warehouse.Hold
}

// Decided is a decision on one reading.
type Decided struct {
	Reading  string             `json:"reading"`
	Decision warehouse.Decision `json:"decision"`
	Changed  bool               `json:"changed"`  // it was not decided so before
	Requests int64              `json:"requests"` // that it is about
	Erased   int64              `json:"erased"`   // guests who had not been erased before

	CustomerObservations    int64 `json:"customer_observations"`    // emptied
	ReservationObservations int64 `json:"reservation_observations"` // that lost the guest's id
}

// Waiting returns the readings of which nobody has decided yet.
func (o Outcome) Waiting() (out []warehouse.Hold) {
	for _, h := range o.Holds {
		if h.Waits() {
			out = append(out, h)
		}
	}
	return out
}

// Changed reports whether something was decided.
func (o Outcome) Changed() bool {
	for _, d := range o.Decided {
		if d.Changed {
			return true
		}
	}
	return false
}

// Run decides, one reading after the other, then lists. Beside an error the outcome says what was decided before it.
func Run(ctx context.Context, o Options) (out Outcome, err error) {
	decisions, err := o.decisions()
	if err != nil {
		return out, err
	}
	mode := warehouse.ReadOnly
	if len(decisions) > 0 && !o.DryRun {
		mode = warehouse.ReadWrite
		// A mistyped address is refused, where opening it for writing would make an empty warehouse.
		there, err := o.Open(ctx, warehouse.ReadOnly)
		if err != nil {
			return out, err
		}
		if err := there.Close(); err != nil {
			return out, err
		}
	}
	w, err := o.Open(ctx, mode)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if !o.DryRun {
		for _, d := range decisions {
			did, err := w.Decide(ctx, d.Reading, d.Decision,
				warehouse.Decider{By: o.By, At: o.Machine.Now(), Program: o.Program})
			if err != nil {
				return out, err
			}
			d.Changed, d.Requests, d.Erased = did.Changed, did.Requests, did.Subjects
			d.CustomerObservations, d.ReservationObservations = did.CustomerObservations, did.ReservationObservations
			out.Decided = append(out.Decided, d)
		}
	}
	if out.Holds, err = w.Holds(ctx); err != nil || !o.DryRun {
		return out, err
	}
	for _, d := range decisions {
		for _, h := range out.Holds {
			if h.Reading == d.Reading {
				d.Requests, d.Changed = h.Requests, h.Decision != d.Decision
			}
		}
		out.Decided = append(out.Decided, d)
	}
	return out, nil
}

// decisions returns what is to be decided, in the order that was asked for.
func (o Options) decisions() (all []Decided, err error) {
	asked := map[string]warehouse.Decision{}
	for _, of := range []struct {
		readings []string
		decision warehouse.Decision
	}{{o.Confirm, warehouse.Confirmed}, {o.Refuse, warehouse.RefusedRequests}} {
		for _, reading := range of.readings {
			if _, err := lake.ParseReadingID(reading); err != nil {
				return nil, fault.New(fault.Usage, "name it as `care erasures` lists it", "%q is no reading: %w", reading, err)
			}
			if before, ok := asked[reading]; ok {
				if before != of.decision {
					return nil, fault.New(fault.Usage, "decide once", "reading %s is to be confirmed and refused", reading)
				}
				continue
			}
			asked[reading] = of.decision
			all = append(all, Decided{Reading: reading, Decision: of.decision})
		}
	}
	if len(all) > 0 && o.By == "" {
		return nil, fault.New(fault.Usage, "give --operator or set COVERS_OPERATOR", "who decides is not known")
	}
	return all, nil
}
