// Package demo runs the built steps one after the other on one machine, as Airflow would: by flags, exit codes and results alone.
// Start with Run.
//
// It imports no step and looks into no step's data but the results: what it can do, a scheduler can.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/source"
)

// Options are what a run is told.
type Options struct {
	Dir         string // where everything is kept: the lake, the warehouse, the logs
	Bin         string // where the built steps are
	Restaurants string // the file
	Registry    *source.Registry
	Days        []string
	Records     int64 // of each restaurant and platform on a day, about
	Seed        int64
	Defects     float64 // their share
	Parallel    int     // sources that are read at once
	Environment []string
	Progress    func(done, total int64)
	Machine     machine.Machine
}

// Outcome is what a run did.
type Outcome struct {
	World  World
	Did    bool // something was left to do
	Loaded int  // sources and days that it brought into the ledger
	Table  Table
	Took   time.Duration
	Sample string // id of an OpenTable reservation of the last day, to explain
	Page   string // file of the report's page
}

// demo is a run that has begun.
type demo struct {
	Options
	world World
	urls  []string // settings that say where the simulated platforms are

	mu          sync.Mutex
	done, total int64
}

func begin(o Options) (*demo, error) {
	w, err := newWorld(o.Dir, o.Bin, o.Restaurants, o.Environment)
	return &demo{Options: o, world: w}, err
}

// job is a day with the sources that the ledger lacks.
type job struct {
	day     string
	sources []source.Source
}

// Run brings every day asked for into the warehouse, unless the ledger has it, and draws the table.
func Run(ctx context.Context, o Options) (Outcome, error) {
	d, err := begin(o)
	if err != nil {
		return Outcome{World: d.world}, err
	}
	out, err := d.run(ctx)
	if err != nil && ctx.Err() != nil {
		// Whatever failed while the run was being stopped failed because of that: one error instead of many.
		err = fault.New(fault.Stopped, "run it again to go on", "stopped")
	}
	return out, err
}

func (d *demo) run(ctx context.Context) (Outcome, error) {
	began := d.Machine.Now()
	out := Outcome{World: d.world}
	jobs, err := d.lacking(ctx)
	if err != nil {
		return out, err
	}
	var failed error
	if len(jobs) > 0 {
		out.Did = true
		out.Loaded, failed = d.work(ctx, jobs)
		if ctx.Err() != nil || errors.Is(failed, errStopped) {
			return out, failed
		}
	}
	sheets := map[string]Result{}
	for _, day := range d.Days {
		result, err := d.step(ctx, day+" report", "report", "--check", "--day", day)
		sheets[day] = result
		failed = errors.Join(failed, err)
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
	}
	if out.Table, err = newTable(d.Days, sheets); err != nil {
		return out, err
	}
	out.Page, err = d.page(ctx)
	failed = errors.Join(failed, err)
	if ctx.Err() != nil {
		return out, ctx.Err()
	}
	out.Sample = d.sample(ctx)
	out.Took = d.Machine.Since(began)
	if failed == nil && len(out.Table.Unbalanced) > 0 {
		failed = fault.New(fault.Data, "keep the folder and report this", "%s", out.Table.Unbalanced[0])
	}
	return out, failed
}

// page makes the report's page of the days. Where they do not follow each other, it is of the last ones that do.
func (d *demo) page(ctx context.Context) (file string, err error) {
	last := d.Days[len(d.Days)-1]
	first := last
	for _, day := range slices.Backward(d.Days[:len(d.Days)-1]) {
		if t, err := time.Parse(time.DateOnly, first); err != nil || t.AddDate(0, 0, -1).Format(time.DateOnly) != day {
			break
		}
		first = day
	}
	file = filepath.Join(d.world.Dir, "report.html")
	_, err = d.step(ctx, first+".."+last+" report", "report", "--days", first+".."+last, "--page", file)
	return file, err
}

// errStopped marks what ends the run at once: the days to come would meet it too.
var errStopped = errors.New("the demo stops here")

// lacking asks the ledger which sources of which days are not loaded.
func (d *demo) lacking(ctx context.Context) ([]job, error) {
	result, err := d.step(ctx, "what the ledger has", "load", "status")
	if err != nil {
		return nil, err
	}
	var status struct {
		Entries []struct {
			Source string `json:"source"`
			Day    string `json:"day"`
		} `json:"entries"`
	}
	if err := json.Unmarshal(result.Details, &status); err != nil {
		return nil, fmt.Errorf("read what `load status` answered: %w", err)
	}
	loaded := map[string]bool{}
	for _, e := range status.Entries {
		loaded[e.Day+" "+e.Source] = true
	}
	var jobs []job
	for _, day := range d.Days {
		j := job{day: day}
		for _, s := range d.Registry.Expected(day) {
			if !loaded[day+" "+s.ID] {
				j.sources = append(j.sources, s)
			}
		}
		if len(j.sources) > 0 {
			jobs = append(jobs, j)
			d.total += int64(2*len(j.sources)) + 3
		}
	}
	return jobs, nil
}

// work runs the days one after the other, each as a run of the DAG would: a source that fails does not hold up the others.
func (d *demo) work(ctx context.Context, jobs []job) (loaded int, failed error) {
	var platforms *server
	defer func() {
		if platforms != nil {
			failed = errors.Join(failed, platforms.stop())
		}
	}()
	for _, j := range jobs {
		_, err := d.step(ctx, j.day+" generate", "generate", "--day", j.day, "--out", d.world.zone("simulator"),
			"--records", fmt.Sprint(d.Records), "--seed", fmt.Sprint(d.Seed), "--defects", fmt.Sprint(d.Defects))
		if err != nil {
			return loaded, errors.Join(errStopped, err)
		}
		d.tick()
		if platforms == nil {
			if platforms, err = d.startPlatforms(ctx); err != nil {
				return loaded, errors.Join(errStopped, err)
			}
		}
		failed = errors.Join(failed, d.sources(ctx, j))
		if ctx.Err() != nil {
			return loaded, ctx.Err()
		}
		for _, step := range [][]string{
			{"transform", "--day", j.day}, {"load", "--day", j.day},
		} {
			_, err := d.step(ctx, j.day+" "+step[0], step[0], step[1:]...)
			if step[0] == "transform" && fault.KindOf(err) == fault.Data {
				// A result that is not what its manifest says was left out: the others are there to be loaded.
				failed, err = errors.Join(failed, err), nil
			}
			if err != nil {
				return loaded, errors.Join(errStopped, failed, err)
			}
			d.tick()
		}
		loaded += len(j.sources)
	}
	return loaded, failed
}

// sources extracts and validates the day's sources, several at once. Every failure is kept, none stops the others.
func (d *demo) sources(ctx context.Context, j job) error {
	var g errgroup.Group
	g.SetLimit(d.Parallel)
	errs := make([]error, len(j.sources))
	for i, s := range j.sources {
		g.Go(func() error {
			label := j.day + " " + s.ID
			// The simulator's today is the day after the one that is read, so the day is asked for by change.
			_, err := d.step(ctx, label+" extract", "extract", "--source", s.ID, "--day", j.day, "--by", "updated",
				"--requests-per-second", "100000")
			d.tick()
			if err == nil {
				_, err = d.step(ctx, label+" validate", "validate", "--source", s.ID, "--day", j.day)
			}
			d.tick()
			errs[i] = err
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return fault.New(fault.Defect, "", "run the sources: %w", err)
	}
	return errors.Join(errs...)
}

func (d *demo) tick() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.done++
	d.Progress(d.done, d.total)
}
