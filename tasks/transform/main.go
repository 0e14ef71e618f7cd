// Command transform gathers a day's results of all sources into few, load-ready Parquet objects. Start with Run.
package main

import (
	"context"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/source"
	"covers/tasks/internal/step"
)

func main() { step.Main(definition()) }

func definition() step.Step {
	return step.Step{
		Name:  "transform",
		Usage: "gather a day's validated rows of all sources for loading",
		Description: "Takes, of each reading of the day, the result with the newest rank, unless an earlier transform took it,\n" +
			"and leaves one more manifest in the processed zone with all their rows. Refused results contribute no rows;\n" +
			"the manifest names them, so that the load can take back what an older rank contributed.\n" +
			"A result whose objects are missing or corrupt is left out: the others are published, and the program fails (65).",
		Flags: []cli.Flag{
			step.DayFlag(),
			step.ZoneFlag("staging"),
			step.ZoneFlag("processed"),
			step.RestaurantsFlag(),
			step.DryRunFlag(),
		},
		Run: run,
	}
}

func run(ctx context.Context, c *cli.Context) (step.Result, error) {
	result := step.Result{Day: c.String("day"), Status: step.StatusUnchanged}
	registry, err := source.Load(c.String("restaurants"))
	if err != nil {
		return result, err
	}
	staging, err := lake.Open(ctx, machine.This(), c.String("staging"))
	if err != nil {
		return result, err
	}
	defer staging.Close()
	processed, err := lake.Open(ctx, machine.This(), c.String("processed"))
	if err != nil {
		return result, err
	}
	defer processed.Close()
	o := Options{
		Day: c.String("day"), Staging: staging, Processed: processed, DryRun: c.Bool("dry-run"), Program: step.Version,
		Now: time.Now, Progress: step.Progress(ctx, "rows"),
	}
	for _, s := range registry.Sources {
		o.Sources = append(o.Sources, s.ID)
	}
	out, err := Run(ctx, o)
	for _, r := range out.Results {
		result.Inputs = append(result.Inputs, r.Key)
	}
	if o.DryRun {
		result.Text = wouldGather(out.Results)
	}
	if out.Key == "" || o.DryRun { // with a key and an error, results were left out: what was published is told all the same
		return result, err
	}
	result.Status = step.StatusDone
	result.Manifest, result.Outputs = out.Key, []string{out.Key}
	result.Counts = map[string]map[string]int64{}
	refused := []string{}
	for _, in := range out.Manifest.Inputs {
		if in.Refused {
			refused = append(refused, in.Reading)
		}
		for kind, n := range in.Rows {
			total := result.Counts[kind]
			if total == nil {
				total = map[string]int64{}
				result.Counts[kind] = total
			}
			total["rows"] += n
			total["received"] += in.Counts[kind].Received
			total["accepted"] += in.Counts[kind].Accepted
			total["quarantined"] += in.Counts[kind].Quarantined
			if n := in.Counts[kind].Absent; n > 0 {
				total["absent"] += n
			}
		}
	}
	result.Details = map[string]any{"readings": len(out.Manifest.Inputs), "refused_readings": refused}
	return result, err
}

// wouldGather says what a dry run found, for people.
func wouldGather(results []lake.Found[lake.Result]) string {
	var b strings.Builder
	b.WriteString("would gather " + plural(len(results), "result"))
	for i, r := range results {
		if i == 0 {
			b.WriteString(":")
		}
		b.WriteString("\n  " + r.Key)
		if r.Manifest.Refused {
			b.WriteString(" (refused: no rows)")
		}
	}
	return b.String() + "\n"
}
