package step

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"covers/tasks/internal/fault"
)

// limits say how fast a process ends once it is asked to: within three seconds, whatever its code does.
type limits struct {
	grace time.Duration // then the result is written without the step
	hard  time.Duration // then the process ends even if nobody reads its stderr
}

var processLimits = limits{grace: 2500 * time.Millisecond, hard: 2900 * time.Millisecond}

// errStopped is the cause of a context that a signal ended.
type errStopped struct{ signal os.Signal }

func (e errStopped) Error() string {
	switch e.signal {
	case syscall.SIGTERM:
		return "stopped by SIGTERM"
	case os.Interrupt:
		return "stopped by SIGINT"
	}
	return "stopped by " + e.signal.String()
}

// runProcess is Run under the process's signals. The first SIGTERM or SIGINT ends the step's context; a second one ends the
// run without waiting for the step.
func runProcess(s Step, io IO, args []string, l limits) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	signals, hurry := make(chan os.Signal, 2), make(chan struct{})
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	go func() {
		cancel(errStopped{<-signals})
		time.AfterFunc(l.hard, func() { os.Exit(exitOfKind(fault.Stopped).Code) })
		<-signals
		close(hurry)
	}()
	io.Grace, io.Hurry = l.grace, hurry
	return Run(ctx, s, io, args)
}

// stopCause is why ctx ended, in words for people.
func stopCause(ctx context.Context) error {
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return errors.New("stopped")
}

// asStopped makes an error that a stop brought about a stop: "read page 3: connection closed" is what stopping looks like
// from the inside. What stays wrong at the next try (settings, data, authorisation) keeps its kind.
func asStopped(ctx context.Context, err error) error {
	switch fault.KindOf(err) {
	case fault.Usage, fault.Data, fault.Denied:
		return err
	}
	cause := stopCause(ctx)
	if overdue := (errOverdue{}); errors.As(cause, &overdue) {
		return fault.New(fault.Temporary, "run it again, or raise "+maxDuration, "%w: %w", cause, err)
	}
	return fault.New(fault.Stopped, "run it again", "%w: %w", cause, err)
}
