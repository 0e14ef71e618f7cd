package step

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/text"
)

// run is one run of a step.
type run struct {
	step    Step
	io      IO
	version string
	started time.Time
	cancel  context.CancelCauseFunc // ends the step's context
	console *console                // stderr
	asked   atomic.Pointer[asked]   // known once the arguments are parsed; read also when the step did not end
}

// asked is what the arguments asked for beside the step's own flags.
type asked struct {
	command string // the verb, "" for the step itself
	level   zerolog.Level
}

// outcome is how a run went.
type outcome struct {
	res Result
	err error

	plain bool   // no result: help, the version and the like were asked for, and are in text
	text  string // for stdout when plain, else help for a terminal's stderr
}

func newRun(s Step, o IO) *run {
	r := &run{step: s, io: o, version: version(), started: o.Now(), console: newConsole(o.Stderr, o.IsTerminal(o.Stderr))}
	r.asked.Store(&asked{level: zerolog.InfoLevel})
	return r
}

// guarded parses the arguments, runs what they ask for and hands over how it went. A panic becomes a defect, wherever the
// step's code can cause one: in the step, in its error's text, in the marshalling of its details. So does runtime.Goexit.
func (r *run) guarded(ctx context.Context, args []string, done chan<- outcome) {
	var o outcome
	returned := false
	defer func() {
		if v := recover(); !returned {
			if v == nil {
				v = "the step's goroutine ended without returning"
			}
			r.log().Error().Str("panic", fmt.Sprint(v)).Str("stack", string(debug.Stack())).Msg("panic")
			o = outcome{err: fault.New(fault.Defect, "report it with the stack in the log", "panic: %v", v)}
		}
		done <- o
	}()
	o = r.parse(ctx, args)
	if o.err != nil {
		_, _ = o.err.Error(), fault.KindOf(o.err)
	}
	if o.res.Details != nil {
		text, err := json.Marshal(o.res.Details)
		if err != nil {
			o.res.Details, o.err = nil, errors.Join(o.err, badResult("details: %v", err))
		} else {
			o.res.Details = json.RawMessage(text)
		}
	}
	returned = true
}

// end reports the outcome once: on stderr, in the XCom file and, last, on stdout. It returns the exit code.
func (r *run) end(ctx context.Context, o outcome) int {
	defer r.console.close()
	if o.plain {
		if _, err := io.WriteString(r.io.Stdout, o.text); err != nil {
			return exitOfKind(fault.Unavailable).Code
		}
		return 0
	}
	if o.err != nil && ctx.Err() != nil {
		o.err = asStopped(ctx, o.err)
	}
	res, line, err := r.finish(o.res, o.err)
	if xerr := writeXCom(r.io.XCom, text.Visible(line)); xerr != nil && err == nil {
		// Whoever reads the file would read an old result or none: that is worse than a failure.
		res, line, err = r.finish(res, xerr)
	}
	r.report(res, o.text)
	if werr := r.write(res, line); werr != nil {
		r.log().Error().Str("error", werr.Error()).Msg("result not written")
		if err == nil {
			err = fault.New(classOf(werr), "run it again", "write the result: %w", werr)
		}
	}
	return ExitOf(err).Code
}

// report logs how the run ended, the only place where an error is logged.
func (r *run) report(res Result, help string) {
	r.console.draw(nil, nil)
	e := r.log().Info()
	if f := res.Error; f != nil {
		e = r.log().Error().Int("code", f.Code).Str("kind", f.Kind).Str("error", f.Message)
		if f.Next != "" {
			e = e.Str("next", f.Next)
		}
	}
	e.Float64("seconds", res.Durations[durationTotal]).Msg(res.Status)
	if r.console.terminal && help != "" {
		_, _ = io.WriteString(r.console, "\n"+help)
	}
}

// write writes the result: the line, or words where stdout is a terminal.
func (r *run) write(res Result, line []byte) error {
	if r.io.IsTerminal(r.io.Stdout) {
		line = []byte(forPeople(res, r.console.terminal))
	}
	_, err := r.io.Stdout.Write(text.Visible(line))
	return err
}
