package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/task"
	"covers/tasks/internal/warehouse"
)

func forgetCommand() task.Command {
	return task.Command{
		Name:  "forget",
		Usage: "erase guests from the warehouse, now and at every later load",
		Description: "Empties the guests' tokens and attributes and takes them off their reservations, in observations and in\n" +
			"current rows. The erasure is remembered: a later load or a reprocessed day does not bring them back. The\n" +
			"guests are named by the platform's own id. Raw data is not touched: it expires by the zone's lifecycle.",
		Flags: []cli.Flag{
			task.ChoiceFlag("platform", "the guests' platform", "", reservation.OpenTable, reservation.TheFork),
			newIDsFlag("customer", "the platform's `ID` of a guest, taken as it is; may be repeated", task.EnvName("customer")),
			task.StringFlag("warehouse", "the warehouse's `URL`, duckdb:///path/covers.duckdb or snowflake://USER@ACCOUNT/DATABASE/SCHEMA?…", "", true),
			task.DryRunFlag(),
		},
		Run: forget,
	}
}

func forget(ctx context.Context, c *cli.Context) (result task.Result, err error) {
	result.Status = task.StatusUnchanged
	var subjects []warehouse.Subject
	for _, id := range idsOf(c, "customer") {
		if id == "" {
			return result, fault.New(fault.Usage, "give the platform's id of the guest", "--customer is empty")
		}
		subjects = append(subjects, warehouse.Subject{Platform: c.String("platform"), CustomerID: id})
	}
	reached, err := reach(ctx, c.String("warehouse"), subjects)
	if err != nil {
		return result, err
	}
	asked := int64(len(subjects))
	if c.Bool("dry-run") {
		result.Counts, result.Text = counts(asked, reached), wouldTell(asked, reached)+"\n"
		return result, nil
	}
	w, err := warehouse.Open(ctx, c.String("warehouse"), warehouse.ReadWrite)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	now := time.Now().UTC()
	receipt, err := newReceipt(now)
	if err != nil {
		return result, err
	}
	done, err := w.Forget(ctx, subjects, receipt, now)
	if err != nil {
		return result, err
	}
	if done.Subjects > 0 {
		result.Status = task.StatusDone
	}
	result.Counts, result.Text = counts(asked, done), told(asked, done)+"; receipt "+receipt+"\n"
	result.Details = map[string]any{"receipt": receipt}
	return result, nil
}

// reach looks first, for reading only: a mistyped --warehouse is refused, where opening it for writing would make an empty one
// and remember the guests in it.
func reach(ctx context.Context, url string, subjects []warehouse.Subject) (out warehouse.Forgotten, err error) {
	w, err := warehouse.Open(ctx, url, warehouse.ReadOnly)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	return w.Reach(ctx, subjects)
}

// counts are all that the result says of the guests: an id is personal.
func counts(asked int64, f warehouse.Forgotten) map[string]map[string]int64 {
	return map[string]map[string]int64{"forget": {
		"asked": asked, "remembered": f.Subjects, "not_found": f.Absent,
		"customer_observations": f.CustomerObservations, "reservation_observations": f.ReservationObservations,
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

// newReceipt names the request, free of personal data; the erasures table carries it.
func newReceipt(at time.Time) (string, error) {
	var b [4]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	return "forget-" + at.Format("20060102T150405Z") + "-" + hex.EncodeToString(b[:]), nil
}
