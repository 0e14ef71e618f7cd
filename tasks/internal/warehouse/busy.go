package warehouse

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
)

// The pause between two tries grows from the first to the last of these; a random part keeps two programs from meeting again
// and again.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
	lostPause  = 200 * time.Millisecond // before a new session takes the place of a broken one, doubled each time
)

// patiently runs work, which leaves nothing behind when it fails, until no other session is in its way. After the warehouse's
// patience it gives up with a temporary fault.
func (w *Warehouse) patiently(ctx context.Context, work func() error) error {
	deadline := w.machine.Now().Add(w.patience)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := work()
		if err == nil || !w.engine.Busy(err) {
			return err
		}
		if w.machine.Now().After(deadline) {
			return fault.New(fault.Temporary, "run again when the other load has ended", "another session keeps writing: %w", err)
		}
		zerolog.Ctx(ctx).Debug().Dur("pause", pause).Msg("another session was first, trying again")
		if err := w.pause(ctx, pause); err != nil {
			return err
		}
	}
}

// pause waits for half of a time and a random part of the other half.
func (w *Warehouse) pause(ctx context.Context, d time.Duration) error {
	half := float64(d / 2)
	if err := w.machine.Sleep(ctx, time.Duration(half+half*w.machine.Float())); err != nil {
		return w.engine.Explain(ctx, "wait for another session", err)
	}
	return nil
}
