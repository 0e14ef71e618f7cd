// Command validate holds the readings of a source's day against the data contract. Its work is package validate's and package
// quarantine's.
package main

import (
	"context"
	"errors"
	"runtime/debug"

	"github.com/urfave/cli/v2"

	"covers/contract"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/phone"
	"covers/tasks/internal/source"
	"covers/tasks/internal/step"
	"covers/tasks/internal/token"
	"covers/tasks/internal/validate"
)

func main() { step.Main(definition()) }

func definition() step.Step {
	return step.Step{
		Name:  "validate",
		Usage: "check a source's readings of a day against the data contract",
		Description: "Takes the readings of the source and day that have no result at the current rank, and leaves a result\n" +
			"for each in the staging zone: accepted records as Parquet rows with tokens in place of personal data,\n" +
			"refused ones as reasons with their place in raw. Where too many records of a kind are refused, more than the\n" +
			"share --max-refused and more than --max-refused-records, or none of at least two is in order, the kind is\n" +
			"withheld (65): its rows do not go in, and those of the other kinds do.\n\n" +
			"Where too many guests of a reading ask to be forgotten, more than the share --max-erased and more than\n" +
			"--max-erased-records, or all of at least two, the requests are held: everything else goes in, load says so (65),\n" +
			"and a person confirms or refuses them with care erasures.\n\n" +
			"The token key is read from COVERS_TOKEN_KEY or the file that COVERS_TOKEN_KEY_FILE names.",
		Flags: []cli.Flag{
			step.StringFlag("source", "the `SOURCE`, platform/restaurant or platform/account, as opentable/101", "", true),
			step.DayFlag(),
			step.ZoneFlag("raw"),
			step.ZoneFlag("staging"),
			step.RestaurantsFlag(),
			step.IntFlag("token-key-number", "the `NUMBER` of the token key, raised with every new key", 1, 1),
			step.FloatFlag("max-refused", "the `SHARE` of refused records of a kind above which it is withheld", 0.05, 0, 1),
			step.IntFlag("max-refused-records", "the `NUMBER` of refused records of a kind that does not withhold it", 5, 0),
			step.FloatFlag("max-erased", "the `SHARE` of guests who ask to be forgotten above which that is held", 0.02, 0, 1),
			step.IntFlag("max-erased-records", "the `NUMBER` of such guests that is not held", 5, 0),
			step.DryRunFlag(),
		},
		Run:      run,
		Commands: []step.Command{quarantineCommand()},
	}
}

func run(ctx context.Context, c *cli.Context) (result step.Result, err error) {
	// As in extract: little is thrown away, and to collect it more often keeps memory close to what is held.
	debug.SetGCPercent(25)
	m := machine.This()
	o := validate.Options{
		Machine: m, Day: c.String("day"), Revision: contract.Get().Revision, MaxRefused: c.Float64("max-refused"),
		MaxRefusedRecords: c.Int64("max-refused-records"), MaxErased: c.Float64("max-erased"),
		MaxErasedRecords: c.Int64("max-erased-records"), DryRun: c.Bool("dry-run"), Program: step.Version,
		Progress: step.Progress(ctx, "records"),
	}
	result.Day, result.Source = o.Day, c.String("source")
	registry, err := source.Load(c.String("restaurants"))
	if err != nil {
		return result, err
	}
	if o.Source, err = registry.Source(c.String("source")); err != nil {
		return result, err
	}
	if o.Key, err = token.ReadKey(ctx, m.Getenv, c.Int64("token-key-number"), phone.Read); err != nil {
		return result, err
	}
	zones, err := lake.OpenZones(ctx, m, c.String("raw"), c.String("staging"))
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, zones.Close()) }()
	o.Raw, o.Staging = zones[0], zones[1]
	out, err := validate.Run(ctx, o)
	return resultOf(out, o), err
}
