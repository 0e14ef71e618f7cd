package platformtest

import (
	"context"
	"encoding/binary"
	"sync"
	"time"

	"covers/tasks/internal/machine"
)

// Clock is a time that passes only while somebody sleeps, and a chance that is always zero.
type Clock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
	names uint32
}

// NewClock begins at now.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Sleep lets d pass at once.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return ctx.Err()
}

// Slept returns how long was slept each time.
func (c *Clock) Slept() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]time.Duration(nil), c.slept...)
}

// Machine returns a machine with this time and chance, and without any environment.
func (c *Clock) Machine() machine.Machine {
	return machine.Machine{Now: c.Now, Sleep: c.Sleep, Random: c, Getenv: func(string) string { return "" }}
}

// Read fills b with chance: where a name is wanted (four bytes), the name after the last one, 0a1b2c3d first; elsewhere zeros.
func (c *Clock) Read(b []byte) (int, error) {
	clear(b)
	if len(b) == 4 {
		c.mu.Lock()
		defer c.mu.Unlock()
		binary.BigEndian.PutUint32(b, 0x0a1b2c3d+c.names)
		c.names++
	}
	return len(b), nil
}
