// Command transform gathers a day's results of all sources into few, load-ready Parquet objects. Its work is package transform's.
package main

import (
	"context"
	"errors"
	"runtime/debug"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/source"
	"covers/tasks/internal/step"
	"covers/tasks/internal/transform"
)

func main() { step.Main(definition()) }

const description = "" +
	"Takes, of each reading of the day, the result with the newest rank, unless an earlier transform took it,\n" +
	"and leaves one more manifest in the processed zone with all their rows. Refused results contribute no rows;\n" +
	"the manifest names them, so that the load can take back what an older rank contributed.\n" +
	"A result whose objects are missing or corrupt is left out: the others are published, and the step fails (65)."

func definition() step.Step {
	return step.Step{
		Name:        "transform",
		Usage:       "gather a day's validated rows of all sources for loading",
		Description: description,
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

func run(ctx context.Context, c *cli.Context) (result step.Result, err error) {
	// As in extract: little is thrown away, and to collect it more often keeps memory close to what is held.
	debug.SetGCPercent(25)
	m := machine.This()
	o := transform.Options{
		Machine: m, Day: c.String("day"), DryRun: c.Bool("dry-run"), Program: step.Version, Progress: step.Progress(ctx, "rows"),
	}
	result.Day = o.Day
	registry, err := source.Load(c.String("restaurants"))
	if err != nil {
		return result, err
	}
	for _, s := range registry.Sources {
		o.Sources = append(o.Sources, s.ID)
	}
	zones, err := lake.OpenZones(ctx, m, c.String("staging"), c.String("processed"))
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, zones.Close()) }()
	o.Staging, o.Processed = zones[0], zones[1]
	out, err := transform.Run(ctx, o)
	return resultOf(out, o), err // beside an error, too: what was published without the results left out is told
}
