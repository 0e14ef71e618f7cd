// Command validate holds the readings of a source's day against the data contract: accepted records become Parquet rows
// with tokens in place of personal data, the others go to quarantine with every reason. Start with Run.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/urfave/cli/v2"

	"covers/contract"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/source"
	"covers/tasks/internal/step"
	"covers/tasks/internal/token"
)

func main() { step.Main(definition()) }

func definition() step.Step {
	return step.Step{
		Name:  "validate",
		Usage: "check a source's readings of a day against the data contract",
		Description: "Takes the readings of the source and day that have no result at the current rank, and leaves a result\n" +
			"for each in the staging zone: accepted records as Parquet rows with tokens in place of personal data,\n" +
			"refused ones as reasons with their place in raw. Above --max-refused the reading is refused (65).\n\n" +
			"The token key is read from COVERS_TOKEN_KEY or the file that COVERS_TOKEN_KEY_FILE names.",
		Flags: []cli.Flag{
			step.StringFlag("source", "the `SOURCE`, platform/restaurant or platform/account, as opentable/101", "", true),
			step.DayFlag(),
			step.ZoneFlag("raw"),
			step.ZoneFlag("staging"),
			step.RestaurantsFlag(),
			step.IntFlag("token-key-number", "the `NUMBER` of the token key, raised with every new key", 1, 1),
			step.FloatFlag("max-refused", "the `SHARE` of refused records of a kind above which a reading is refused", 0.05, 0, 1),
			step.DryRunFlag(),
		},
		Run:      run,
		Commands: []step.Command{quarantineCommand()},
	}
}

func run(ctx context.Context, c *cli.Context) (step.Result, error) {
	result := step.Result{Day: c.String("day"), Source: c.String("source")}
	registry, err := source.Load(c.String("restaurants"))
	if err != nil {
		return result, err
	}
	src, err := registry.Source(c.String("source"))
	if err != nil {
		return result, err
	}
	secret, err := step.SecretFromEnv(os.Getenv, "COVERS_TOKEN_KEY")
	if err != nil {
		return result, err
	}
	key, err := token.New(secret, c.Int64("token-key-number"))
	if err != nil {
		return result, err
	}
	raw, err := lake.Open(ctx, machine.This(), c.String("raw"))
	if err != nil {
		return result, err
	}
	defer raw.Close()
	staging, err := lake.Open(ctx, machine.This(), c.String("staging"))
	if err != nil {
		return result, err
	}
	defer staging.Close()
	o := Options{
		Source: src, Day: c.String("day"), Raw: raw, Staging: staging, Key: key, Revision: contract.Get().Revision,
		MaxRefused: c.Float64("max-refused"), DryRun: c.Bool("dry-run"), Program: step.Version, Now: time.Now,
		Progress: step.Progress(ctx, "records"),
	}
	out, err := Run(ctx, o)
	describe(&result, out, o)
	return result, err
}

// describe makes the result line of what a run did.
func describe(result *step.Result, out Outcome, o Options) {
	result.Status = step.StatusDone
	if len(out.Results) == 0 || o.DryRun {
		result.Status = step.StatusUnchanged
	}
	result.Counts = map[string]map[string]int64{}
	for _, d := range out.Results {
		result.Inputs = append(result.Inputs, d.Input)
		if o.DryRun {
			continue
		}
		result.Outputs = append(result.Outputs, d.Key)
		result.Manifest = d.Key
		for kind, n := range d.Result.Counts {
			total := result.Counts[kind]
			if total == nil {
				total = map[string]int64{}
				result.Counts[kind] = total
			}
			total["received"] += n.Received
			total["accepted"] += n.Accepted
			total["quarantined"] += n.Quarantined
			if n.Absent > 0 {
				total["absent"] += n.Absent
			}
			for reason, k := range n.Reasons {
				total["quarantined."+reason] += k
			}
		}
	}
	refused, kept := []string{}, []string{}
	for _, r := range out.Refused {
		refused = append(refused, r.Reading)
	}
	for _, r := range out.Kept {
		kept = append(kept, r.Reading+" at "+r.Rank.String())
	}
	result.Details = map[string]any{
		"rank": o.Rank().String(), "refused_readings": refused, "broken_readings": append([]string{}, out.Broken...), "kept_results": kept,
	}
	if o.DryRun {
		result.Text = fmt.Sprintf("would validate %d readings at rank %s\n", len(out.Results), o.Rank())
		for _, d := range out.Results {
			result.Text += "  " + d.Result.Reading + "\n"
		}
	}
}
