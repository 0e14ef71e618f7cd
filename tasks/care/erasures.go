package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/erasures"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/step"
	"covers/tasks/internal/text"
	"covers/tasks/internal/warehouse"
)

func erasuresCommand() step.Command {
	return step.Command{
		Name:  "erasures",
		Usage: "list the requests to forget guests that are held, and confirm or refuse them",
		Description: "" +
			"Where too many guests of a reading ask to be forgotten, the requests are held (validate --max-erased): all\n" +
			"else of the reading is loaded, and nobody is erased. Ask the platform whether it means that. Then --confirm\n" +
			"erases, as if the requests had never been held, and --refuse leaves everybody as they are. A decision is about\n" +
			"all requests of a reading and holds for whatever becomes of it: a late load, a newer rank, a rebuild. It is\n" +
			"written down with who decided and when. What is refused is kept and can be confirmed later; what was\n" +
			"confirmed is taken back by unforget.",
		Flags: []cli.Flag{
			step.WarehouseFlag(),
			readingsFlag("confirm", "erase whom this `READING` asks to forget; may be repeated"),
			readingsFlag("refuse", "erase nobody whom this `READING` asks to forget; may be repeated"),
			operatorFlag(),
			step.DryRunFlag(),
		},
		Run: runErasures,
	}
}

// readingsFlag names readings.
func readingsFlag(name, usage string) cli.Flag {
	return &cli.StringSliceFlag{Name: name, Usage: usage}
}

func runErasures(ctx context.Context, c *cli.Context) (step.Result, error) {
	o := erasures.Options{
		Confirm: c.StringSlice("confirm"), Refuse: c.StringSlice("refuse"), By: operatorOf(c), DryRun: c.Bool("dry-run"),
		Program: step.Version, Machine: machine.This(), Open: openWarehouse(c),
	}
	out, err := erasures.Run(ctx, o)
	result := step.Result{Status: step.StatusUnchanged, Details: map[string]any{
		"decided": append([]erasures.Decided{}, out.Decided...), "held": append([]warehouse.Hold{}, out.Holds...),
	}}
	if out.Changed() && !o.DryRun {
		result.Status = step.StatusDone
	}
	for _, d := range out.Decided {
		result.Counts.Add("erasures", string(d.Decision), d.Requests)
		result.Counts.Add("erasures", "erased_customers", d.Erased)
	}
	waiting := int64(0)
	for _, h := range out.Waiting() {
		waiting += h.Requests
	}
	result.Counts.Add("erasures", "held", waiting)
	result.Text = erasuresText(out, o.DryRun)
	return result, err
}

// openWarehouse returns what opens the warehouse of --warehouse.
func openWarehouse(c *cli.Context) func(context.Context, warehouse.Mode) (*warehouse.Warehouse, error) {
	return func(ctx context.Context, mode warehouse.Mode) (*warehouse.Warehouse, error) {
		return warehouse.Open(ctx, machine.This(), c.String("warehouse"), mode)
	}
}

// erasuresText returns the outcome for people.
func erasuresText(out erasures.Outcome, dryRun bool) string {
	var b strings.Builder
	would := ""
	if dryRun {
		would = "would be "
	}
	for _, d := range out.Decided {
		switch {
		case !d.Changed:
			fmt.Fprintf(&b, "%s: nothing to do, %s is %s already\n", d.Reading, text.Count(d.Requests, "request"), d.Decision)
		case d.Decision == warehouse.Confirmed && !dryRun:
			fmt.Fprintf(&b, "%s: %s confirmed; %s erased, in %s of guests and %d of reservations\n", d.Reading,
				text.Count(d.Requests, "request"), text.Count(d.Erased, "guest"),
				text.Count(d.CustomerObservations, "observation"), d.ReservationObservations)
		default:
			fmt.Fprintf(&b, "%s: %s %s%s\n", d.Reading, text.Count(d.Requests, "request"), would, d.Decision)
		}
	}
	if len(out.Holds) == 0 {
		b.WriteString("no request to forget a guest is held\n")
	}
	for _, h := range out.Holds {
		what := "waits: confirm or refuse it"
		if h.Decision != "" {
			what = fmt.Sprintf("%s by %s, %s", strings.ReplaceAll(string(h.Decision), "_", " "), h.DecidedBy,
				h.DecidedAt.UTC().Format("2006-01-02 15:04Z"))
		}
		fmt.Fprintf(&b, "%s: %s of %s held; %s\n", h.Reading, text.Count(h.Requests, "request"), text.Count(h.Guests,
			"guest"), what)
	}
	return b.String()
}
