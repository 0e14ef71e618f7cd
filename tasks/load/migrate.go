package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/machine"
	"covers/tasks/internal/step"
	"covers/tasks/internal/warehouse"
)

const migrateDescription = "" +
	"Applies the numbered schema files that the warehouse lacks, in order, records each with its digest, and holds the\n" +
	"tables against the data contract. Run it as the schema's owner, with each new program; loads then need no right\n" +
	"to make a table but a temporary one, and are refused until it has run. A file that was changed after it was\n" +
	"applied is refused (65). DuckDB needs none of this: a load brings its file up by itself."

func migrateCommand() step.Command {
	return step.Command{
		Name:        "migrate",
		Usage:       "bring the warehouse's tables and views up to this program",
		Description: migrateDescription,
		Flags:       []cli.Flag{step.WarehouseFlag(), step.DryRunFlag()},
		Run:         migrate,
	}
}

func migrate(ctx context.Context, c *cli.Context) (step.Result, error) {
	result := step.Result{Status: step.StatusUnchanged}
	files, err := warehouse.Migrate(ctx, machine.This(), c.String("warehouse"), c.Bool("dry-run"))
	counts := map[string]int64{warehouse.Applied: 0, warehouse.Before: 0, warehouse.Pending: 0}
	var text strings.Builder
	for _, f := range files {
		counts[f.State]++
		fmt.Fprintf(&text, "  %-8s %s\n", f.State, f.Name)
	}
	result.Counts = step.Counts{"migrate": counts}
	if counts[warehouse.Applied] > 0 {
		result.Status = step.StatusDone
	}
	result.Details = migrateDetails{Files: append([]warehouse.SchemaFile{}, files...), DryRun: c.Bool("dry-run")}
	switch {
	case counts[warehouse.Pending] > 0:
		result.Text = "would apply what is pending:\n" + text.String()
	case counts[warehouse.Applied] > 0:
		result.Text = "the schema is up to date now:\n" + text.String()
	default:
		result.Text = "the schema was up to date:\n" + text.String()
	}
	return result, err
}

// migrateDetails are migrate's own part of the result.
type migrateDetails struct {
	DryRun bool                   `json:"dry_run"`
	Files  []warehouse.SchemaFile `json:"files"`
}
