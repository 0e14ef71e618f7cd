package step

import (
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// IO is what a run touches of the world beside its flags. The zero value of a field means: nothing to read, nowhere to
// write, no terminal, the real clock.
type IO struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string  // flags' variables, NO_COLOR, TERM and COVERS_COMPLETION
	IsTerminal     func(io.Writer) bool // of Stdout and Stderr
	Now            func() time.Time     // for durations, log lines and the rate of progress lines
	After          func(time.Duration) <-chan time.Time
	Grace          time.Duration   // how long a step may take to end once ctx is done; 0 means the usual 2.5 s
	Hurry          <-chan struct{} // closed: end at once (a second signal)
	process        bool            // this is the whole process's run: Go's own log goes the same way
	XCom           string          // path of the second copy of the result, written where its folder exists; "" for none
}

// xcomPath is where Airflow's sidecar on Kubernetes looks for a task's result.
const xcomPath = "/airflow/xcom/return.json"

// Process is this process's own IO.
func Process() IO {
	return IO{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, IsTerminal: isTerminal, XCom: xcomPath,
		process: true}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// withDefaults replaces what is not given.
func (o IO) withDefaults() IO {
	if o.Stdin == nil {
		o.Stdin = strings.NewReader("")
	}
	if o.Stdout == nil {
		o.Stdout = io.Discard
	}
	if o.Stderr == nil {
		o.Stderr = io.Discard
	}
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	if o.IsTerminal == nil {
		o.IsTerminal = func(io.Writer) bool { return false }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.After == nil {
		o.After = time.After
	}
	if o.Grace == 0 {
		o.Grace = processLimits.grace
	}
	return o
}
