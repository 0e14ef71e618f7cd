// Command extract writes down what a booking platform says of a source's day: one more reading in the raw zone, every record
// as it was received. How stands in tasks/internal/reading.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/reading"
	"covers/tasks/internal/source"
	"covers/tasks/internal/task"
)

func main() { task.Main(step()) }

func step() task.Step {
	return task.Step{
		Name:  "extract",
		Usage: "read a source's day from its booking platform",
		Description: "Asks a platform what changed on a UTC day (or, by service date, which meals it has) and leaves\n" +
			"one more reading in the raw zone, whatever readings there are. A list is swept until it stands still; after\n" +
			"--max-sweeps the reading is published as not stable. A run that fails leaves no reading.\n\n" +
			"The credential is read from COVERS_OPENTABLE_CLIENT_ID and COVERS_OPENTABLE_CLIENT_SECRET, or\n" +
			"COVERS_THEFORK_CLIENT_ID and COVERS_THEFORK_CLIENT_SECRET (the name after COVERS_ is the platform's\n" +
			"credential in restaurants.yaml), or from the files that the same names with _FILE give.",
		Flags: []cli.Flag{
			task.StringFlag("source", "the `SOURCE`, platform/restaurant or platform/account, as opentable/101", "", true),
			task.DayFlag(),
			task.ChoiceFlag("by", "ask by change, by date of the meal, or as the day's age and the platform allow", reading.ByAuto,
				reading.ByAuto, lake.ByUpdated, lake.ByServiceDate),
			task.ZoneFlag("raw"),
			task.RestaurantsFlag(),
			task.IntFlag("max-sweeps", "the most `SWEEPS` of a list that does not stand still", 6, 2),
			task.IntFlag("in-flight", "how many `CALLS` are made at once where records come one by one", 8, 1),
			task.FloatFlag("requests-per-second", "the `RATE` of calls; 0: as in restaurants.yaml", 0, 0, 1e6),
			task.StringFlag("opentable-url", "the `URL` of OpenTable's API instead of api_url in restaurants.yaml", "", false),
			task.StringFlag("opentable-auth-url", "the `URL` of OpenTable's tokens instead of auth_url", "", false),
			task.StringFlag("thefork-url", "the `URL` of TheFork's API instead of api_url, with its /manager", "", false),
			task.StringFlag("thefork-auth-url", "the `URL` of TheFork's tokens instead of auth_url", "", false),
			task.DryRunFlag(),
		},
		Run: run,
	}
}

func run(ctx context.Context, c *cli.Context) (task.Result, error) {
	result := task.Result{Day: c.String("day"), Source: c.String("source")}
	registry, err := source.Load(c.String("restaurants"))
	if err != nil {
		return result, err
	}
	o := reading.Options{
		Day: c.String("day"), By: c.String("by"), MaxSweeps: int(c.Int64("max-sweeps")), InFlight: int(c.Int64("in-flight")),
		DryRun: c.Bool("dry-run"), Program: task.Version, Progress: task.Progress(ctx, "records"),
	}
	if o.Source, err = registry.Source(c.String("source")); err != nil {
		return result, err
	}
	o.Source.Access = access(c, o.Source)
	if !o.DryRun {
		if err := credential(&o, os.Getenv); err != nil {
			return result, err
		}
		if o.Raw, err = lake.Open(ctx, c.String("raw")); err != nil {
			return result, err
		}
		defer o.Raw.Close()
	}
	out, err := reading.Run(ctx, o)
	describe(&result, out, o)
	return result, err
}

// access is the source's, as the flags change it.
func access(c *cli.Context, s source.Source) source.Access {
	a := s.Access
	if v := c.String(s.Platform + "-url"); v != "" {
		a.APIURL = v
	}
	if v := c.String(s.Platform + "-auth-url"); v != "" {
		a.AuthURL = v
	}
	if v := c.Float64("requests-per-second"); v > 0 {
		a.RequestsPerSecond = v
	}
	return a
}

// credential takes the credential from the environment.
func credential(o *reading.Options, getenv func(string) string) (err error) {
	name := "COVERS_" + strings.ToUpper(o.Source.Access.Credential)
	if o.ClientID, err = task.SecretFromEnv(getenv, name+"_CLIENT_ID"); err != nil {
		return err
	}
	o.Secret, err = task.SecretFromEnv(getenv, name+"_CLIENT_SECRET")
	return err
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
}

// describe makes the result line of what a run did.
func describe(result *task.Result, out reading.Outcome, o reading.Options) {
	if out.By == "" {
		return // it ended before anything was planned
	}
	d := details{By: out.By, Window: out.Windows, Planned: out.Planned, Sweeps: out.Sweeps, Requests: out.Stats.Requests,
		TokenRequests: out.Stats.TokenRequests, Retries: out.Stats.Retries, ReceivedBytes: out.Stats.Received}
	if o.DryRun {
		result.Status, result.Text = task.StatusUnchanged, planText(out)
	}
	if out.Manifest != "" {
		result.Status, result.Manifest = task.StatusDone, out.Manifest
		d.Reading, d.Stable = out.Reading.Reading, out.Reading.Stable
		result.Counts = map[string]map[string]int64{}
		for kind, n := range out.Reading.Counts {
			result.Counts[kind] = map[string]int64{"listed": n.Listed, "received": n.Received, "repeated": n.Repeated, "gone": n.Gone}
		}
		for _, object := range out.Reading.Objects {
			result.Outputs = append(result.Outputs, object.Key)
		}
	}
	result.Details = d
}

// planText is a dry run for people.
func planText(out reading.Outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "would ask by %s, each list at least twice:\n", out.By)
	for _, r := range out.Planned {
		fmt.Fprintf(&b, "  %s\n", r)
	}
	return b.String()
}
