package reading

import (
	"context"
	"errors"
	"fmt"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/platform"
)

// errTime is the cause of a context that ended because the time allowed did.
var errTime = errors.New("the time allowed is used up")

// within returns the context that the platform is asked with: it ends with the time allowed.
func (w *Work) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if w.deadline.IsZero() {
		return ctx, func() {}
	}
	return platform.WithDeadline(ctx, w.o.Machine, w.deadline, errTime)
}

// spent returns an error that says how far the work got where a budget ended it; any other error stays as it is. ctx is of
// within.
func (w *Work) spent(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	stats := w.api.Stats()
	at := fmt.Sprintf("in sweep %d of %s", w.now.sweep, w.now.kind)
	if w.now.sweep == 0 {
		at = "while ids of " + w.now.kind + " were asked for"
	}
	at = fmt.Sprintf("%s, after %d requests and %d for tokens, with %d lines written; nothing is published",
		at, stats.Requests, stats.TokenRequests, w.Lines())
	switch {
	case errors.Is(err, platform.ErrMaxRequests):
		return fault.New(fault.Usage, "raise max-requests, or read less at once: by another way, or fewer days",
			"read %s: the %d requests allowed are used up %s", w.id.Source, w.o.MaxRequests, at)
	case errors.Is(err, platform.ErrMaxReceived):
		return fault.New(fault.Usage, "see whether the platform's lists come to an end; raise max-received, or read less at once",
			"read %s: the %d MiB allowed are used up %s", w.id.Source, w.o.MaxReceived>>20, at)
	case errors.Is(err, platform.ErrNoTime):
		return fault.New(fault.Temporary, "run again later, or raise max-duration",
			"read %s: %s ends %s: %w", w.id.Source, w.o.MaxDuration, at, err)
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), errTime):
		return fault.New(fault.Temporary, "run again later, or raise max-duration",
			"read %s: the %s allowed are used up %s", w.id.Source, w.o.MaxDuration.Round(time.Millisecond), at)
	}
	return err
}
