// Command extract writes down what a booking platform says of a source's day: one more reading in the raw zone, every record
// as it was received. How stands in tasks/internal/reading.
package main

import (
	"context"
	"io"
	"os"
	"runtime/debug"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reading"
	"covers/tasks/internal/readingflags"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/step"
)

func main() { step.Main(definition()) }

func definition() step.Step {
	return step.Step{
		Name:  "extract",
		Usage: "read a source's day from its booking platform",
		Description: "Asks a platform what changed on a UTC day (or, by service date, which meals it has) and leaves\n" +
			"one more reading in the raw zone, whatever readings there are. A list is swept until it stands still; after\n" +
			"--max-sweeps the reading is published as not stable. A run that fails leaves no reading.\n" +
			"A record that cannot be had while others can is put aside, asked for again, and else named as not read;\n" +
			"`validate quarantine` shows it. With --ids-file just these records are read, into a reading of the day: ids one\n" +
			"a line, or the bodies that the platforms push. An id that is not found is reported, and no absence.\n\n" +
			readingflags.Credential,
		Flags: append([]cli.Flag{
			step.DayFlag(),
			step.ChoiceFlag("by", "ask by change, by date of the meal, or as the day's age and the platform allow",
				reading.ByAuto, reading.ByAuto, lake.ByUpdated, lake.ByServiceDate),
			step.StringFlag(
				"ids-file",
				"the `FILE` with ids of records to read instead of lists, one a line; - for stdin",
				"",
				false,
			),
			step.ChoiceFlag("kind", "what the ids of --ids-file are of",
				reservation.KindReservation, reservation.KindReservation, reservation.KindCustomer),
		}, readingflags.Flags()...),
		Run:      run,
		Commands: []step.Command{probeCommand()},
	}
}

func run(ctx context.Context, c *cli.Context) (step.Result, error) {
	// Little is thrown away, so that to collect it four times as often costs next to nothing, and keeps memory close to what is
	// held.
	debug.SetGCPercent(25)
	result := step.Result{Day: c.String("day"), Source: c.String("source")}
	m := machine.This()
	o, err := readingflags.Options(c, m)
	if err != nil {
		return result, err
	}
	o.Day, o.By, o.Progress = result.Day, c.String("by"), step.Progress(ctx, "records")
	ids, err := idsOf(c)
	if err != nil {
		return result, err
	}
	if !o.DryRun {
		if o.Raw, err = lake.Open(ctx, m, c.String("raw")); err != nil {
			return result, err
		}
		defer o.Raw.Close()
	}
	var out reading.Outcome
	if c.String("ids-file") != "" {
		out, err = reading.RunIDs(ctx, o, ids)
	} else {
		out, err = reading.Run(ctx, o)
	}
	return resultOf(out, o, ids), err
}

// idsOf reads --ids-file, where it is given.
func idsOf(c *cli.Context) (reading.IDs, error) {
	name := c.String("ids-file")
	switch {
	case name == "" && c.IsSet("kind"):
		return reading.IDs{}, fault.New(
			fault.Usage,
			"give --ids-file too, or neither",
			"--kind says what the ids of --ids-file are of",
		)
	case name == "":
		return reading.IDs{}, nil
	case c.String("by") != reading.ByAuto:
		return reading.IDs{}, fault.New(
			fault.Usage,
			"give one of both",
			"--ids-file asks for records by their ids, and --by for lists",
		)
	}
	var in io.Reader = os.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return reading.IDs{}, fault.New(fault.Usage, "name a file of ids", "read --ids-file: %w", err)
		}
		defer f.Close()
		in = f
	}
	return reading.ReadIDs(in, "--ids-file", c.String("kind"))
}
