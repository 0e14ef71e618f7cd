package platform

import (
	"context"
	"errors"
	"time"

	"covers/tasks/internal/fault"
)

// The ends of a budget. Both are found in the error's chain, and neither is tried again.
var (
	ErrMaxRequests = errors.New("the requests allowed are used up")
	ErrNoTime      = errors.New("the time allowed is not enough to wait")
)

// spend takes one request from what is allowed.
func (c *Client) spend() error {
	if c.set.MaxRequests > 0 && c.allowed.Add(1) > c.set.MaxRequests {
		return fault.New(fault.Usage, "allow more", "%s: %w: %d", c.set.Name, ErrMaxRequests, c.set.MaxRequests)
	}
	return nil
}

// sleep waits, for a reason. Where ctx would end first it does not begin to: nothing could come of it.
func (c *Client) sleep(ctx context.Context, d time.Duration, why string) error {
	if until, ok := ctx.Deadline(); ok && time.Until(until) < d {
		return fault.New(fault.Temporary, "run again, with more time", "%s: %w %s: %s", c.set.Name, ErrNoTime, d.Round(time.Millisecond), why)
	}
	return c.clock.Sleep(ctx, d)
}
