// Command report draws up the balance sheet of a day or a range of days from the lake's manifests and the warehouse's ledger,
// names what is wrong with them, and makes a page of it for people. Its work is tasks/internal/report.
package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/replace"
	"covers/tasks/internal/report"
	"covers/tasks/internal/report/sheet"
	"covers/tasks/internal/source"
	"covers/tasks/internal/step"
	"covers/tasks/internal/warehouse"
)

func main() { step.Main(definition()) }

func definition() step.Step {
	days := step.DaysFlag()
	days.Usage = "the `DAYS` (UTC): 2026-03-27, or a range 2026-03-27..2026-03-29"
	return step.Step{
		Name:  "report",
		Usage: "draw up the balance sheet and the page of a day or a range",
		Description: "For each source that restaurants.yaml expects on a day: what the platform listed, what was received,\n" +
			"repeated, gone, absent, accepted, quarantined by reason, loaded, withheld (refused with its reading), and how\n" +
			"much of it is current. With --check the step fails (65) where a source is missing, stale, refused, not stable,\n" +
			"not validated, not loaded, left out, unbalanced or regressed.\n" +
			"What the data contract expects of a day's readings is held against the same weekday of the weeks before, as\n" +
			"processed knows them: a reading that load leaves out is an error, what is merely unexpected a warning, which\n" +
			"fails no check.\n" +
			"In any case an HTML page with this and with what the bookings say is stored in processed, as reports/DAY.html or\n" +
			"reports/FROM..UNTIL.html, in place of an earlier one.",
		Flags: []cli.Flag{
			days,
			step.ZoneFlag("raw"),
			step.ZoneFlag("staging"),
			step.ZoneFlag("processed"),
			step.WarehouseFlag(),
			step.RestaurantsFlag(),
			step.BoolFlag("check", "fail where the days are not in order"),
			pageFlag(),
		},
		Run: run,
	}
}

func pageFlag() cli.Flag {
	f := step.StringFlag("page", "write the page to a `FILE` too", "", false)
	f.TakesFile = true
	return f
}

func run(ctx context.Context, c *cli.Context) (result step.Result, err error) {
	o := report.Options{Program: step.Version}
	if o.Days, err = daysOf(c); err != nil {
		return result, err
	}
	result.Day = only(o.Days)
	if o.Registry, err = source.Load(c.String("restaurants")); err != nil {
		return result, err
	}
	zones, err := lake.OpenZones(ctx, machine.This(), c.String("raw"), c.String("staging"), c.String("processed"))
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, zones.Close()) }()
	o.Raw, o.Staging, o.Processed = zones[0], zones[1], zones[2]
	if o.Warehouse, err = openWarehouse(ctx, c.String("warehouse")); err != nil {
		return result, err
	}
	if o.Warehouse != nil {
		defer func() { err = errors.Join(err, o.Warehouse.Close()) }()
	}
	out, err := report.Run(ctx, o)
	if err != nil {
		return result, err
	}
	if file := c.String("page"); file != "" {
		if err := replace.File(file, out.Page); err != nil {
			return result, fault.New(fault.Usage, "name a file in a folder that can be written to", "--page: %w", err)
		}
	}
	result = resultOf(o, out)
	if c.Bool("check") {
		return result, sheet.Verdict(out.Sheets)
	}
	return result, nil
}

// daysOf returns a day or the days of a range: days that do not follow each other make no page.
func daysOf(c *cli.Context) ([]string, error) {
	days, err := step.Days(c)
	if err != nil {
		return nil, err
	}
	for i := 1; i < len(days); i++ {
		before, day := days[i-1], days[i]
		if t, err := time.Parse(time.DateOnly, before); err != nil || t.AddDate(0, 0, 1).Format(time.DateOnly) != day {
			return nil, fault.New(fault.Usage, "run it once for each range",
				"--days: after %s comes %s: a page is of days that follow each other", before, day)
		}
	}
	return days, nil
}

// openWarehouse returns nil where there is no warehouse yet.
func openWarehouse(ctx context.Context, url string) (*warehouse.Warehouse, error) {
	w, err := warehouse.Open(ctx, machine.This(), url, warehouse.ReadOnly)
	if errors.Is(err, warehouse.ErrMissing) {
		return nil, nil
	}
	return w, err
}

// details are what the result says beside the counts.
type details struct {
	Findings     []sheet.Finding `json:"findings"`
	Expectations []sheet.Judged  `json:"expectations"`
	Page         string          `json:"page"` // URL
}

func resultOf(o report.Options, out report.Outcome) step.Result {
	at := o.Processed.URL() + "/" + out.Key
	var text strings.Builder
	for _, s := range out.Sheets {
		text.WriteString(s.Text())
	}
	fmt.Fprintf(&text, "page: %s\n", at)
	return step.Result{
		Day: only(o.Days), Counts: sheet.Counts(out.Sheets), Outputs: []string{out.Key}, Text: text.String(),
		Details: details{sheet.Findings(out.Sheets), sheet.Judgements(out.Sheets), at},
	}
}

// only returns the day, where it is one.
func only(days []string) string {
	if len(days) == 1 {
		return days[0]
	}
	return ""
}
