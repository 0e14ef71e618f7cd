package step

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rs/zerolog"
	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/secret"
)

// exampleStep returns a small step whose --do says how it ends; testdata/script runs it as a real process, in the real Main.
func exampleStep() Step {
	return Step{
		Name:        "example",
		Usage:       "do as it is told",
		Description: "Shows what a step looks like from outside.\nSecrets: COVERS_EXAMPLE_KEY or COVERS_EXAMPLE_KEY_FILE.",
		Flags: []cli.Flag{
			DayFlag(), ZoneFlag("raw"), DryRunFlag(),
			ChoiceFlag("do", "how to end", "done", "done", "unchanged", "refuse", "break", "panic", "obey", "ignore",
				"fill-stderr", "secret"),
			StringFlag("ready", "a `FIFO` to open when work begins", "", false),
			FloatFlag("max-refused", "greatest share of refused records", 0.05, 0, 1),
		},
		Run: runExample,
		Commands: []Command{
			{Name: "status", Usage: "say what there is", Flags: []cli.Flag{DayFlag()},
				Run: func(_ context.Context, c *cli.Context) (Result, error) {
					return Result{Status: StatusUnchanged, Day: c.String("day"), Text: "all is well"}, nil
				}},
			{Name: "explain", Usage: "explain a thing", ArgsUsage: "ID", Flags: []cli.Flag{BoolFlag("body", "with its body")},
				Run: func(_ context.Context, c *cli.Context) (Result, error) {
					return Result{Details: map[string]any{"id": c.Args().First(), "body": c.Bool("body")}}, nil
				}},
		},
	}
}

func runExample(ctx context.Context, c *cli.Context) (Result, error) {
	res := Result{
		Day: c.String("day"), Source: "opentable/101",
		Counts:    map[string]map[string]int64{"reservation": {"received": 10, "accepted": 9, "quarantined": 1}},
		Manifest:  "opentable/101/manifest.json",
		Durations: map[string]float64{"read": 0.25},
	}
	zerolog.Ctx(ctx).Info().Str("zone", c.String("raw")).Msg("reading")
	if path := c.String("ready"); path != "" {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return res, err
		}
		if err := f.Close(); err != nil {
			return res, err
		}
	}
	switch c.String("do") {
	case "unchanged":
		res.Status = StatusUnchanged
	case "refuse":
		return res, fault.New(fault.Data, "look at the quarantine", "1 of 10 records is refused, more than 5%%")
	case "break":
		return Result{}, errors.New("something went wrong")
	case "panic":
		_ = c.Args().Slice()[len(c.String("day"))]
	case "obey":
		<-ctx.Done()
		return Result{}, fault.New(fault.Unavailable, "try later", "read page 3: %w", ctx.Err())
	case "ignore":
		select {}
	case "fill-stderr":
		for {
			zerolog.Ctx(ctx).Info().Msg("more than anybody reads")
		}
	case "secret":
		text, err := secret.FromEnv(os.Getenv, "COVERS_EXAMPLE_KEY")
		if err != nil {
			return Result{}, err
		}
		res.Details = map[string]int{"length": len(text)}
	}
	return res, nil
}

// exampleMain is Main with limits and a place for the XCom file from the environment of the test.
func exampleMain() {
	l := processLimits
	for name, limit := range map[string]*time.Duration{"EXAMPLE_GRACE": &l.grace, "EXAMPLE_HARD": &l.hard} {
		if text := os.Getenv(name); text != "" {
			d, err := time.ParseDuration(text)
			if err != nil {
				panic(fmt.Sprintf("%s: %v", name, err))
			}
			*limit = d
		}
	}
	io := Process()
	io.XCom = os.Getenv("EXAMPLE_XCOM")
	os.Exit(runProcess(exampleStep(), io, os.Args[1:], l))
}

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"example": exampleMain,
		"verbs": func() {
			s := exampleStep()
			s.Name, s.Run, s.Flags = "verbs", nil, nil
			Main(s)
		},
	})
}
