// Command generate makes what the simulated platforms know: bookings and guests of the restaurants of restaurants.yaml, day
// by day. A file holds, for one restaurant, platform and UTC day, each record that changed on that day as it stood when the
// day ended. It is a function of the settings, the restaurant, the platform and the day alone: any day can be made alone, in
// any order, again, with the same bytes on any machine.
//
// Start with Run, then site.changesOn: how a day is put together from bookings whose whole life follows from a hash. The
// program refuses to know the clock, the order of days and the server that will serve its files.
//
// Started by AWS Lambda it serves invocations instead (lambda.go).
package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/simulator"
	"covers/tasks/internal/step"
)

func main() {
	if underLambda() {
		serveLambda()
		return
	}
	step.Main(definition())
}

func definition() step.Step {
	return step.Step{
		Name:  "generate",
		Usage: "make a day of the simulated platforms' records",
		Description: "Writes, for each restaurant and platform, the reservations and guests that changed on a day, and an answer sheet that says\n" +
			"what is wrong with some of them on purpose. A day that is there already stays as it is.\n\n" +
			"Kinds of defect: " + strings.Join(defectNames(), ", ") + ".",
		Flags: []cli.Flag{
			step.DayFlag(),
			step.ZoneFlag("out"),
			step.RestaurantsFlag(),
			step.StringFlag("source", "only this `SOURCE`, such as opentable/101", "", false),
			step.IntFlag("records", "about how many reservations change on an average day, for each restaurant and platform", 5000, 1),
			step.IntFlag("seed", "another number gives another world", 1, 0),
			step.FloatFlag("defects", "share of records with a defect, spread over all kinds that --defect does not name", 0.01, 0, 1),
			&cli.StringSliceFlag{Name: "defect", Usage: "share of records with one kind of defect, `KIND=SHARE`; may be repeated", EnvVars: []string{step.EnvName("defect")}},
			step.DryRunFlag(),
		},
		Run: func(ctx context.Context, c *cli.Context) (step.Result, error) {
			shares, err := sharesOf(c.Float64("defects"), c.StringSlice("defect"))
			if err != nil {
				return step.Result{}, err
			}
			o := Options{
				Day: c.String("day"), Out: c.String("out"), Restaurants: c.String("restaurants"), Source: c.String("source"), DryRun: c.Bool("dry-run"),
				Settings: simulator.Settings{Seed: uint64(c.Int64("seed")), Records: c.Int64("records"), Defects: shares},
				Progress: step.Progress(ctx, "restaurants"),
			}
			outcomes, err := Run(ctx, o)
			return result(o, outcomes), err
		},
	}
}

// sharesOf reads the shares of defects and checks that a record has at most one.
func sharesOf(even float64, named []string) (map[string]float64, error) {
	shares := map[string]float64{everyKind: even}
	sum := even
	for _, n := range named {
		kind, text, _ := strings.Cut(n, "=")
		share, err := strconv.ParseFloat(text, 64)
		if err != nil || !(share >= 0 && share <= 1) {
			return nil, fault.New(fault.Usage, "write --defect unknown_status=0.01", "--defect %s: want KIND=SHARE with a share of 0 to 1", n)
		}
		if !slices.Contains(defectNames(), kind) {
			return nil, fault.New(fault.Usage, "use one of "+strings.Join(defectNames(), ", "), "--defect %s: not a kind of defect", n)
		}
		if _, again := shares[kind]; again {
			return nil, fault.New(fault.Usage, "give each kind once", "--defect %s: the kind is given twice", kind)
		}
		shares[kind] = share
		sum += share
	}
	if sum > 1 {
		return nil, fault.New(fault.Usage, "lower --defects or --defect", "the shares of defects make %g together, more than all records", sum)
	}
	return shares, nil
}

func parseDay(text string) (day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fault.New(fault.Usage, "write it as YYYY-MM-DD", "day %q: %w", text, err)
	}
	return dayOf(t), nil
}

func result(o Options, outcomes []Outcome) step.Result {
	res := step.Result{Status: step.StatusUnchanged, Day: o.Day, Source: o.Source, Counts: map[string]map[string]int64{}, Details: outcomes}
	var text strings.Builder
	add := func(kind, name string, n int64) {
		if res.Counts[kind] == nil {
			res.Counts[kind] = map[string]int64{}
		}
		res.Counts[kind][name] += n
	}
	for _, out := range outcomes {
		verb := "there already"
		switch {
		case out.Written:
			verb = "written"
			res.Status = step.StatusDone
			res.Outputs = append(res.Outputs, out.Key)
		case o.DryRun && out.Defects == nil:
			verb = "would be written"
		}
		fmt.Fprintf(&text, "%s %s: %s,", out.Source, o.Day, verb)
		for _, kind := range simulator.Kinds {
			add(kind, "records", out.Records[kind])
			fmt.Fprintf(&text, " %d %ss", out.Records[kind], kind)
		}
		for name, n := range out.Defects {
			add("defect", name, n)
		}
		text.WriteString("\n")
	}
	if len(outcomes) == 0 {
		res.Details = nil
	}
	res.Text = strings.TrimSuffix(text.String(), "\n")
	return res
}
