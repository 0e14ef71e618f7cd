package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reading"
	"covers/tasks/internal/readingflags"
	"covers/tasks/internal/reconcile"
	"covers/tasks/internal/step"
	"covers/tasks/internal/warehouse"
)

func reconcileCommand() step.Command {
	return step.Command{
		Name:  "reconcile",
		Usage: "compare a source with the warehouse, and read what differs",
		Description: "" +
			"Lists what the platform has for a range of service dates (guests: what changed since), compares it with the\n" +
			"warehouse's current rows by id and clock, and asks by id for what the list does not have. What is missing or\n" +
			"different there, and what the platform no longer has, becomes one more reading of the range's last day;\n" +
			"validate, transform and load that day to bring it in. A receipt is left among the processed zone's in any\n" +
			"case.\n\n" +
			readingflags.Credential,
		Flags: append([]cli.Flag{
			step.DaysFlag(),
			step.ZoneFlag("processed"),
			step.WarehouseFlag(),
		}, readingflags.Flags()...),
		Run: runReconcile,
	}
}

func runReconcile(ctx context.Context, c *cli.Context) (result step.Result, err error) {
	result = step.Result{Source: c.String("source"), Status: step.StatusUnchanged}
	o := reconcile.Options{
		Progress: step.Progress(ctx, "records"), Machine: machine.This(),
		Open: func(ctx context.Context) (*warehouse.Warehouse, error) {
			return warehouse.OpenWhenFree(ctx, machine.This(), c.String("warehouse"))
		},
	}
	days, err := step.Days(c)
	if err != nil {
		return result, err
	}
	if o.From, o.To, err = rangeOf(days); err != nil {
		return result, err
	}
	if o.Reading, err = readingflags.Options(c, o.Machine); err != nil {
		return result, err
	}
	if !o.Reading.DryRun {
		zones, err := zonesOf(ctx, c, lake.Open, "raw", "processed")
		if err != nil {
			return result, err
		}
		defer func() { err = errors.Join(err, zones.Close()) }()
		o.Reading.Raw, o.Receipts = zones[0], zones[1]
	}
	out, err := reconcile.Run(ctx, o)
	if err != nil {
		return result, err
	}
	return reconcileResult(out, o), nil
}

// rangeOf returns the first and the last of days that follow each other.
func rangeOf(days []string) (from, to time.Time, err error) {
	from, _ = time.Parse(time.DateOnly, days[0])
	to, _ = time.Parse(time.DateOnly, slices.Max(days))
	if int(to.Sub(from).Hours()/24)+1 != len(days) {
		return from, to, fault.New(fault.Usage, "give one range, FROM..TO, and run again for another",
			"--days: the days do not follow each other")
	}
	return from, to, nil
}

// reconcileDetails are the command's own part of the result.
type reconcileDetails struct {
	From     string               `json:"from"`
	To       string               `json:"to"`
	Receipt  string               `json:"receipt,omitempty"` // key in processed
	Reading  string               `json:"reading,omitempty"`
	Stable   bool                 `json:"stable"`
	Requests int64                `json:"requests"`
	Next     string               `json:"next,omitempty"` // what brings the reading into the warehouse
	Planned  []reading.Request    `json:"planned,omitempty"`
	Limits   *readingflags.Limits `json:"limits,omitempty"`
}

func reconcileResult(out reconcile.Outcome, o reconcile.Options) step.Result {
	result := step.Result{Source: o.Reading.Source.ID, Day: o.To.Format(time.DateOnly), Status: step.StatusUnchanged}
	d := reconcileDetails{From: o.From.Format(time.DateOnly), To: result.Day}
	if o.Reading.DryRun {
		limits := readingflags.LimitsOf(o.Reading)
		d.Planned, d.Limits = out.Planned, &limits
		for kind, n := range out.Held {
			result.Counts.Add(kind, "held", n)
		}
		result.Details, result.Text = d, planText(out, limits)
		return result
	}
	d.Receipt, d.Reading, d.Stable, d.Requests = out.Key, out.Reading, out.Stable, out.Requests
	for kind, f := range out.Totals() {
		addFindings(&result.Counts, kind, f)
	}
	if out.Manifest != "" {
		result.Status, result.Manifest, result.Outputs = step.StatusDone, out.Manifest, out.Objects
		d.Next = fmt.Sprintf("validate --source %s --day %s, then transform and load that day", out.Source, out.To)
	}
	result.Outputs = append(result.Outputs, out.Key)
	result.Details, result.Text = d, reconcileText(out, d.Next)
	return result
}

func addFindings(counts *step.Counts, kind string, f reconcile.Findings) {
	for name, n := range map[string]int64{
		"listed": f.Listed, "agree": f.Agree, "missing": f.Missing, "different": f.Different, "refused": f.Refused,
		"gone": f.Gone, "elsewhere": f.Elsewhere, "regressed": f.Regressed, "unconfirmed": f.Unconfirmed,
	} {
		counts.Add(kind, name, n)
	}
}
