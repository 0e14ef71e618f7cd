// Command report draws up a day's balance sheet from the lake's manifests and the warehouse's ledger, and names what is
// wrong with the day. Start with Draw.
package main

import (
	"context"
	"errors"
	"time"

	"github.com/urfave/cli/v2"

	"covers/contract"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/source"
	"covers/tasks/internal/task"
	"covers/tasks/internal/warehouse"
)

func main() { task.Main(step()) }

func step() task.Step {
	return task.Step{
		Name:  "report",
		Usage: "draw up a day's balance sheet",
		Description: "For each source that restaurants.yaml expects on the day: what the platform listed, what was received,\n" +
			"repeated, gone, absent, accepted, quarantined by reason, loaded, withheld (refused with its reading), and how much of it is current. With --check the\n" +
			"program fails (65) where a source is missing, stale, refused, not stable, not validated, not loaded, left out, unbalanced or regressed.\n" +
			"What the data contract expects of a day's readings is held against the same weekday of the weeks before, as staging\n" +
			"knows them: a reading that load leaves out is an error, what is merely unexpected a warning, which fails no check.",
		Flags: []cli.Flag{
			task.DayFlag(),
			task.ZoneFlag("raw"),
			task.ZoneFlag("staging"),
			task.StringFlag("warehouse", "the warehouse's `URL`, duckdb:///path/covers.duckdb or snowflake://USER@ACCOUNT/DATABASE/SCHEMA?…", "", true),
			task.RestaurantsFlag(),
			task.BoolFlag("check", "fail where the day is not in order"),
		},
		Run: run,
	}
}

func run(ctx context.Context, c *cli.Context) (task.Result, error) {
	result := task.Result{Day: c.String("day"), Status: task.StatusUnchanged}
	registry, err := source.Load(c.String("restaurants"))
	if err != nil {
		return result, err
	}
	raw, err := lake.Open(ctx, c.String("raw"))
	if err != nil {
		return result, err
	}
	defer raw.Close()
	staging, err := lake.Open(ctx, c.String("staging"))
	if err != nil {
		return result, err
	}
	defer staging.Close()
	facts := Facts{Day: c.String("day"), Revision: contract.Get().Revision, Sources: registry.Expected(c.String("day"))}
	if err := facts.readLake(ctx, raw, staging); err != nil {
		return result, err
	}
	if err := readWarehouse(ctx, c.String("warehouse"), &facts); err != nil {
		return result, err
	}
	sheet := Draw(facts)
	result.Counts = sheet.Counts()
	result.Details = map[string]any{"findings": sheet.Findings, "expectations": sheet.Judged}
	result.Text = sheet.Text()
	if c.Bool("check") {
		return result, sheet.verdict()
	}
	return result, nil
}

// readWarehouse reads the ledger. A warehouse that is not there yet is one that has nothing of the day.
func readWarehouse(ctx context.Context, url string, facts *Facts) (err error) {
	w, err := warehouse.Open(ctx, url, warehouse.ReadOnly)
	if errors.Is(err, warehouse.ErrMissing) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if facts.Ledger, err = w.Ledger(ctx, []string{facts.Day}); err != nil {
		return err
	}
	if facts.Current, err = w.CurrentCounts(ctx); err != nil {
		return err
	}
	facts.Regressed, err = w.Regressed(ctx)
	return err
}

// endOfDay is the first instant after the day in a zone.
func endOfDay(day string, zone *time.Location) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		return time.Time{} // the flag was checked
	}
	return t.AddDate(0, 0, 1)
}

func (s Sheet) verdict() error {
	wrong := s.errors()
	if len(wrong) == 0 {
		return nil
	}
	f := wrong[0]
	more := ""
	if n := len(wrong) - 1; n > 0 {
		more = " and " + plural(n, "more finding")
	}
	return fault.New(fault.Data, f.Next, "%s is not in order: %s: %s: %s%s", s.Day, f.Source, f.Finding, f.What, more)
}
