package verify

import (
	"context"
	"errors"
	"fmt"

	"covers/tasks/internal/fault"
)

// Difference is a place where the stages do not agree. It holds no value of a record.
type Difference struct {
	Stage    Stage  `json:"stage"`
	Day      string `json:"day"`
	Reading  string `json:"reading,omitempty"`
	Where    string `json:"where"`
	Expected string `json:"expected,omitempty"`
	Found    string `json:"found,omitempty"`
	Next     string `json:"next"`
}

func (d *Difference) Error() string {
	text := string(d.Stage) + ", " + d.Day + ": " + d.Where
	if d.Reading != "" {
		text = string(d.Stage) + ", reading " + d.Reading + ": " + d.Where
	}
	if d.Expected != "" {
		text += ": expected " + d.Expected + ", found " + d.Found
	}
	return text
}

// newDifference returns a difference without its stage, its day and its reading, which follow fills in.
func newDifference(next, where string, expected, found any) error {
	return &Difference{Where: where, Expected: fmt.Sprint(expected), Found: fmt.Sprint(found), Next: next}
}

// asDifference returns an error as a difference, and reports whether it is one: something is wrong with the data. Any other error
// kept the data from being looked at.
func asDifference(ctx context.Context, err error) (d Difference, ok bool) {
	if own, ok := errors.AsType[*Difference](err); ok {
		return *own, true
	}
	if ctx.Err() != nil || fault.KindOf(err) != fault.Data {
		return d, false
	}
	d.Where = err.Error()
	if e, ok := errors.AsType[*fault.Error](err); ok {
		d.Where, d.Next = e.Err.Error(), e.Next
	}
	return d, true
}
