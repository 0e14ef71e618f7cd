package warehouse

import (
	"context"

	"covers/tasks/internal/fault"
)

var reachQuery = query("reach")

// Reach says what Forget of these guests would do, and does nothing: a warehouse opened for reading will do.
func (w *Warehouse) Reach(ctx context.Context, subjects []Subject) (out Forgotten, err error) {
	if len(subjects) == 0 {
		return out, fault.New(fault.Usage, "name at least one guest", "forget: nobody")
	}
	err = w.with(ctx, func(s session) error {
		if err := s.name(ctx, subjects); err != nil {
			return err
		}
		out, err = s.reach(ctx)
		return err
	})
	return out, err
}

// name puts the guests into newly_erased, a table of this session alone.
func (s session) name(ctx context.Context, subjects []Subject) error {
	if err := s.execAll(ctx, landingDDL); err != nil {
		return err
	}
	return insert(ctx, s, "newly_erased", subjects)
}

func (s session) reach(ctx context.Context) (Forgotten, error) {
	return oneOf[Forgotten](ctx, s, reachQuery)
}
