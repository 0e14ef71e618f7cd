package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/forget"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/step"
	"covers/tasks/internal/warehouse"
)

func forgetCommand() step.Command {
	return step.Command{
		Name:  "forget",
		Usage: "erase guests from the warehouse, now and at every later load",
		Description: "Empties the guests' tokens and attributes and takes them off their reservations, in observations and in\n" +
			"current rows. The erasure is remembered: a later load or a reprocessed day does not bring them back. The\n" +
			"guests are named by the platform's own id; whoever the platform merged with them is erased, too. The lake\n" +
			"is not touched: its objects expire by the zones' lifecycles. Those of the zones given that still hold a record\n" +
			"or a token are found through the manifests and listed, each with the day on which it expires. A zone that\n" +
			"does not know a reading younger than its days is not the one that was loaded from: nothing is erased then.\n" +
			"With --processed the receipt is kept there, below receipts/forget/.",
		Flags: []cli.Flag{
			step.ChoiceFlag("platform", "the guests' platform", "", platforms.Names()...),
			newIDsFlag("customer", "the platform's `ID` of a guest, taken as it is; may be repeated", step.EnvName("customer")),
			step.WarehouseFlag(),
			step.OptionalZoneFlag("raw", "it is looked through"),
			step.OptionalZoneFlag("staging", "it is looked through"),
			step.OptionalZoneFlag("processed", "it is looked through, and keeps the receipt"),
			step.IntFlag("raw-days", "the `DAYS` after which the raw zone's lifecycle deletes an object", 30, 1),
			step.IntFlag("staging-days", "the same of staging, in `DAYS`", 90, 1),
			step.IntFlag("processed-days", "the same of processed, in `DAYS`", 365, 1),
			step.DryRunFlag(),
		},
		Run: runForget,
	}
}

func runForget(ctx context.Context, c *cli.Context) (result step.Result, err error) {
	result.Status = step.StatusUnchanged
	o := forget.Options{
		Platform: c.String("platform"), Customers: idsOf(c, "customer"), DryRun: c.Bool("dry-run"), Program: step.Version,
		Machine: machine.This(),
		Open: func(ctx context.Context, mode warehouse.Mode) (*warehouse.Warehouse, error) {
			return warehouse.Open(ctx, machine.This(), c.String("warehouse"), mode)
		},
	}
	for _, id := range o.Customers {
		if id == "" {
			return result, fault.New(fault.Usage, "give the platform's id of the guest", "--customer is empty")
		}
	}
	zones, err := zonesOf(ctx, c, lake.OpenThere, zoneNames...)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, zones.Close()) }()
	for i, z := range zones {
		if name := zoneNames[i]; z != nil {
			o.Zones = append(o.Zones, forget.Zone{Name: forget.ZoneName(name), Zone: z, Days: c.Int64(name + "-days")})
		}
	}
	out, err := forget.Run(ctx, o)
	if err != nil && (out.Receipt == nil || !out.Receipt.Done) {
		return result, err
	}
	return forgetResult(out, o), err
}

// forgetResult returns the result of an erasure that was done, or of a dry run. Counts are all that it says of the guests, since
// an id is personal.
func forgetResult(out forget.Outcome, o forget.Options) step.Result {
	result := step.Result{Status: step.StatusUnchanged, Details: out.Left}
	for name, n := range map[string]int64{
		"asked": out.Asked, "remembered": out.Reached.Subjects, "not_found": out.Reached.Absent,
		"customer_observations":    out.Reached.CustomerObservations,
		"reservation_observations": out.Reached.ReservationObservations,
		"remaining_objects":        int64(len(out.Left.Remaining)),
	} {
		result.Counts.Add("forget", name, n)
	}
	if n := out.Reached.Connected; n > 0 {
		result.Counts.Add("forget", "connected", n)
	}
	if o.DryRun {
		result.Text = wouldTell(out.Asked, out.Reached) + "\n" + leftText(out.Left, o.Zones)
		return result
	}
	if out.Reached.Subjects > 0 {
		result.Status = step.StatusDone
	}
	result.Details = out.Receipt
	result.Text = told(out.Asked, out.Reached) + "; receipt " + out.Receipt.Receipt + "\n" + leftText(out.Left, o.Zones)
	if out.Key != "" {
		result.Outputs = []string{out.Key}
	}
	return result
}
