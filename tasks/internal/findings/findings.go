// Package findings says what was found of things that were looked at, each finding a line: as a table for people, and as the
// error that a step would end with. Start with Fault. What is looked at, and what is right, is for others to know.
package findings

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
)

// Of is what was found of one thing.
type Of struct {
	Thing string // "raw", "warehouse"
	Where string // its URL
	Found []lake.Finding
}

// Verdicts are all of them, in the order in which they are counted.
var Verdicts = []lake.Verdict{lake.Right, lake.Wrong, lake.Note, lake.Unknown}

// Counts returns how many findings have each verdict, those that none has included.
func (o Of) Counts() map[string]int64 {
	out := map[string]int64{}
	for _, v := range Verdicts {
		out[string(v)] = 0
	}
	for _, f := range o.Found {
		out[string(f.Verdict)]++
	}
	return out
}

// Failed returns the finding of what could not be done at all.
func Failed(what string, err error) lake.Finding {
	f := lake.Finding{What: what, Verdict: lake.Wrong, Says: err.Error(), Kind: fault.KindOf(err)}
	var known *fault.Error
	if errors.As(err, &known) {
		f.Says, f.Next = known.Err.Error(), known.Next
	}
	return f
}

// Fault returns the first thing that is wrong, as an error with the kind that a step would end with, or nil.
func Fault(all []Of) error {
	wrong, first := 0, error(nil)
	for _, o := range all {
		for _, f := range o.Found {
			if f.Verdict != lake.Wrong {
				continue
			}
			if wrong++; wrong == 1 {
				first = fault.New(f.Kind, f.Next, "%s, %s: %s", o.Thing, f.What, f.Says)
			}
		}
	}
	var known *fault.Error
	if wrong > 1 && errors.As(first, &known) {
		return fault.New(known.Kind, known.Next, "%w (%d things are wrong in all)", known.Err, wrong)
	}
	return first
}

// Text returns the findings for people: a line each, and what to do below.
func Text(all []Of) string {
	const width = 90 // of what is said, beside names and verdicts, on a terminal of 120
	var b strings.Builder
	for _, o := range all {
		w := table.NewWriter()
		w.SetStyle(table.StyleLight)
		w.Style().Format.Header = text.FormatDefault
		w.AppendHeader(table.Row{o.Thing, "", o.Where})
		for _, f := range o.Found {
			w.AppendRow(table.Row{f.What, f.Verdict, text.WrapSoft(f.Says, width)})
		}
		fmt.Fprintf(&b, "%s\n", w.Render())
		for _, f := range o.Found {
			if f.Next != "" {
				fmt.Fprintf(&b, "%s: %s\n", f.What, f.Next)
			}
		}
	}
	return b.String()
}
