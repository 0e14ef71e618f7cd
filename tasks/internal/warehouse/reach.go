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
