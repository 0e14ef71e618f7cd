package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/step"
	"covers/tasks/internal/warehouse"
)

func verifyCommand() step.Command {
	return step.Command{
		Name:  "verify",
		Usage: "count days again from raw to the warehouse, and name where they first differ",
		Description: "Reads every reading of the days in raw, staging, processed and the warehouse, counts it again and compares the\n" +
			"stages with each other: objects by SHA-256, lines and rows by number, each raw line by what became of it, rows by\n" +
			"content, and the current rows by what the observations say. Manifests and stored digests are not believed. What\n" +
			"has expired is no difference. Fails (65) with the first difference in the order of the data; details list the first\n" +
			"of every reading. Nothing is written; a DuckDB file is open meanwhile, and a load waits.",
		Flags: []cli.Flag{
			step.DaysFlag(),
			step.ZoneFlag("raw"),
			step.ZoneFlag("staging"),
			step.ZoneFlag("processed"),
			step.WarehouseFlag(),
		},
		Run: verifyRun,
	}
}

func verifyRun(ctx context.Context, c *cli.Context) (result step.Result, err error) {
	result.Status = step.StatusUnchanged
	o := VerifyOptions{Progress: step.Progress(ctx, "rows")}
	if o.Days, err = step.Days(c); err != nil {
		return result, err
	}
	if len(o.Days) == 1 {
		result.Day = o.Days[0]
	}
	zones, err := lake.OpenZones(ctx, machine.This(), c.String("raw"), c.String("staging"), c.String("processed"))
	if err != nil {
		return result, err
	}
	defer zones.Close()
	o.Raw, o.Staging, o.Processed = zones[0], zones[1], zones[2]
	var out Verified
	err = withWarehouse(ctx, c.String("warehouse"), func(w *warehouse.Warehouse) error {
		return w.Look(ctx, func(l *warehouse.Look) (err error) {
			o.Warehouse = l
			out, err = Verify(ctx, o)
			return err
		})
	})
	if err != nil {
		return result, err
	}
	result.Counts, result.Details, result.Text = out.counts(), out, out.text()
	return result, out.fault()
}

// fault is the first difference; nil where all agree.
func (v Verified) fault() error {
	if len(v.Differences) == 0 {
		return nil
	}
	more := ""
	if v.Differ > 1 {
		more = " (" + plural(v.Differ, "difference") + " in all)"
	}
	d := v.Differences[0]
	return fault.New(fault.Data, d.Next, "%w%s", errors.New(d.Error()), more)
}
