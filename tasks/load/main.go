// Command load brings the processed results of days into the warehouse, answers questions about what is there (status,
// explain) and brings its schema up (migrate). Its work is tasks/internal/load.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/load"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/source"
	"covers/tasks/internal/step"
	"covers/tasks/internal/warehouse"
)

func main() { step.Main(definition()) }

const description = "" +
	"Takes, of the days asked for, the readings that the ledger lacks or has at an older rank, in one transaction:\n" +
	"all of them or none. What an older rank contributed is taken back, erasures are applied to what is there and\n" +
	"to what comes, and the current rows of the bookings and guests touched are made again. Run it again, or several\n" +
	"at once: nothing is taken twice.\n\n" +
	"A reading that breaks an expectation of the severity error (contract/covers.odcs.yaml), held against the same weekday\n" +
	"of the weeks before, is left out; the others are loaded, and the step fails (65). Where it is right, name the day\n" +
	"under unusual in restaurants.yaml. What is loaded stays loaded.\n\n" +
	"A DuckDB warehouse takes memory_limit (512MiB), threads and temp_directory as\n" +
	"parameters of its URL: duckdb:///data/covers.duckdb?memory_limit=2GiB. Snowflake reads the processed zone itself,\n" +
	"from S3: snowflake://USER@ACCOUNT/DATABASE/SCHEMA?warehouse=NAME&role=NAME&storage_integration=NAME (or\n" +
	"stage=NAME, an external stage at the zone's URL)."

func definition() step.Step {
	return step.Step{
		Name:        "load",
		Usage:       "load processed days into the warehouse",
		Description: description,
		Flags: []cli.Flag{
			daysFlag(),
			step.BoolFlag("all", "load every day of the processed zone"),
			step.ZoneFlag("processed"),
			step.WarehouseFlag(),
			step.RestaurantsFlag(),
			step.DryRunFlag(),
			step.BoolFlag("sql", "with --dry-run: show the statements in full"),
		},
		Run:      run,
		Commands: []step.Command{statusCommand(), explainCommand(), migrateCommand(), checkCommand(), rebuildCommand()},
	}
}

// daysFlag is --days where it may be left out.
func daysFlag() cli.Flag {
	f := step.DaysFlag()
	f.Required = false
	return f
}

func run(ctx context.Context, c *cli.Context) (result step.Result, err error) {
	days, err := step.Days(c)
	if err != nil {
		return result, err
	}
	if (days == nil) != c.Bool("all") {
		return result, fault.New(fault.Usage, "give --days or --all", "which days to load is not clear")
	}
	if len(days) == 1 {
		result.Day = days[0]
	}
	registry, err := source.Load(c.String("restaurants"))
	if err != nil {
		return result, err
	}
	processed, err := lake.Open(ctx, machine.This(), c.String("processed"))
	if err != nil {
		return result, err
	}
	defer processed.Close()
	out, err := load.Run(ctx, load.Options{
		Machine: machine.This(), Open: openWarehouse(c), Processed: processed, Days: days, Registry: registry,
		Program: step.Version, DryRun: c.Bool("dry-run"),
		Statements: func() ([]warehouse.Statement, error) { return warehouse.LoadStatements(c.String("warehouse")) },
	})
	if err != nil {
		return result, err
	}
	if !out.DryRun {
		err = out.Verdict()
	}
	return resultOf(out, result.Day, c.Bool("sql")), err
}

// openWarehouse returns what opens the warehouse of --warehouse.
func openWarehouse(c *cli.Context) load.Open {
	return func(ctx context.Context, mode warehouse.Mode) (*warehouse.Warehouse, error) {
		return warehouse.Open(ctx, machine.This(), c.String("warehouse"), mode)
	}
}
