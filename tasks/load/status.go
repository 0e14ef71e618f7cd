package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/load"
	"covers/tasks/internal/step"
	"covers/tasks/internal/warehouse"
)

func statusCommand() step.Command {
	return step.Command{
		Name:  "status",
		Usage: "show what is loaded: the ledger by day and source",
		Description: "Lists the ledger. A warehouse that is not there yet has nothing loaded. " +
			"The result's details hold every entry.",
		Flags: []cli.Flag{daysFlag(), step.WarehouseFlag()},
		Run:   runStatus,
	}
}

func runStatus(ctx context.Context, c *cli.Context) (result step.Result, err error) {
	result.Status = step.StatusUnchanged
	days, err := step.Days(c)
	if err != nil {
		return result, err
	}
	entries, err := load.Status(ctx, openWarehouse(c), days)
	if err != nil {
		return result, err
	}
	result.Details = statusDetails{entries}
	result.Counts.Add("ledger", "readings", int64(len(entries)))
	result.Text = load.StatusText(entries)
	return result, nil
}

// statusDetails are status' own part of the result.
type statusDetails struct {
	Entries []warehouse.Entry `json:"entries"`
}
