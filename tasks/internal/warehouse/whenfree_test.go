package warehouse

import (
	"context"
	"errors"
	"testing"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
)

// TestWhenFree: what another program has is tried again until patience is over, anything else at once told. No time passes but
// the machine's.
func TestWhenFree(t *testing.T) {
	busy := fault.New(fault.Temporary, "", "another process has it")
	other := fault.New(fault.Usage, "", "there is none")
	for name, c := range map[string]struct {
		busyFor time.Duration
		then    error
		want    error
		waited  time.Duration
	}{
		"free":                   {0, nil, nil, 0},
		"free after a while":     {7 * time.Second, nil, nil, 8 * time.Second},
		"never free":             {time.Hour, nil, busy, 122 * time.Second},
		"no warehouse":           {0, other, other, 0},
		"none once it was freed": {time.Second, other, other, 2 * time.Second},
	} {
		began := time.Date(2026, 3, 28, 1, 0, 0, 0, time.UTC)
		now := began
		m := machine.Machine{Now: func() time.Time { return now }, Sleep: func(_ context.Context, d time.Duration) error {
			now = now.Add(d)
			return nil
		}}
		_, err := whenFree(t.Context(), m, func() (*Warehouse, error) {
			if now.Sub(began) < c.busyFor {
				return nil, busy
			}
			return nil, c.then
		})
		if !errors.Is(err, c.want) || now.Sub(began) != c.waited {
			t.Errorf("%s: %v after %s", name, err, now.Sub(began))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	open := func() (*Warehouse, error) { return nil, busy }
	if _, err := whenFree(ctx, machine.This(), open); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}
