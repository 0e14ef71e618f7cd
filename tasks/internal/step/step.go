// Package step is the container contract, the same under Docker, under Kubernetes and as a plain process: flags with an
// environment variable each, JSON lines on stderr, one result line on stdout, exit codes that say whether a retry helps, and
// an end within three seconds of SIGTERM.
//
// Start with Step and Main. A main.go describes its program as a Step; the step's own code sees a plain struct of options and
// a context that carries the logger, and neither this package nor a cli.Context. The package knows no step, no platform, no
// store and no Airflow.
package step

import (
	"context"
	"errors"
	"log"
	"os"

	"github.com/urfave/cli/v2"
)

// Step is one program.
type Step struct {
	Name        string // the program's name, lowercase: "extract"
	Usage       string // one line, no full stop
	Description string // a paragraph or more for --help
	Flags       []cli.Flag

	// Run does the step's work. It returns what it can say of it even beside an error; the exit code follows from
	// fault.KindOf. It returns soon after ctx is done. It is nil in a program that has only commands.
	Run func(ctx context.Context, c *cli.Context) (Result, error)

	// Commands are verbs for people: `load status`.
	Commands []Command

	// Before checks the flags of Run before it begins; what it returns unclassified is a usage error. Commands check
	// their own.
	Before func(c *cli.Context) error
}

// Command is a verb of a step. A flag that the step itself also has may stand on either side of the verb.
type Command struct {
	Name, Usage, Description string
	ArgsUsage                string // what may follow the flags, such as "ID"; empty refuses anything
	Flags                    []cli.Flag
	Run                      func(ctx context.Context, c *cli.Context) (Result, error)
}

// Main runs a step as this process and ends the process. It is the only caller of os.Exit.
func Main(s Step) {
	private()
	os.Exit(runProcess(s, Process(), os.Args[1:], processLimits))
}

// Run runs a step once with args (without the program's name) and returns its exit code. It writes the result line whatever
// happens: a wrong flag, an error, a panic of the step's goroutine, a stop. When ctx ends, the step has io.Grace to follow;
// after that Run returns without it, and what the step still writes is dropped.
func Run(ctx context.Context, s Step, io IO, args []string) int {
	r := newRun(s, io.withDefaults())
	if io.process {
		log.SetFlags(0)
		log.SetOutput(standardLog{r})
	}
	ctx, r.cancel = context.WithCancelCause(ctx)
	defer r.cancel(nil)
	done := make(chan outcome, 1)
	go r.guarded(ctx, args, done)
	select {
	case o := <-done:
		return r.end(ctx, o)
	case <-ctx.Done():
	}
	grace := r.io.After(r.io.Grace)
	select {
	case o := <-done:
		return r.end(ctx, o)
	case <-grace:
	case <-r.io.Hurry:
	}
	select {
	case o := <-done: // at the same moment
		return r.end(ctx, o)
	default:
		return r.end(ctx, outcome{err: errors.New("the step did not end by itself")})
	}
}
