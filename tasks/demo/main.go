// Command demo runs the whole pipeline on this machine: it makes days of the simulated platforms, serves them over HTTP, and
// runs the steps one after the other as Airflow would, by flags, exit codes and results alone. Start with Run.
//
// It imports no step and looks into no step's data but the results: what it can do, a scheduler can.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/source"
	"covers/tasks/internal/step"
)

func main() { step.Main(definition()) }

func definition() step.Step {
	return step.Step{
		Name:  "demo",
		Usage: "run the whole pipeline on this machine",
		Description: "Makes days of the simulated platforms, serves them over HTTP on loopback, and runs the built steps one\n" +
			"after the other: extract and validate for each source, transform, load, report, the last one with its page. Days that the ledger has\n" +
			"are left alone. Everything is kept under --dir; remove it to begin anew.",
		Flags: []cli.Flag{
			step.StringFlag("days", "the `DAYS`: 2026-03-27, 2026-03-27..2026-03-29, or several with commas", "2026-03-27..2026-03-29", false),
			step.StringFlag("dir", "the `FOLDER` for the lake, the warehouse and the logs", "demo", false),
			step.StringFlag("bin", "the `FOLDER` of the built steps; by default this program's own", "", false),
			step.RestaurantsFlag(),
			step.IntFlag("records", "about how many reservations change on an average day, for each restaurant and platform", 4200, 1),
			step.IntFlag("seed", "another number gives another world", 1, 0),
			step.FloatFlag("defects", "share of records with a defect", 0.01, 0, 1),
			step.IntFlag("parallel", "how many sources are read at once", int64(runtime.NumCPU()), 1),
		},
		Run: run,
	}
}

func run(ctx context.Context, c *cli.Context) (step.Result, error) {
	result := step.Result{Status: step.StatusUnchanged}
	days, err := step.ParseDays(c.String("days"))
	if err != nil {
		return result, fault.New(fault.Usage, "write --days 2026-03-27..2026-03-29", "--days: %w", err)
	}
	registry, err := source.Load(c.String("restaurants"))
	if err != nil {
		return result, err
	}
	world, err := newWorld(c.String("dir"), c.String("bin"), c.String("restaurants"))
	if err != nil {
		return result, err
	}
	progress := step.Progress(ctx, "steps")
	d := &Demo{
		World: world, Days: days, Registry: registry, Parallel: int(c.Int64("parallel")),
		Records: c.Int64("records"), Seed: c.Int64("seed"), Defects: c.Float64("defects"),
		Progress: progress, Pause: time.Sleep,
	}
	out, err := Run(ctx, d)
	if out.Did {
		result.Status = step.StatusDone
	}
	result.Counts = out.Table.Counts()
	result.Details = map[string]any{
		"days": days, "lake": world.Lake, "warehouse": world.Warehouse, "sources_loaded": out.Loaded, "findings": out.Table.Findings,
		"page": out.Page,
	}
	result.Text = out.Text(world)
	if !term.IsTerminal(int(os.Stdout.Fd())) { // the table is what the demo is for, wherever it runs
		fmt.Fprint(os.Stderr, result.Text)
	}
	return result, err
}

// ownFolder is where this program is, and so the others.
func ownFolder() (string, error) {
	exe, err := os.Executable()
	if err != nil {
		return "", fault.New(fault.Usage, "name the folder of the built steps with --bin", "find the steps: %w", err)
	}
	return filepath.Dir(exe), nil
}
