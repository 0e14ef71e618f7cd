package step

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"
)

// TestFlags: what each constructor takes from the command line and from its variable, and what it refuses.
func TestFlags(t *testing.T) {
	flags := func() []cli.Flag {
		return []cli.Flag{
			StringFlag("word", "a word", "default", false), IntFlag("max-sweeps", "how often", 6, 1), FloatFlag("share",
				"how much", 0.05, 0, 1),
			BoolFlag("fast", "be fast"), DurationFlag("older", "than", time.Hour), DaysFlag(), RestaurantsFlag(), DryRunFlag(),
			&cli.IntFlag{Name: "needed", Required: true}, &cli.StringSliceFlag{Name: "many", EnvVars: envs("many")},
		}
	}
	work := func(_ context.Context, c *cli.Context) (Result, error) {
		return Result{Details: []any{
			c.String("word"), c.Int64("max-sweeps"), c.Float64("share"), c.Bool("fast"), c.Duration("older").String(),
			must(Days(c)), c.String("restaurants"), c.Bool("dry-run"), c.Int("needed"), c.StringSlice("many"),
		}}, nil
	}
	const days, all = "--days=2026-03-27..2026-03-29",
		"--needed=-1 --word w --max-sweeps 1 --share 1 --fast --older 90s --restaurants r --dry-run --many a,b --many c"
	const allDetails = `["w",1,1,true,"1m30s",["2026-03-27","2026-03-28","2026-03-29"],"r",true,-1,["a","b","c"]]`
	other := func(days string) string {
		return `["default",6,0.05,false,"1h0m0s",` + days + `,"restaurants.yaml",false,0,null]`
	}
	cases := []struct {
		name string
		args string
		env  map[string]string
		want string // details, or what the error says
	}{
		{"defaults", days + " --needed 0", nil,
			`["default",6,0.05,false,"1h0m0s",["2026-03-27","2026-03-28","2026-03-29"],"restaurants.yaml",false,0,null]`},
		{"all given", days + " " + all, nil, allDetails},
		{"all before a verb", days + " " + all + " again", nil, allDetails},
		{
			"by variable", "--needed 3",
			map[string]string{
				"COVERS_DAYS": "2026-03-27", "COVERS_WORD": "w", "COVERS_MAX_SWEEPS": "2", "COVERS_FAST": "true",
				"COVERS_DRY_RUN": "false", "COVERS_OLDER": "0s", "COVERS_MANY": "a",
			},
			`["w",2,0.05,true,"0s",["2026-03-27"],"restaurants.yaml",false,3,["a"]]`,
		},
		{
			"empty variables", days + " --needed 3",
			map[string]string{"COVERS_WORD": "", "COVERS_MAX_SWEEPS": "", "COVERS_FAST": "", "COVERS_LOG_LEVEL": ""},
			`["default",6,0.05,false,"1h0m0s",["2026-03-27","2026-03-28","2026-03-29"],"restaurants.yaml",false,3,null]`,
		},
		{"nothing", "", nil, "missing: --days (or COVERS_DAYS), --needed"},
		{"too few", days + " --needed 0 --max-sweeps 0", nil, "--max-sweeps: want 1 or more, got 0"},
		{"negative", days + " --needed 0 --older=-1s", nil, "--older: want no negative duration"},
		{"days by their other name", "--day 2026-03-28 --needed 0", nil, other(`["2026-03-28"]`)},
		{"days again and again", "--day 2026-03-29 --day 2026-03-27,2026-03-28 --day 2026-03-27..2026-03-28 --needed 0", nil,
			other(`["2026-03-27","2026-03-28","2026-03-29"]`)},
		{"days by the variable of their other name", "--needed 0",
			map[string]string{"COVERS_DAYS": "", "COVERS_DAY": "2026-03-28"}, other(`["2026-03-28"]`)},
		{"days of the command line before those of a variable", "--day 2026-03-28 --needed 0",
			map[string]string{"COVERS_DAYS": "2026-03-01"}, other(`["2026-03-28"]`)},
		{"days before a verb", "--day 2026-03-28 --needed 0 again", map[string]string{"COVERS_DAY": "2026-03-01"},
			other(`["2026-03-28"]`)},
		{"days on both sides of a verb", "--day 2026-03-27 --needed 0 again --day 2026-03-28",
			map[string]string{"COVERS_DAY": "2026-03-01"}, other(`["2026-03-28"]`)},
		{"a variable that is no number", days + " --needed 0", map[string]string{"COVERS_MAX_SWEEPS": "many"},
			`could not parse "many" from environment variable "COVERS_MAX_SWEEPS" for flag max-sweeps`},
		{"a variable that is too small", days + " --needed 0", map[string]string{"COVERS_MAX_SWEEPS": "0"},
			"--max-sweeps: want 1 or more, got 0"},
		{"wrong days by their other name", "--day 2026-03-28 --day today --needed 0", nil,
			`--days: want a day as YYYY-MM-DD, got "today"`},
		{"wrong days", "--needed 0 --days 2026-03-29..2026-03-27", nil,
			"--days: the range 2026-03-29..2026-03-27 ends before it begins"},
		{"empty days", "--needed 0 --days=", nil, "missing: --days"},
		{"no number", days + " --needed 0 --max-sweeps many", nil, "max-sweeps"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var stdout bytes.Buffer
			step := Step{Name: "probe", Flags: flags(), Run: work,
				Commands: []Command{{Name: "again", Usage: "the same", Flags: flags(), Run: work}}}
			code := Run(t.Context(), step, IO{Stdout: &stdout, Getenv: func(name string) string { return c.env[name] }},
				strings.Fields(c.args))
			var res struct {
				Details json.RawMessage
				Error   Failure
			}
			if err := errors.Join(checkResult(stdout.Bytes()), json.Unmarshal(stdout.Bytes(), &res)); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(c.want, "[") {
				if code != 0 || string(res.Details) != c.want {
					t.Fatalf("%d %s, want %s", code, stdout.String(), c.want)
				}
			} else if code != 64 || !strings.Contains(res.Error.Message, c.want) {
				t.Fatalf("%d %s, want 64: %s", code, stdout.String(), c.want)
			}
		})
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestVersion(t *testing.T) {
	t.Cleanup(func() { Version = "" })
	Version = ""
	if got := version(); got == "" {
		t.Error("no version at all")
	}
	Version = "1.2.3"
	r := do(t, t.Context(), IO{}, func(context.Context) (Result, error) { return Result{}, nil })
	if r.result.Version != "1.2.3" {
		t.Errorf("version %q", r.result.Version)
	}
}
