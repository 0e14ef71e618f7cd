package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rs/zerolog"
	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/find"
	"covers/tasks/internal/forget"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/person"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/record"
	"covers/tasks/internal/step"
	"covers/tasks/internal/warehouse"
)

func forgetCommand() step.Command {
	return step.Command{
		Name:  "forget",
		Usage: "erase a person from everything behind raw, now and for good",
		Description: "" +
			"Erases all guests whom care find lists for the person, and whom a platform merged with one of them: empties\n" +
			"their tokens and attributes in the warehouse and takes them off their bookings; makes its DuckDB file anew,\n" +
			"so that no freed block keeps them; and does the same in the objects of staging and processed, whose old\n" +
			"versions go with them. It is remembered: a late load, a day derived again and what the platform lists from now\n" +
			"on bring nothing back. Raw keeps the platform's records until they expire, unless --erase-raw is given: then\n" +
			"what says whose they are goes there, too. Look first, with --dry-run. Stopped anywhere, run it again.\n\n" +
			fromStdin + "\nWith --platform the lines are that platform's ids of guests, and no key is needed.\n\n" +
			"A zone that is not given is left as it is. One that does not know a reading younger than its days is not the one\n" +
			"that was loaded from: nothing is erased then. The receipt says what was reached, and nothing of the person; it\n" +
			"is kept in processed, below receipts/forget/.",
		Flags: append([]cli.Flag{
			platformOfIDs(),
			step.WarehouseFlag(),
			step.OptionalZoneFlag("raw", "it is looked through, and with --erase-raw erased in"),
			step.OptionalZoneFlag("staging", "it is erased in"),
			step.OptionalZoneFlag("processed", "it is erased in, and keeps the receipt"),
			step.BoolFlag("erase-raw", "erase in raw, too, old versions included"),
			step.IntFlag("raw-days", "the `DAYS` after which the raw zone's lifecycle deletes an object", 30, 1),
			step.IntFlag("staging-days", "the same of staging, in `DAYS`", 90, 1),
			step.IntFlag("processed-days", "the same of processed, in `DAYS`", 365, 1),
			referenceFlag(),
			operatorFlag(),
			step.DryRunFlag(),
		}, personFlags()...),
		Run: runForget,
	}
}

// platformOfIDs says that standard input has ids.
func platformOfIDs() *cli.StringFlag {
	f := step.StringFlag("platform", "the lines of standard input are ids of guests of this `PLATFORM`: "+
		strings.Join(platforms.Names(), ", "), "", false)
	f.Action = func(_ *cli.Context, v string) error {
		if _, err := platforms.Of(v); v != "" && err != nil {
			return fmt.Errorf("--platform: want one of %s, got %q", strings.Join(platforms.Names(), ", "), v)
		}
		return nil
	}
	return f
}

// meant returns the guests who are meant, and the values by which they were looked for.
func meant(ctx context.Context, c *cli.Context) (guests []warehouse.Subject, values []string, err error) {
	if platform := c.String("platform"); platform != "" {
		lines, err := person.Lines(stdin)
		for _, id := range lines {
			guest := warehouse.Subject{Platform: platform, CustomerID: record.Canonical(id)}
			if !slices.Contains(guests, guest) {
				guests = append(guests, guest)
			}
		}
		return guests, nil, err
	}
	o, err := whoIsMeant(ctx, c, stdin)
	if err != nil {
		return nil, nil, err
	}
	found, err := find.Run(ctx, o)
	for _, g := range found.Guests {
		guests = append(guests, g.Subject)
	}
	if err == nil && found.OtherKeys > 0 {
		zerolog.Ctx(ctx).Warn().Int64("guests", found.OtherKeys).
			Msg("guests have tokens under other keys alone: look for the person under those, too (--token-key-number)")
	}
	return guests, o.Person.Emails, err
}

func runForget(ctx context.Context, c *cli.Context) (result step.Result, err error) {
	result.Status = step.StatusUnchanged
	o := forget.Options{
		EraseRaw: c.Bool("erase-raw"), DryRun: c.Bool("dry-run"), By: operatorOf(c), Reference: c.String("reference"),
		Program: step.Version, Machine: machine.This(), Open: openWhenFree(c),
		Compact: func(ctx context.Context) (warehouse.Compacted, error) {
			return warehouse.Compact(ctx, machine.This(), c.String("warehouse"))
		},
	}
	if !o.DryRun && o.Reference == "" {
		return result, fault.New(fault.Usage, "give the number under which you keep the request, and no name",
			"--reference says what the erasure is for, and is missing")
	}
	if o.EraseRaw && c.String("raw") == "" {
		return result, fault.New(fault.Usage, "give --raw too", "--erase-raw needs the raw zone")
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
	if o.Guests, o.Values, err = meant(ctx, c); err != nil {
		return result, err
	}
	out, err := forget.Run(ctx, o)
	if err != nil && (out.Receipt == nil || !out.Receipt.Erased) {
		return result, err
	}
	return forgetResult(out, o), err
}
