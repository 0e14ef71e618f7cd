package platform

import (
	"context"
	"errors"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
)

// The ends of a budget. They are found in the error's chain, and none is tried again.
var (
	ErrMaxRequests = errors.New("the requests allowed are used up")
	ErrMaxReceived = errors.New("the bytes allowed are used up")
	ErrNoTime      = errors.New("the time allowed is not enough to wait")
)

// spend takes one request from what is allowed.
func (c *Client) spend() error {
	if c.set.MaxRequests > 0 && c.allowed.Add(1) > c.set.MaxRequests {
		return fault.New(fault.Usage, "allow more", "%s: %w: %d", c.set.Name, ErrMaxRequests, c.set.MaxRequests)
	}
	return nil
}

// take notes bytes that came, of what is allowed.
func (c *Client) take(n int) error {
	if c.taken.Add(int64(n)) > c.set.MaxReceived && c.set.MaxReceived > 0 {
		return fault.New(fault.Usage, "allow more", "%s: %w: %d", c.set.Name, ErrMaxReceived, c.set.MaxReceived)
	}
	return nil
}

type deadlineKey struct{}

// WithDeadline returns a context that ends with a cause at a time of the machine's. A client begins no wait that would go beyond
// it.
func WithDeadline(ctx context.Context, m machine.Machine, at time.Time, cause error) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(context.WithValue(ctx, deadlineKey{}, at), at.Sub(m.Now()), cause)
}

// sleep waits, for a reason. It does not begin a wait that goes beyond the context's deadline: nothing could come of it.
func (c *Client) sleep(ctx context.Context, d time.Duration, why string) error {
	if at, ok := ctx.Value(deadlineKey{}).(time.Time); ok && at.Sub(c.machine.Now()) < d {
		return fault.New(fault.Temporary, "run again, with more time",
			"%s: %w %s: %s", c.set.Name, ErrNoTime, d.Round(time.Millisecond), why)
	}
	return c.machine.Sleep(ctx, d)
}
