package warehouse

import (
	"context"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
)

// How long another program's work on the warehouse is waited for.
const (
	whenFreePatience = 2 * time.Minute
	whenFreePause    = 2 * time.Second
)

// OpenWhenFree opens a warehouse for reading as Open does, and waits a while where another program has it.
func OpenWhenFree(ctx context.Context, m machine.Machine, url string) (*Warehouse, error) {
	return whenFree(ctx, m, func() (*Warehouse, error) { return Open(ctx, m, url, ReadOnly) })
}

func whenFree(ctx context.Context, m machine.Machine, open func() (*Warehouse, error)) (*Warehouse, error) {
	for began := m.Now(); ; {
		w, err := open()
		if err == nil || fault.KindOf(err) != fault.Temporary || m.Since(began) > whenFreePatience {
			return w, err
		}
		if err := m.Sleep(ctx, whenFreePause); err != nil {
			return nil, err
		}
	}
}
