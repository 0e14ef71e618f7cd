package engine

import (
	"context"
	"time"

	"covers/tasks/internal/machine"
)

// How a failure that passes by itself is waited out: with pauses that double from the first to the last of these, until Outage
// is over. A statement that may be sent again waits so by itself, and so does work that begins anew in a new session. Both
// together are ten minutes at most, and a scheduler tries again after that; Airflow's first retry comes after four.
const (
	FirstPause = 200 * time.Millisecond
	LastPause  = 30 * time.Second
	Outage     = 5 * time.Minute
)

// Patience is what is left of a wait that began with a first failure. A random part keeps two programs from meeting again and
// again.
type Patience struct {
	machine  machine.Machine
	pause    time.Duration
	last     time.Duration
	deadline time.Time
}

// NewPatience returns the patience of somebody who met a failure just now.
func NewPatience(m machine.Machine, first, last, total time.Duration) *Patience {
	return &Patience{machine: m, pause: first, last: last, deadline: m.Now().Add(total)}
}

// Over reports whether there is none left.
func (p *Patience) Over() bool { return !p.machine.Now().Before(p.deadline) }

// Wait waits until it is time for the next try: for half of the pause and a random part of the other half. The error is the
// context's.
func (p *Patience) Wait(ctx context.Context) error {
	half := float64(p.pause / 2)
	err := p.machine.Sleep(ctx, time.Duration(half+half*p.machine.Float()))
	p.pause = min(2*p.pause, p.last)
	return err
}
