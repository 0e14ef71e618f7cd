package warehouse

import (
	"context"
	"fmt"
	"strconv"

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
	rows := make([][]any, len(subjects))
	for i, g := range subjects {
		rows[i] = []any{g.Platform, g.CustomerID}
	}
	return s.insert(ctx, "newly_erased", []string{"platform", "customer_id"}, rows)
}

func (s session) reach(ctx context.Context) (out Forgotten, err error) {
	rows, err := s.texts(ctx, reachQuery)
	if err != nil {
		return out, err
	}
	into := []*int64{&out.Subjects, &out.Absent, &out.CustomerObservations, &out.ReservationObservations}
	for i, n := range into {
		if *n, err = strconv.ParseInt(rows[0][i], 10, 64); err != nil {
			return out, fmt.Errorf("count what an erasure reaches: %w", err)
		}
	}
	return out, nil
}
