// Command extract writes down what a booking platform says of a source's day: one more reading in the raw zone, every record
// as it was received. How stands in tasks/internal/reading.
package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reading"
	"covers/tasks/internal/readingflags"
	"covers/tasks/internal/step"
)

func main() { step.Main(definition()) }

func definition() step.Step {
	return step.Step{
		Name:  "extract",
		Usage: "read a source's day from its booking platform",
		Description: "Asks a platform what changed on a UTC day (or, by service date, which meals it has) and leaves\n" +
			"one more reading in the raw zone, whatever readings there are. A list is swept until it stands still; after\n" +
			"--max-sweeps the reading is published as not stable. A run that fails leaves no reading.\n\n" +
			readingflags.Credential,
		Flags: append([]cli.Flag{
			step.DayFlag(),
			step.ChoiceFlag("by", "ask by change, by date of the meal, or as the day's age and the platform allow",
				reading.ByAuto, reading.ByAuto, lake.ByUpdated, lake.ByServiceDate),
		}, readingflags.Flags()...),
		Run: run,
	}
}

func run(ctx context.Context, c *cli.Context) (step.Result, error) {
	result := step.Result{Day: c.String("day"), Source: c.String("source")}
	m := machine.This()
	o, err := readingflags.Options(c, m)
	if err != nil {
		return result, err
	}
	o.Day, o.By, o.Progress = result.Day, c.String("by"), step.Progress(ctx, "records")
	if !o.DryRun {
		if o.Raw, err = lake.Open(ctx, m, c.String("raw")); err != nil {
			return result, err
		}
		defer o.Raw.Close()
	}
	out, err := reading.Run(ctx, o)
	return resultOf(out, o), err
}

// details are the step's own part of the result.
type details struct {
	By            string                    `json:"by"`
	Window        map[string]reading.Window `json:"window"` // by kind
	Reading       string                    `json:"reading,omitempty"`
	Stable        bool                      `json:"stable"`
	Sweeps        map[string]int            `json:"sweeps,omitempty"` // by kind
	Requests      int64                     `json:"requests"`         // to the API, every attempt
	TokenRequests int64                     `json:"token_requests"`
	Retries       int64                     `json:"retries"`
	ReceivedBytes int64                     `json:"received_bytes"`
	Planned       []reading.Request         `json:"planned,omitempty"` // of a dry run
	Limits        *readingflags.Limits      `json:"limits,omitempty"`  // of a dry run
}

// resultOf returns the result line of what a run did.
func resultOf(out reading.Outcome, o reading.Options) step.Result {
	result := step.Result{Day: o.Day, Source: o.Source.ID}
	if out.By == "" {
		return result // it ended before anything was planned
	}
	d := details{
		By: out.By, Window: out.Windows, Planned: out.Planned, Sweeps: out.Sweeps, Requests: out.Stats.Requests,
		TokenRequests: out.Stats.TokenRequests, Retries: out.Stats.Retries, ReceivedBytes: out.Stats.Received,
	}
	if o.DryRun {
		limits := readingflags.LimitsOf(o)
		d.Limits = &limits
		result.Status, result.Text = step.StatusUnchanged, planText(out)+"  "+limits.String()+"\n"
	}
	if out.Manifest != "" {
		result.Status, result.Manifest = step.StatusDone, out.Manifest
		d.Reading, d.Stable = out.Reading.Reading, out.Reading.Stable
		result.Counts = counts(out.Reading)
		for _, object := range slices.Concat(out.Reading.Objects, out.Reading.RequestLog) {
			result.Outputs = append(result.Outputs, object.Key)
		}
	}
	result.Details = d
	return result
}

func counts(r lake.Reading) (c step.Counts) {
	for kind, n := range r.Counts {
		c.Add(kind, "listed", n.Listed)
		c.Add(kind, "received", n.Received)
		c.Add(kind, "repeated", n.Repeated)
		c.Add(kind, "gone", n.Gone)
	}
	return c
}

// planText returns a dry run for people.
func planText(out reading.Outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "would ask by %s, each list at least twice:\n", out.By)
	for _, r := range out.Planned {
		fmt.Fprintf(&b, "  %s\n", r)
	}
	return b.String()
}
