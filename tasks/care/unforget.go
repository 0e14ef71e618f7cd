package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/step"
	"covers/tasks/internal/text"
	"covers/tasks/internal/unforget"
	"covers/tasks/internal/warehouse"
)

func unforgetCommand() step.Command {
	return step.Command{
		Name:  "unforget",
		Usage: "take back the erasures that a reading brought",
		Description: "" +
			"For a platform that asked to forget guests by mistake. The reading's requests are held again, and the readings\n" +
			"whose rows they emptied are taken again from the processed zone, all in one transaction: everything becomes as\n" +
			"if the requests had been refused. Who was asked for by forget, or by another reading, stays erased. Where the\n" +
			"processed zone has lost one of those readings nothing is done: transform makes it again from staging, and\n" +
			"validate from raw, for as long as they have it. It is written down with who decided and when; --confirm of\n" +
			"erasures undoes it.",
		Flags: []cli.Flag{
			step.StringFlag("reading", "the `READING` whose erasures are taken back", "", true),
			step.ZoneFlag("processed"),
			step.WarehouseFlag(),
			operatorFlag(),
			step.DryRunFlag(),
		},
		Run: runUnforget,
	}
}

func runUnforget(ctx context.Context, c *cli.Context) (result step.Result, err error) {
	result.Status = step.StatusUnchanged
	processed, err := lake.OpenThere(ctx, machine.This(), c.String("processed"))
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, processed.Close()) }()
	dryRun := c.Bool("dry-run")
	out, err := unforget.Run(ctx, unforget.Options{
		Reading: c.String("reading"), Processed: processed, By: operatorOf(c), DryRun: dryRun, Program: step.Version,
		Machine: machine.This(), Open: openWarehouse(c),
	})
	if err != nil {
		return result, err
	}
	if out.Changed && !dryRun {
		result.Status = step.StatusDone
	}
	result.Counts.Add("unforget", "requests", out.Requests)
	result.Counts.Add("unforget", "guests", out.Guests)
	result.Counts.Add("unforget", "still_erased", out.Still)
	result.Counts.Add("unforget", "readings", int64(len(out.Readings)))
	result.Details = map[string]any{"readings": append([]string{}, out.Readings...)}
	result.Text = unforgetText(out, dryRun)
	return result, nil
}

// unforgetText returns the outcome for people.
func unforgetText(out warehouse.Restored, dryRun bool) string {
	if !out.Changed {
		return "nothing to do: the reading's erasures were taken back before\n"
	}
	var b strings.Builder
	if dryRun {
		fmt.Fprintf(&b, "would take back the erasure of %s and take %s again:\n", text.Count(out.Guests, "guest"),
			text.Count(len(out.Readings), "reading"))
	} else {
		fmt.Fprintf(&b, "took back %s to forget %s, of whom %d stay erased for another reason; took %s again:\n",
			text.Count(out.Requests, "request"), text.Count(out.Guests, "guest"), out.Still, text.Count(len(out.Readings),
				"reading"))
	}
	for _, r := range out.Readings {
		b.WriteString("  " + r + "\n")
	}
	return b.String()
}
