package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/step"
	"covers/tasks/internal/tidy"
)

func tidyCommand() step.Command {
	return step.Command{
		Name:  "tidy",
		Usage: "remove what no manifest names",
		Description: "Attempts that were killed leave data objects that no manifest names. They do not exist for any reader;\n" +
			"tidy removes those older than a week, and the unfinished files of local zones.",
		Flags: []cli.Flag{
			step.OptionalZoneFlag("raw", ""),
			step.OptionalZoneFlag("staging", ""),
			step.OptionalZoneFlag("processed", ""),
			step.DryRunFlag(),
		},
		Run: runTidy,
	}
}

func runTidy(ctx context.Context, c *cli.Context) (result step.Result, err error) {
	result.Status = step.StatusUnchanged
	zones, err := zonesOf(ctx, c, lake.Open, zoneNames...)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, zones.Close()) }()
	if !slices.ContainsFunc(zones, func(z *lake.Zone) bool { return z != nil }) {
		return result, fault.New(fault.Usage, "give --raw, --staging or --processed", "no zone to tidy")
	}
	out, err := tidy.Run(ctx, tidy.Options{Zones: zones, DryRun: c.Bool("dry-run"), Machine: machine.This()})
	return tidyResult(out, zones, c.Bool("dry-run")), err
}

// tidyResult returns the result of as many zones as were tidied.
func tidyResult(out tidy.Outcome, zones lake.Zones, dryRun bool) step.Result {
	result := step.Result{Status: step.StatusUnchanged}
	var text strings.Builder
	for i, removed := range out {
		if zones[i] == nil {
			continue
		}
		name := zoneNames[i]
		result.Counts.Add(name, "orphans", removed.Orphans)
		result.Counts.Add(name, "bytes", removed.Bytes)
		result.Counts.Add(name, "unfinished", removed.Unfinished)
		fmt.Fprintf(&text, "%s: %d orphans, %d bytes, %d unfinished files\n",
			name, removed.Orphans, removed.Bytes, removed.Unfinished)
		if removed.Any() && !dryRun {
			result.Status = step.StatusDone
		}
	}
	result.Text = text.String()
	return result
}
