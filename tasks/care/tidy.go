package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/step"
)

// spared is the age below which nothing is removed: an attempt may publish for a day (lake.MaxAge), and a clock may be off.
const spared = 7 * 24 * time.Hour

func tidyCommand() step.Command {
	return step.Command{
		Name:  "tidy",
		Usage: "remove what no manifest names",
		Description: "Attempts that were killed leave data objects that no manifest names. They do not exist for any reader;\n" +
			"tidy removes those older than a week, and the unfinished files of local zones.",
		Flags: []cli.Flag{
			step.StringFlag("raw", "the raw zone's `URL`", "", false),
			step.StringFlag("staging", "the staging zone's `URL`", "", false),
			step.StringFlag("processed", "the processed zone's `URL`", "", false),
			step.DryRunFlag(),
		},
		Run: tidy,
	}
}

func tidy(ctx context.Context, c *cli.Context) (step.Result, error) {
	result := step.Result{Status: step.StatusUnchanged, Counts: map[string]map[string]int64{}}
	before := time.Now().Add(-spared)
	var text strings.Builder
	asked := 0
	for _, name := range []string{"raw", "staging", "processed"} {
		if c.String(name) == "" {
			continue
		}
		asked++
		z, err := lake.Open(ctx, machine.This(), c.String(name))
		if err != nil {
			return result, err
		}
		found, err := tidyZone(ctx, z, before, c.Bool("dry-run"))
		if cerr := z.Close(); err == nil {
			err = cerr
		}
		result.Counts[name] = map[string]int64{"orphans": found.orphans, "bytes": found.bytes, "unfinished": found.unfinished}
		fmt.Fprintf(&text, "%s: %d orphans, %d bytes, %d unfinished files\n", name, found.orphans, found.bytes, found.unfinished)
		if err != nil {
			return result, err
		}
		if found.orphans+found.unfinished > 0 && !c.Bool("dry-run") {
			result.Status = step.StatusDone
		}
	}
	if asked == 0 {
		return result, fault.New(fault.Usage, "give --raw, --staging or --processed", "no zone to tidy")
	}
	result.Text = text.String()
	return result, nil
}

// tidied counts what was removed, or with a dry run would be.
type tidied struct{ orphans, bytes, unfinished int64 }

func tidyZone(ctx context.Context, z *lake.Zone, before time.Time, dryRun bool) (tidied, error) {
	var t tidied
	for e, err := range lake.Orphans(ctx, z, before) {
		if err != nil {
			return t, err
		}
		if !dryRun {
			removed, err := z.DeleteOrphan(ctx, e, before)
			if err != nil {
				return t, err
			}
			if !removed {
				continue
			}
			zerolog.Ctx(ctx).Info().Str("zone", z.URL()).Str("object", e.Key).Int64("bytes", e.Size).Msg("removed an orphan")
		}
		t.orphans++
		t.bytes += e.Size
	}
	if dryRun {
		return t, nil
	}
	n, err := z.Sweep(ctx, before)
	t.unfinished = int64(n)
	return t, err
}
