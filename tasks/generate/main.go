// Command generate makes days of the simulated platforms' records. Its work is tasks/internal/generate. Started by AWS Lambda it
// serves invocations instead (lambda.go).
package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/generate"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/simulator"
	"covers/tasks/internal/source"
	"covers/tasks/internal/step"
)

func main() {
	if underLambda() {
		serveLambda()
		return
	}
	step.Main(definition())
}

func definition() step.Step {
	return step.Step{
		Name:  "generate",
		Usage: "make a day of the simulated platforms' records",
		Description: "Writes, for each restaurant and platform, the reservations and guests that changed on a day, and an\n" +
			"answer sheet that says what is wrong with some of them on purpose. A day that is there already stays as it is.\n\n" +
			"Kinds of defect: " + strings.Join(generate.DefectNames(), ", ") + ".",
		Flags: []cli.Flag{
			step.DayFlag(),
			step.ZoneFlag("out"),
			step.RestaurantsFlag(),
			step.StringFlag("source", "only this `SOURCE`, such as opentable/101", "", false),
			step.IntFlag("records", "about how many reservations change on an average day, for each restaurant and platform",
				5000, 1),
			step.IntFlag("seed", "another number gives another world", 1, 0),
			step.FloatFlag("defects", "share of records with a defect, spread over all kinds that --defect does not name", 0.01,
				0, 1),
			&cli.StringSliceFlag{
				Name: "defect", Usage: "share of records with one kind of defect, `KIND=SHARE`; may be repeated",
				EnvVars: []string{step.EnvName("defect")},
			},
			step.ChoiceFlag("merges", "whether OpenTable's restaurants merge and archive guests, and what becomes of the "+
				"bookings of the merged: they stay with the old id, or move to the survivor's", "stay", "stay", "move", "none"),
			step.DryRunFlag(),
		},
		Run: run,
	}
}

func run(ctx context.Context, c *cli.Context) (step.Result, error) {
	o := generate.Options{
		Day: c.String("day"), Source: c.String("source"), DryRun: c.Bool("dry-run"),
		Settings: simulator.Settings{Seed: uint64(c.Int64("seed")), Records: c.Int64("records")},
		Progress: step.Progress(ctx, "restaurants"),
	}
	if merges := c.String("merges"); merges != "none" {
		o.Settings.Merges = merges
	}
	var err error
	if o.Settings.Defects, err = generate.Shares(c.Float64("defects"), c.StringSlice("defect")); err != nil {
		return step.Result{}, err
	}
	if o.Registry, err = source.Load(c.String("restaurants")); err != nil {
		return step.Result{}, err
	}
	if o.Out, err = lake.Open(ctx, machine.This(), c.String("out")); err != nil {
		return step.Result{}, err
	}
	defer o.Out.Close()
	out, err := generate.Run(ctx, o)
	return result(out), err
}

func result(o generate.Outcome) step.Result {
	res := step.Result{Status: step.StatusUnchanged, Day: o.Day, Source: o.Source}
	var text strings.Builder
	for _, d := range o.Days {
		verb := "there already"
		switch {
		case d.Written:
			verb = "written"
			res.Status = step.StatusDone
			res.Outputs = append(res.Outputs, d.Key)
		case o.DryRun && d.Defects == nil:
			verb = "would be written"
		}
		fmt.Fprintf(&text, "%s %s: %s,", d.Source, o.Day, verb)
		for _, kind := range simulator.Kinds {
			res.Counts.Add(kind, "records", d.Records[kind])
			fmt.Fprintf(&text, " %d %ss", d.Records[kind], kind)
		}
		for name, n := range d.Defects {
			res.Counts.Add("defect", name, n)
		}
		text.WriteString("\n")
	}
	if len(o.Days) > 0 {
		res.Details = o.Days
	}
	res.Text = strings.TrimSuffix(text.String(), "\n")
	return res
}
