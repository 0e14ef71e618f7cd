// Package fault says of an error the one thing its reader needs beside the text: what kind of failure it is, and what to do
// next. The steps' exit codes (package step) are a function of the kind, so nothing below a main.go knows exit codes.
//
// Start with New and KindOf. The package knows nothing of any step, platform or store.
package fault

import (
	"context"
	"errors"
	"fmt"
	"syscall"
)

// Kind says what a failure means to whoever runs the step.
type Kind int

// The kinds. The zero value is a defect: an error that nobody classified is the program's fault until shown otherwise.
const (
	Defect      Kind = iota // the program is wrong
	Usage                   // the flags, settings or environment are wrong; a retry cannot help
	Data                    // the data was refused, or an object of the lake is missing or corrupt; a retry cannot help
	Unavailable             // a service cannot be reached or fails; a retry may help
	Temporary               // a service asks to wait, a lock is held, or the disk is full; a retry may help
	Denied                  // not authorised
	Stopped                 // asked to stop
)

// Error is a classified error. Its text is "<what>: <why>; <next step>".
type Error struct {
	Kind Kind
	Next string // the next step, an imperative without a full stop; may be empty
	Err  error
}

// Error implements error.
func (e *Error) Error() string {
	if e.Next == "" {
		return e.Err.Error()
	}
	return e.Err.Error() + "; " + e.Next
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes a classified error; format and args are those of fmt.Errorf, %w included. next may be empty.
func New(kind Kind, next, format string, args ...any) error {
	return &Error{Kind: kind, Next: next, Err: fmt.Errorf(format, args...)}
}

// KindOf returns the kind of the outermost classified error in err's chain. Unclassified errors are recognised where the
// system says what they are: a cancelled context (Stopped), a full disk or quota (Temporary), a passed deadline
// (Unavailable). Anything else is a Defect.
func KindOf(err error) Kind {
	var e *Error
	switch {
	case errors.As(err, &e):
		// A full disk or a stop met inside a classified error is still that: the classification came from a caller
		// that saw only "could not write".
		if e.Kind == Data || e.Kind == Defect {
			if k, ok := systemKind(e.Err); ok {
				return k
			}
		}
		return e.Kind
	default:
		k, _ := systemKind(err)
		return k
	}
}

func systemKind(err error) (Kind, bool) {
	switch {
	case errors.Is(err, context.Canceled):
		return Stopped, true
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return Temporary, true
	case errors.Is(err, context.DeadlineExceeded):
		return Unavailable, true
	}
	return Defect, false
}
