package warehouse

import (
	"context"
	"errors"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse/engine"
)

// The pause between two tries against another session grows from the first to the last of these.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
)

// errStale says that a session may not have seen what others committed: the work is to begin anew in a new one.
var errStale = errors.New("the session began before something was loaded or erased")

// exhausted is a failure that was waited out for as long as one waits.
type exhausted struct{ error }

func (e *exhausted) Unwrap() error { return e.error }

// patiently runs work, which leaves nothing behind when it fails, until no other session is in its way. After the warehouse's
// patience it gives up with a temporary fault.
func (w *Warehouse) patiently(ctx context.Context, work func() error) error {
	return w.untilFree(ctx, w.engine.Busy, work)
}

// untilFree runs work again for as long as another session is in its way.
func (w *Warehouse) untilFree(ctx context.Context, inTheWay func(error) bool, work func() error) error {
	var patience *engine.Patience
	for {
		err := work()
		if err == nil || !inTheWay(err) {
			return err
		}
		if patience == nil {
			patience = engine.NewPatience(w.machine, firstPause, lastPause, w.patience)
		}
		if patience.Over() {
			return fault.New(fault.Temporary, "run again when the other load has ended", "another session keeps writing: %w", err)
		}
		zerolog.Ctx(ctx).Debug().Err(err).Msg("another session was first, trying again")
		if err := patience.Wait(ctx); err != nil {
			return w.engine.Explain(ctx, "wait for another session", err)
		}
	}
}

// anew runs work, which takes a session of its own and may be done twice, until its session was fresh and each of its statements
// was answered. The patience with an outage is the engine's, that with others' writing the warehouse's.
func (w *Warehouse) anew(ctx context.Context, work func() error) error {
	stale := func(err error) bool { return errors.Is(err, errStale) }
	return w.untilFree(ctx, stale, func() error { return w.outlast(ctx, work) })
}

// outlast runs work until each of its statements was answered.
func (w *Warehouse) outlast(ctx context.Context, work func() error) error {
	var patience *engine.Patience
	for {
		err := work()
		if err == nil || !w.engine.Lost(err) {
			return err
		}
		if done := new(exhausted); errors.As(err, &done) {
			return err
		}
		if patience == nil {
			patience = engine.NewPatience(w.machine, engine.FirstPause, engine.LastPause, w.outage)
		}
		if patience.Over() {
			return &exhausted{err}
		}
		zerolog.Ctx(ctx).Warn().Err(err).Msg("no answer, trying again in a new session")
		if err := errors.Join(w.drop(), patience.Wait(ctx)); err != nil {
			return w.engine.Explain(ctx, "wait for the warehouse", err)
		}
	}
}

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
