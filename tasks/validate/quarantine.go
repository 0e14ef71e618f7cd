package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"covers/contract"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/replace"
	"covers/tasks/internal/source"
	"covers/tasks/internal/step"
	"covers/tasks/internal/validate/quarantine"
)

const quarantineDescription = "" +
	"Counts the refused records by reason, the fields that were left out of records which went in, and what the\n" +
	"platform did not give; then lists each with its field, its rule and its place in raw. Of each reading the newest\n" +
	"rank is shown. Records themselves hold personal data and are shown only with --bodies, which needs --raw and a\n" +
	"terminal: the result line never holds them.\n\n" +
	"Of several days, or with --causes or --csv, they are grouped by source, kind, reason, field and rule: how many\n" +
	"records, the first and last day, the place of one. Where a reading was derived again, what was refused at the\n" +
	"rank before is held against the newest: how many records came back, and how many did not."

func quarantineCommand() step.Command {
	return step.Command{
		Name:        "quarantine",
		Usage:       "show why records of days were refused",
		Description: quarantineDescription,
		Flags: []cli.Flag{
			step.DaysFlag(),
			step.BoolFlag("causes", "group by cause, also a single day"),
			step.StringFlag("csv", "write the causes to this `FILE` too", "", false),
			step.StringFlag("source", "only this `SOURCE`", "", false),
			step.ZoneFlag("staging"),
			step.RestaurantsFlag(),
			step.StringFlag("reason", "only this `REASON`", "", false),
			step.IntFlag("limit", "list at most so many reasons; 0 lists none", 50, 0),
			step.BodiesFlag("show the refused records themselves: personal data, on a terminal only"),
			step.OptionalZoneFlag("raw", "for --bodies"),
		},
		Run: runQuarantine,
	}
}

func runQuarantine(ctx context.Context, c *cli.Context) (result step.Result, err error) {
	result.Source, result.Status = c.String("source"), step.StatusUnchanged
	asked, err := quarantineAsked(ctx, c)
	if err != nil {
		return result, err
	}
	if len(asked.days) == 1 {
		result.Day = asked.days[0]
	}
	o := quarantine.Options{Reason: c.String("reason")}
	if o.Sources, err = sourcesOf(c); err != nil {
		return result, err
	}
	raw := ""
	if asked.bodies {
		raw = c.String("raw")
	}
	zones, err := lake.OpenZones(ctx, machine.This(), c.String("staging"), raw)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, zones.Close()) }()
	o.Staging, o.Raw = zones[0], zones[1]
	if !asked.grouped {
		found, err := quarantine.List(ctx, o, asked.days[0], int(c.Int64("limit")))
		result.Counts, result.Details, result.Text = found.Counts, found.Listed, found.Text(asked.days[0])
		return result, err
	}
	found, err := quarantine.Causes(ctx, o, asked.days)
	if err != nil {
		return result, err
	}
	result.Details, result.Text = append([]quarantine.Cause{}, found...), quarantine.CausesText(found, asked.days)
	if path := c.String("csv"); path != "" {
		result.Outputs = []string{path}
		return result, writeCSV(path, found)
	}
	return result, nil
}

// asked is what the flags ask for, beside what is filtered.
type asked struct {
	days    []string
	grouped bool // by cause
	bodies  bool
}

// quarantineAsked reads the flags and refuses those that do not go together.
func quarantineAsked(ctx context.Context, c *cli.Context) (a asked, err error) {
	if a.bodies, err = step.Bodies(ctx, c); err != nil {
		return a, err
	}
	if a.days, err = step.Days(c); err != nil {
		return a, err
	}
	a.grouped = len(a.days) > 1 || c.Bool("causes") || c.String("csv") != ""
	reasons := contract.Get().Table("quarantine").Column("reason").Values
	switch reason := c.String("reason"); {
	case a.grouped && a.bodies:
		return a, fault.New(fault.Usage, "give one --day, without --causes and --csv", "--bodies shows records, not causes")
	case a.bodies && c.String("raw") == "":
		return a, fault.New(fault.Usage, "give --raw too", "--bodies needs the raw zone")
	case reason != "" && !slices.Contains(reasons, reason):
		return a, fault.New(fault.Usage, "use one of "+strings.Join(reasons, ", "), "--reason %s: not a reason", reason)
	}
	return a, nil
}

// sourcesOf returns the source asked for, or all.
func sourcesOf(c *cli.Context) ([]source.Source, error) {
	registry, err := source.Load(c.String("restaurants"))
	if err != nil {
		return nil, err
	}
	id := c.String("source")
	if id == "" {
		return registry.Sources, nil
	}
	s, err := registry.Source(id)
	return []source.Source{s}, err
}

// writeCSV writes causes to a file, for a spreadsheet: whole or not at all.
func writeCSV(path string, causes []quarantine.Cause) error {
	text, err := quarantine.CSV(causes)
	if err == nil {
		err = replace.File(path, text)
	}
	if err != nil {
		return fault.New(fault.Usage, "name a file that can be written with --csv", "write the causes: %w", err)
	}
	return nil
}
