package platformtest

import (
	"context"
	"sync"
	"time"

	"covers/tasks/internal/platform"
)

// Clock is a time that passes only while somebody sleeps, and a chance that is always zero.
type Clock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

// NewClock begins at now.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now gives the time.
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

// Slept gives how long was slept each time.
func (c *Clock) Slept() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]time.Duration(nil), c.slept...)
}

// Platform is the clock as a client takes it.
func (c *Clock) Platform() platform.Clock {
	return platform.Clock{Now: c.Now, Sleep: c.Sleep, Float: func() float64 { return 0 }, Name: func() string { return "0a1b2c3d" }}
}
