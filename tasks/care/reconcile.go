package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/readingflags"
	"covers/tasks/internal/step"
)

func reconcileCommand() step.Command {
	return step.Command{
		Name:  "reconcile",
		Usage: "compare a source with the warehouse, and read what differs",
		Description: "Lists what the platform has for a range of service dates (guests: what changed since), compares it with the\n" +
			"warehouse's current rows by id and clock, and asks by id for what the list does not have. What is missing or\n" +
			"different there, and what the platform no longer has, becomes one more reading of the range's last day; validate,\n" +
			"transform and load that day to bring it in. A receipt is left among the processed zone's in any case.\n\n" +
			readingflags.Credential,
		Flags: append([]cli.Flag{
			step.DaysFlag(),
			step.ZoneFlag("processed"),
			step.WarehouseFlag(),
		}, readingflags.Flags()...),
		Run: reconcileRun,
	}
}

func reconcileRun(ctx context.Context, c *cli.Context) (result step.Result, err error) {
	result = step.Result{Source: c.String("source"), Status: step.StatusUnchanged}
	o := ReconcileOptions{Warehouse: c.String("warehouse"), Now: time.Now, Progress: step.Progress(ctx, "records")}
	days, err := step.Days(c)
	if err != nil {
		return result, err
	}
	if o.From, o.To, err = rangeOf(days); err != nil {
		return result, err
	}
	if o.Reading, err = readingflags.Options(c, machine.This()); err != nil {
		return result, err
	}
	if !o.Reading.DryRun {
		if o.Reading.Raw, err = lake.Open(ctx, machine.This(), c.String("raw")); err != nil {
			return result, err
		}
		defer func() { err = errors.Join(err, o.Reading.Raw.Close()) }()
		if o.Receipts, err = lake.Open(ctx, machine.This(), c.String("processed")); err != nil {
			return result, err
		}
		defer func() { err = errors.Join(err, o.Receipts.Close()) }()
	}
	out, err := Reconcile(ctx, o)
	if err != nil {
		return result, err
	}
	out.describe(&result, o)
	return result, nil
}

// rangeOf gives the first and the last of days that follow each other.
func rangeOf(days []string) (from, to time.Time, err error) {
	from, _ = time.Parse(time.DateOnly, days[0])
	to, _ = time.Parse(time.DateOnly, slices.Max(days))
	if int(to.Sub(from).Hours()/24)+1 != len(days) {
		return from, to, fault.New(fault.Usage, "give one range, FROM..TO, and run again for another", "--days: the days do not follow each other")
	}
	return from, to, nil
}
