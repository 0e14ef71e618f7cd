package warehouse

import (
	"context"

	"covers/tasks/internal/fault"
)

var tracesQuery = query("traces")

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
