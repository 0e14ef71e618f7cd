package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/export"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/replace"
	"covers/tasks/internal/step"
)

func exportCommand() step.Command {
	return step.Command{
		Name:  "export",
		Usage: "write down everything that is held of a person",
		Description: "" +
			"Gathers what there is of all guests whom care find lists for the person: the platforms' records in raw, word\n" +
			"for word, the rows made of them in staging and processed, and every row of the warehouse. It is written into a\n" +
			"folder as person.json, for programs, and person.html, for the person, both for their user alone; the result\n" +
			"has counts. A zone that is not given is not looked through. Nothing is changed.\n\n" +
			fromStdin + "\nWith --platform the lines are that platform's ids of guests, and no key is needed.",
		Flags: append([]cli.Flag{
			platformOfIDs(),
			step.StringFlag("out", "the `FOLDER` to write into; it is made where it is not there", "", true),
			step.WarehouseFlag(),
			step.OptionalZoneFlag("raw", "it is looked through"),
			step.OptionalZoneFlag("staging", "it is looked through"),
			step.OptionalZoneFlag("processed", "it is looked through"),
		}, personFlags()...),
		Run: runExport,
	}
}

func runExport(ctx context.Context, c *cli.Context) (result step.Result, err error) {
	o := export.Options{Machine: machine.This(), Program: step.Version, Open: openWhenFree(c)}
	zones, err := zonesOf(ctx, c, lake.OpenThere, zoneNames...)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, zones.Close()) }()
	o.Raw, o.Staging, o.Processed = zones[0], zones[1], zones[2]
	if o.Guests, o.Values, err = meant(ctx, c); err != nil {
		return result, err
	}
	d, err := export.Run(ctx, o)
	if err != nil {
		return result, err
	}
	rows := int64(0)
	for _, of := range d.Warehouse {
		rows += int64(len(of))
	}
	for name, n := range map[string]int64{
		"guests": int64(len(d.Guests)), "records": int64(len(d.Records)), "rows": int64(len(d.Rows)), "warehouse_rows": rows,
	} {
		result.Counts.Add("export", name, n)
	}
	return result, writeExport(c.String("out"), d)
}

// writeExport writes both forms, for their user alone.
func writeExport(folder string, d export.Document) error {
	text, err := d.JSON()
	if err != nil {
		return err
	}
	page, err := d.Page()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fault.New(fault.Usage, "name a folder that can be made", "--out: %w", err)
	}
	for name, content := range map[string][]byte{"person.json": text, "person.html": page} {
		if err := replace.Private(filepath.Join(folder, name), content); err != nil {
			return fault.New(fault.Usage, "name a folder that can be written to", "--out: %w", err)
		}
	}
	return nil
}
