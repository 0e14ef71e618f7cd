package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/findings"
	"covers/tasks/internal/loadcheck"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/step"
)

const checkDescription = "" +
	"In the order in which a load would meet it, a line each: can it be opened or signed in to, does it compute, is the\n" +
	"schema this program's, does an object of each kind land. Of Snowflake also: role, warehouse, database and schema; each\n" +
	"right that load, report and care need, and those that their role must not have, with the GRANT or REVOKE that is\n" +
	"missing; the stage; the clock; the parameters of session and account that matter; whether large results come.\n\n" +
	"Nothing is changed. The objects are the newest ones of the processed zone, which land in temporary tables: no right to\n" +
	"write to the zone is needed. Exit code 0 where nothing is wrong, otherwise that of the first wrong line. What is to\n" +
	"note or cannot be found out is no fault."

func checkCommand() step.Command {
	return step.Command{
		Name:        "check",
		Usage:       "try whether the warehouse has what a load needs",
		Description: checkDescription,
		Flags:       []cli.Flag{step.WarehouseFlag(), step.OptionalZoneFlag("processed", "")},
		Run:         check,
	}
}

func check(ctx context.Context, c *cli.Context) (step.Result, error) {
	result := step.Result{Status: step.StatusUnchanged, Counts: step.Counts{}}
	out, err := loadcheck.Run(ctx, loadcheck.Options{
		Machine: machine.This(), URL: c.String("warehouse"), Processed: c.String("processed"),
	})
	if err != nil {
		return result, err
	}
	for _, of := range out.Of() {
		result.Counts[of.Thing] = of.Counts()
	}
	result.Details, result.Text = out, findings.Text(out.Of())
	return result, findings.Fault(out.Of())
}
