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
			&cli.StringSliceFlag{Name: "customer", Usage: "the platform's `ID` of a guest; may be repeated", Required: true, EnvVars: []string{task.EnvName("customer")}},
			task.StringFlag("warehouse", "the warehouse's `URL`, duckdb:///path/covers.duckdb", "", true),
			task.DryRunFlag(),
		},
		Run: forget,
	}
}

func forget(ctx context.Context, c *cli.Context) (result task.Result, err error) {
	result.Status = task.StatusUnchanged
	var subjects []warehouse.Subject
	for _, id := range c.StringSlice("customer") {
		if id == "" {
			return result, fault.New(fault.Usage, "give the platform's id of the guest", "--customer is empty")
		}
		subjects = append(subjects, warehouse.Subject{Platform: c.String("platform"), CustomerID: id})
	}
	if c.Bool("dry-run") {
		result.Text = fmt.Sprintf("would erase %d guests of %s\n", len(subjects), c.String("platform"))
		result.Counts = map[string]map[string]int64{"forget": {"asked": int64(len(subjects))}}
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
	result.Counts = map[string]map[string]int64{"forget": {
		"asked": int64(len(subjects)), "erased": done.Subjects,
		"customer_observations": done.CustomerObservations, "reservation_observations": done.ReservationObservations,
	}}
	result.Details = map[string]any{"receipt": receipt}
	result.Text = fmt.Sprintf("erased %d of %d guests (the others had been before), %d observations of guests and %d of reservations; receipt %s\n",
		done.Subjects, len(subjects), done.CustomerObservations, done.ReservationObservations, receipt)
	return result, nil
}

// newReceipt names the request, free of personal data; the erasures table carries it.
func newReceipt(at time.Time) (string, error) {
	var b [4]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	return "forget-" + at.Format("20060102T150405Z") + "-" + hex.EncodeToString(b[:]), nil
}
