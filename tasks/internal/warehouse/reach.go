package warehouse

import (
	"context"

	"covers/tasks/internal/fault"
)

var (
	reachQuery  = query("reach")
	tracesQuery = query("traces")
)

// Reach says what Forget of these guests would do, and does nothing: a warehouse opened for reading will do.
func (w *Warehouse) Reach(ctx context.Context, subjects []Subject) (out Forgotten, err error) {
	if len(subjects) == 0 {
		return out, fault.New(fault.Usage, "name at least one guest", "forget: nobody")
	}
	err = w.anew(ctx, func() error {
		return w.withTables(ctx, func(s session) (err error) {
			if err := s.name(ctx, subjects); err != nil {
				return err
			}
			out, err = s.reach(ctx)
			return err
		})
	})
	return out, err
}

// name puts the guests into asked_for, and with them those whom merges connect with them into newly_erased. Both are tables of
// this session alone.
func (s session) name(ctx context.Context, subjects []Subject) error {
	if err := s.execAll(ctx, askedTables); err != nil {
		return err
	}
	if err := insert(ctx, s, "asked_for", subjects); err != nil {
		return err
	}
	return s.connect(ctx)
}

// connect fills newly_erased from asked_for.
func (s session) connect(ctx context.Context) error {
	if err := s.execAll(ctx, named[:2]); err != nil {
		return err
	}
	_, err := s.until(ctx, named[2:])
	return err
}

func (s session) reach(ctx context.Context) (Forgotten, error) {
	return oneOf[Forgotten](ctx, s, reachQuery)
}

// Trace is a record that says something of a guest: its place among the lines of its kind in raw.
type Trace struct {
	Kind    string `sql:"kind"` // reservation, customer, or merge, whose line is among those of customers
	Reading string `sql:"reading"`
	Line    int64  `sql:"line"` // among the reading's lines of the kind, from 1
}

// Traces returns the records of guests, sorted by reading, kind and line, each once. After an erasure those of reservations are
// not to be found any more. What was refused, and so never loaded, is not among them.
func (w *Warehouse) Traces(ctx context.Context, subjects []Subject) (out []Trace, err error) {
	if len(subjects) == 0 {
		return nil, fault.New(fault.Usage, "name at least one guest", "follow a guest: nobody")
	}
	err = w.with(ctx, func(s session) error {
		if err := s.name(ctx, subjects); err != nil {
			return err
		}
		out, err = allOf[Trace](ctx, s, tracesQuery)
		return err
	})
	return out, err
}
