package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/step"
	"covers/tasks/internal/text"
	"covers/tasks/internal/verify"
	"covers/tasks/internal/warehouse"
)

func verifyCommand() step.Command {
	return step.Command{
		Name:  "verify",
		Usage: "count days again from raw to the warehouse, and name where they first differ",
		Description: "" +
			"Reads every reading of the days in raw, staging, processed and the warehouse, counts it again and compares\n" +
			"the stages with each other: objects by SHA-256, lines and rows by number, each raw line by what became of\n" +
			"it, rows by content, and the current rows by what the observations say. Manifests and stored digests are\n" +
			"not believed. What has expired is no difference. Fails (65) with the first difference in the order of the\n" +
			"data; details list the first of every reading. Nothing is written; a DuckDB file is open meanwhile, and a\n" +
			"load waits.",
		Flags: []cli.Flag{
			step.DaysFlag(),
			step.ZoneFlag("raw"),
			step.ZoneFlag("staging"),
			step.ZoneFlag("processed"),
			step.WarehouseFlag(),
		},
		Run: runVerify,
	}
}

func runVerify(ctx context.Context, c *cli.Context) (result step.Result, err error) {
	result.Status = step.StatusUnchanged
	o := verify.Options{Progress: step.Progress(ctx, "rows")}
	if o.Days, err = step.Days(c); err != nil {
		return result, err
	}
	if len(o.Days) == 1 {
		result.Day = o.Days[0]
	}
	zones, err := zonesOf(ctx, c, lake.Open, zoneNames...)
	if err != nil {
		return result, err
	}
	defer zones.Close()
	o.Raw, o.Staging, o.Processed = zones[0], zones[1], zones[2]
	w, err := warehouse.OpenWhenFree(ctx, machine.This(), c.String("warehouse"))
	if err != nil {
		return result, err
	}
	var out verify.Outcome
	err = errors.Join(w.Look(ctx, func(l *warehouse.Look) (err error) {
		o.Warehouse = l
		out, err = verify.Run(ctx, o)
		return err
	}), w.Close())
	if err != nil {
		return result, err
	}
	return verifyResult(out), verifyFault(out)
}

func verifyResult(out verify.Outcome) step.Result {
	result := step.Result{Status: step.StatusUnchanged, Counts: verifyCounts(out), Text: verifyText(out)}
	if len(out.Days) == 1 {
		result.Day = out.Days[0]
	}
	result.Details = verifyDetails{out.Days, out.Differ, out.Differences}
	return result
}

// verifyDetails are the command's own part of the result.
type verifyDetails struct {
	Days        []string            `json:"days"`
	Differ      int64               `json:"differ"` // differences
	Differences []verify.Difference `json:"differences"`
}

// verifyFault returns the first difference, or nil where all agree.
func verifyFault(out verify.Outcome) error {
	if len(out.Differences) == 0 {
		return nil
	}
	more := ""
	if out.Differ > 1 {
		more = " (" + text.Count(out.Differ, "difference") + " in all)"
	}
	d := out.Differences[0]
	return fault.New(fault.Data, d.Next, "%w%s", errors.New(d.Error()), more)
}

// verifyCounts returns the result's counts, by stage.
func verifyCounts(out verify.Outcome) (counts step.Counts) {
	for stage, n := range out.Stages {
		name := string(stage)
		counts.Add(name, "agree", n.Agree)
		counts.Add(name, "differ", n.Differ)
		if stage == verify.StageCurrent {
			counts.Add(name, "keys", n.Readings)
			continue
		}
		counts.Add(name, "readings", n.Readings)
		counts.Add(name, "expired", n.Expired)
		counts.Add(name, "not_reached", n.NotReached)
		counts.Add(name, "records", n.Records)
	}
	return counts
}
