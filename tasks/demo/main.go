// Command demo runs the whole pipeline on this machine: it makes days of the simulated platforms, serves them over HTTP, and
// runs the steps one after the other as Airflow would. Its work is tasks/internal/demo.
package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"covers/tasks/internal/demo"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/source"
	"covers/tasks/internal/step"
	"covers/tasks/internal/text"
)

func main() { step.Main(definition()) }

func definition() step.Step {
	return step.Step{
		Name:  "demo",
		Usage: "run the whole pipeline on this machine",
		Description: "Makes days of the simulated platforms, serves them over HTTP on loopback, and runs the built steps one\n" +
			"after the other: extract and validate for each source, transform, load, report, the last one with its page.\n" +
			"Days that the ledger has are left alone. Everything is kept under --dir; remove it to begin anew.",
		Flags: []cli.Flag{
			daysFlag(),
			step.StringFlag("dir", "the `FOLDER` for the lake, the warehouse and the logs", "demo", false),
			step.StringFlag("bin", "the `FOLDER` of the built steps; by default this program's own", "", false),
			step.RestaurantsFlag(),
			step.IntFlag("records", "about how many reservations change on an average day, for each restaurant and platform",
				4200, 1),
			step.IntFlag("seed", "another number gives another world", 1, 0),
			step.FloatFlag("defects", "share of records with a defect", 0.01, 0, 1),
			step.IntFlag("parallel", "how many sources are read at once", int64(runtime.NumCPU()), 1),
		},
		Run: run,
	}
}

func daysFlag() cli.Flag {
	f := step.DaysFlag()
	f.Required, f.Value = false, cli.NewStringSlice("2026-03-27..2026-03-29")
	return f
}

func run(ctx context.Context, c *cli.Context) (step.Result, error) {
	o, err := options(ctx, c)
	if err != nil {
		return step.Result{Status: step.StatusUnchanged}, err
	}
	out, err := demo.Run(ctx, o)
	result := resultOf(o, out)
	if !term.IsTerminal(int(os.Stdout.Fd())) { // the table is what the demo is for, wherever it runs
		_, _ = os.Stderr.Write(text.Visible([]byte(result.Text)))
	}
	return result, err
}

func options(ctx context.Context, c *cli.Context) (demo.Options, error) {
	o := demo.Options{
		Dir: c.String("dir"), Bin: c.String("bin"), Restaurants: c.String("restaurants"),
		Records: c.Int64("records"), Seed: c.Int64("seed"), Defects: c.Float64("defects"), Parallel: int(c.Int64("parallel")),
		Environment: os.Environ(), Progress: step.Progress(ctx, "steps"), Machine: machine.This(),
	}
	var err error
	if o.Days, err = step.Days(c); err != nil {
		return o, err
	}
	if o.Registry, err = source.Load(o.Restaurants); err != nil || o.Bin != "" {
		return o, err
	}
	o.Bin, err = ownFolder()
	return o, err
}

// details are what the result says beside the counts.
type details struct {
	Days          []string       `json:"days"`
	Lake          string         `json:"lake"`
	Warehouse     string         `json:"warehouse"`
	SourcesLoaded int            `json:"sources_loaded"`
	Findings      []demo.Finding `json:"findings"`
	Page          string         `json:"page"`
}

func resultOf(o demo.Options, out demo.Outcome) step.Result {
	r := step.Result{Status: step.StatusUnchanged, Counts: out.Table.Counts(), Text: out.Text(), Details: details{
		o.Days, out.World.Lake, out.World.Warehouse, out.Loaded, out.Table.Findings, out.Page,
	}}
	if out.Did {
		r.Status = step.StatusDone
	}
	return r
}

// ownFolder is where this program is, and so the others.
func ownFolder() (string, error) {
	exe, err := os.Executable()
	if err != nil {
		return "", fault.New(fault.Usage, "name the folder of the built steps with --bin", "find the steps: %w", err)
	}
	return filepath.Dir(exe), nil
}
