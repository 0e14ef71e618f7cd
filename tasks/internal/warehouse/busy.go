package warehouse

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
)

// The pause between two tries grows from the first to the last of these; a random part keeps two programs from meeting again
// and again.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
)

// patiently runs work, which leaves nothing behind when it fails, until no other session is in its way. After the warehouse's
// patience it gives up with a temporary fault.
func (w *Warehouse) patiently(ctx context.Context, work func() error) error {
	deadline := time.Now().Add(w.patience)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := work()
		if err == nil || !w.engine.Busy(err) {
			return err
		}
		if time.Now().After(deadline) {
			return fault.New(fault.Temporary, "run again when the other load has ended", "another session keeps writing: %w", err)
		}
		zerolog.Ctx(ctx).Debug().Dur("pause", pause).Msg("another session was first, trying again")
		select {
		case <-time.After(pause/2 + rand.N(pause/2)):
		case <-ctx.Done():
			return w.engine.Explain(ctx, "wait for another session", ctx.Err())
		}
	}
}
