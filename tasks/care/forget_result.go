package main

import (
	"context"
	"errors"
	"regexp"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/forget"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/step"
	"covers/tasks/internal/warehouse"
)

// reference is what a number of a request may be: no blanks and no @, so that hardly a name is one.
var reference = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/#-]{0,63}$`)

// referenceFlag says what for.
func referenceFlag() *cli.StringFlag {
	f := step.StringFlag("reference", "the `NUMBER` under which you keep the request, for the receipt; no name", "", false)
	f.Action = func(_ *cli.Context, v string) error {
		if v != "" && !reference.MatchString(v) {
			return errors.New("--reference: want at most 64 letters, digits and . _ / # -")
		}
		return nil
	}
	return f
}

// openWhenFree opens the warehouse of --warehouse, and waits a while where another program has it.
func openWhenFree(c *cli.Context) func(context.Context, warehouse.Mode) (*warehouse.Warehouse, error) {
	return func(ctx context.Context, mode warehouse.Mode) (*warehouse.Warehouse, error) {
		if mode == warehouse.ReadOnly {
			return warehouse.OpenWhenFree(ctx, machine.This(), c.String("warehouse"))
		}
		return warehouse.Open(ctx, machine.This(), c.String("warehouse"), mode)
	}
}

// forgetResult returns the result of an erasure that was done, or of a dry run. Counts are all that it says of the guests, since
// an id is personal.
func forgetResult(out forget.Outcome, o forget.Options) step.Result {
	result := step.Result{Status: step.StatusUnchanged, Details: out.Left}
	for name, n := range map[string]int64{
		"asked": out.Asked, "remembered": out.Reached.Subjects, "not_found": out.Reached.Absent,
		"customer_observations":    out.Reached.CustomerObservations,
		"reservation_observations": out.Reached.ReservationObservations,
		"remaining_objects":        int64(len(out.Left.Remaining)),
	} {
		result.Counts.Add("forget", name, n)
	}
	if n := out.Reached.Connected; n > 0 {
		result.Counts.Add("forget", "connected", n)
	}
	for zone, e := range out.Emptied {
		result.Counts.Add(string(zone), "objects", e.Objects)
		result.Counts.Add(string(zone), "rows", e.Rows)
	}
	result.Text = forgetText(out, o)
	if o.DryRun || out.Receipt == nil {
		return result
	}
	if out.Changed() {
		result.Status = step.StatusDone
	}
	result.Details = out.Receipt
	if out.Key != "" {
		result.Outputs = []string{out.Key}
	}
	return result
}
