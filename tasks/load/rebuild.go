package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/rebuild"
	"covers/tasks/internal/step"
)

const rebuildDescription = "" +
	"Makes a warehouse anew from the processed zone: the readings of the ledger, each at its rank there, a month at a time,\n" +
	"under the erasures of the old one, which come first. Then both are compared row by row, and where nothing differs the\n" +
	"new one takes the old one's place in one step. A DuckDB file is made beside the old one, which is kept as\n" +
	"FILE.before-TIME; on Snowflake two schemas change places (snowflake/rebuild.sql prepares it), and the old one is kept\n" +
	"as SCHEMA_BEFORE_TIME. What is kept holds guests' tokens, and no later erasure reaches it: remove it once you trust\n" +
	"the new one.\n\n" +
	"Loads go on meanwhile; what they bring is caught up with before the swap. Stopped anywhere, the old warehouse is as it\n" +
	"was, and the next run goes on. Refused (65): where the processed zone has a reading no more, and where something\n" +
	"differs. Then the tables and some rows are named, and a fingerprint, with which a person who has found that the old\n" +
	"warehouse is the wrong one accepts just these differences."

func rebuildCommand() step.Command {
	return step.Command{
		Name:        "rebuild",
		Usage:       "make the warehouse anew from processed, compare it, and put it in the old one's place",
		Description: rebuildDescription,
		Flags: []cli.Flag{
			step.ZoneFlag("processed"),
			step.WarehouseFlag(),
			step.DryRunFlag(),
			step.StringFlag("accept-differences", "the `FINGERPRINT` of differences that were looked at and are meant", "",
				false),
		},
		Run: runRebuild,
	}
}

func runRebuild(ctx context.Context, c *cli.Context) (step.Result, error) {
	result := step.Result{Status: step.StatusUnchanged}
	processed, err := lake.OpenThere(ctx, machine.This(), c.String("processed"))
	if err != nil {
		return result, err
	}
	defer processed.Close()
	out, err := rebuild.Run(ctx, rebuild.Options{
		Machine: machine.This(), URL: c.String("warehouse"), Processed: processed, Program: step.Version,
		DryRun: c.Bool("dry-run"), Accept: c.String("accept-differences"), Progress: step.Progress(ctx, "days"),
	})
	if out.Swapped {
		result.Status = step.StatusDone
	}
	result.Counts = step.Counts{"rebuild": {
		"days": int64(out.Days), "readings": int64(out.Readings), "erasures": out.Erasures,
		"expired": int64(len(out.Expired)), "newer": int64(len(out.Newer)), "differing_tables": int64(len(out.Differences)),
	}}
	result.Details, result.Text = out, rebuildText(out)
	return result, err
}

// rebuildText says for people what was done, or would be.
func rebuildText(out rebuild.Outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "readings %d, of %d days; rows of erasures carried over: %d\n", out.Readings, out.Days, out.Erasures)
	for _, d := range out.Differences {
		fmt.Fprintf(&b, "%s: only in the old one %d, only in the new one %d, changed %d\n", d.Table, d.OldOnly, d.NewOnly,
			d.Changed)
		for _, row := range d.First {
			fmt.Fprintf(&b, "  %s\n", row)
		}
	}
	switch {
	case out.Swapped:
		fmt.Fprintf(&b, "the new warehouse is in its place; the old one is kept as %s.\n"+
			"It holds guests' tokens, and no erasure from now on reaches it: remove it once you trust the new one.\n", out.Kept)
	case out.DryRun && out.Expired == nil && out.Newer == nil:
		fmt.Fprintf(&b, "would be made anew as %s, compared, and put in its place\n", out.Build)
	}
	return b.String()
}
