package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/step"
	"covers/tasks/internal/warehouse"
)

func forgetCommand() step.Command {
	return step.Command{
		Name:  "forget",
		Usage: "erase guests from the warehouse, now and at every later load",
		Description: "Empties the guests' tokens and attributes and takes them off their reservations, in observations and in\n" +
			"current rows. The erasure is remembered: a later load or a reprocessed day does not bring them back. The\n" +
			"guests are named by the platform's own id. The lake is not touched: its objects expire by the zones' lifecycles.\n" +
			"Those of the zones given that still hold a record or a token are found through the manifests and listed, each\n" +
			"with the day on which it expires. A zone that does not know a reading younger than its days is not the one that\n" +
			"was loaded from: nothing is erased then. With --processed the receipt is kept there, below receipts/forget/.",
		Flags: []cli.Flag{
			step.ChoiceFlag("platform", "the guests' platform", "", reservation.OpenTable, reservation.TheFork),
			newIDsFlag("customer", "the platform's `ID` of a guest, taken as it is; may be repeated", step.EnvName("customer")),
			step.WarehouseFlag(),
			step.StringFlag("raw", "the raw zone's `URL`, to look through", "", false),
			step.StringFlag("staging", "the staging zone's `URL`, to look through", "", false),
			step.StringFlag("processed", "the processed zone's `URL`, to look through and to keep the receipt in", "", false),
			step.IntFlag("raw-days", "the `DAYS` after which the raw zone's lifecycle deletes an object", 30, 1),
			step.IntFlag("staging-days", "the same of staging, in `DAYS`", 90, 1),
			step.IntFlag("processed-days", "the same of processed, in `DAYS`", 365, 1),
			step.DryRunFlag(),
		},
		Run: forget,
	}
}

func forget(ctx context.Context, c *cli.Context) (result step.Result, err error) {
	result.Status = step.StatusUnchanged
	var subjects []warehouse.Subject
	for _, id := range idsOf(c, "customer") {
		if id == "" {
			return result, fault.New(fault.Usage, "give the platform's id of the guest", "--customer is empty")
		}
		subjects = append(subjects, warehouse.Subject{Platform: c.String("platform"), CustomerID: id})
	}
	reached, traces, err := reach(ctx, c.String("warehouse"), subjects)
	if err != nil {
		return result, err
	}
	zones, err := openZones(ctx, c)
	defer func() {
		for _, z := range zones {
			err = errors.Join(err, z.Close())
		}
	}()
	if err != nil {
		return result, err
	}
	now := time.Now().UTC().Truncate(time.Second)
	left, err := look(ctx, zones, traces, now)
	if err != nil {
		return result, err
	}
	asked := int64(len(subjects))
	if c.Bool("dry-run") {
		result.Counts, result.Text = counts(asked, reached, left), wouldTell(asked, reached)+"\n"+left.text(zones)
		result.Details = left
		return result, nil
	}
	w, err := warehouse.Open(ctx, machine.This(), c.String("warehouse"), warehouse.ReadWrite)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	r, err := newForgetReceipt(c.String("platform"), w.URL(), now, zones, left)
	if err != nil {
		return result, err
	}
	r.reaches(asked, reached)
	if _, err := r.keep(ctx, zones); err != nil {
		return result, err
	}
	done, err := w.Forget(ctx, subjects, r.Receipt, now)
	if err != nil {
		return result, err
	}
	if done.Subjects > 0 {
		result.Status = step.StatusDone
	}
	r.reaches(asked, done)
	r.Done = true
	result.Counts, result.Text = counts(asked, done, left), told(asked, done)+"; receipt "+r.Receipt+"\n"+left.text(zones)
	result.Details = r
	key, err := r.keep(ctx, zones)
	if key != "" && err == nil {
		result.Outputs = []string{key}
	}
	return result, err
}

// openZones opens the zones that were named.
func openZones(ctx context.Context, c *cli.Context) (zones []zone, err error) {
	for _, name := range []string{"raw", "staging", "processed"} {
		if c.String(name) == "" {
			continue
		}
		z, err := lake.OpenThere(ctx, machine.This(), c.String(name))
		if err != nil {
			return zones, fmt.Errorf("--%s: %w", name, err)
		}
		zones = append(zones, zone{name, z, c.Int64(name + "-days")})
	}
	return zones, nil
}

// reach looks first, for reading only: a mistyped --warehouse is refused, where opening it for writing would make an empty one
// and remember the guests in it.
func reach(ctx context.Context, url string, subjects []warehouse.Subject) (out warehouse.Forgotten, traces []warehouse.Trace, err error) {
	w, err := warehouse.Open(ctx, machine.This(), url, warehouse.ReadOnly)
	if err != nil {
		return out, nil, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if out, err = w.Reach(ctx, subjects); err != nil {
		return out, nil, err
	}
	traces, err = w.Traces(ctx, subjects)
	return out, traces, err
}

// counts are all that the result says of the guests: an id is personal.
func counts(asked int64, f warehouse.Forgotten, left found) map[string]map[string]int64 {
	return map[string]map[string]int64{"forget": {
		"asked": asked, "remembered": f.Subjects, "not_found": f.Absent,
		"customer_observations": f.CustomerObservations, "reservation_observations": f.ReservationObservations,
		"remaining_objects": int64(len(left.Remaining)),
	}}
}

func told(asked int64, f warehouse.Forgotten) string {
	return tell(asked, f, "remembered", "erased", "")
}

func wouldTell(asked int64, f warehouse.Forgotten) string {
	return tell(asked, f, "would remember", "would erase", "would be ")
}

func tell(asked int64, f warehouse.Forgotten, remember, erase, would string) string {
	text := fmt.Sprintf("%s %s (%d of them are in the warehouse), %s %s of guests and %d of reservations", remember,
		plural(f.Subjects, "guest"), f.Subjects-f.Absent, erase, plural(f.CustomerObservations, "observation"), f.ReservationObservations)
	if before := asked - f.Subjects; before > 0 {
		text += fmt.Sprintf("; %s had been remembered before", plural(before, "guest"))
	}
	if f.Absent == 0 {
		return text
	}
	check, are := "the id; it ", "is "
	if f.Absent > 1 {
		check, are = "the ids; they ", "are "
	}
	if would != "" {
		are = would
	}
	return text + "; " + plural(f.Absent, "guest") + " not found in the warehouse: check " + check + are + "remembered all the same"
}

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
