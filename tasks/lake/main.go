// Command lake holds what is asked of the zones before they are used: check tries whether each has what the promises rest on.
// It is for people, and no task of a day.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/findings"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/preflight"
	"covers/tasks/internal/step"
)

func main() { step.Main(definition()) }

func definition() step.Step {
	return step.Step{
		Name:        "lake",
		Usage:       "look at the zones before they are used",
		Description: "What is asked of the zones before a first day, each by its own command.",
		Commands: []step.Command{{
			Name:  "check",
			Usage: "try whether the zones have what the promises rest on",
			Description: "For each zone that is given: can it be reached and listed, is a write of a taken key refused, are\n" +
				"the client's checksums taken, does what was written come back, do the clocks agree, can it be\n" +
				"deleted; of a bucket also versioning, encryption and lifecycle, as far as the credentials may ask;\n" +
				"of a folder also hard links, fsync, the case of names and who may read it.\n\n" +
				"An object below _check/ is written and removed again. Where nothing may be deleted, nothing is written.\n" +
				"Exit code 0 where nothing is wrong; otherwise that which a step would end with. What is to note or cannot\n" +
				"be found out is no fault.",
			Flags: []cli.Flag{
				step.OptionalZoneFlag("raw", ""),
				step.OptionalZoneFlag("staging", ""),
				step.OptionalZoneFlag("processed", ""),
			},
			Run: check,
		}},
	}
}

func check(ctx context.Context, c *cli.Context) (step.Result, error) {
	result := step.Result{Status: step.StatusUnchanged, Counts: step.Counts{}}
	zones := []preflight.Zone{
		{Name: "raw", URL: c.String("raw")},
		{Name: "staging", URL: c.String("staging")},
		{Name: "processed", URL: c.String("processed")},
	}
	out, err := preflight.Run(ctx, preflight.Options{Zones: zones, Machine: machine.This()})
	if err != nil {
		return result, err
	}
	for _, of := range out.Of() {
		result.Counts[of.Thing] = of.Counts()
	}
	result.Details, result.Text = out, findings.Text(out.Of())
	return result, out.Fault()
}
