package step

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/suggest"
)

// EnvName returns the environment variable of a flag: COVERS_MAX_SWEEPS of max-sweeps.
func EnvName(flag string) string {
	return "COVERS_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func envs(flag string) []string { return []string{EnvName(flag)} }

// StringFlag is a flag of free text. Required means that neither an empty value nor none will do.
func StringFlag(name, usage, def string, required bool) *cli.StringFlag {
	return &cli.StringFlag{Name: name, Usage: usage, Value: def, Required: required, EnvVars: envs(name)}
}

// IntFlag is a flag of a whole number from least upwards.
func IntFlag(name, usage string, def, least int64) *cli.Int64Flag {
	return &cli.Int64Flag{Name: name, Usage: usage, Value: def, EnvVars: envs(name), Action: func(_ *cli.Context, v int64) error {
		if v < least {
			return fmt.Errorf("--%s: want %d or more, got %d", name, least, v)
		}
		return nil
	}}
}

// FloatFlag is a flag of a number from least to most.
func FloatFlag(name, usage string, def, least, most float64) *cli.Float64Flag {
	return &cli.Float64Flag{Name: name, Usage: usage, Value: def, EnvVars: envs(name),
		Action: func(_ *cli.Context, v float64) error {
			if !(v >= least && v <= most) { // NaN is neither
				return fmt.Errorf("--%s: want %g to %g, got %g", name, least, most, v)
			}
			return nil
		}}
}

// BoolFlag is a flag that is off unless given.
func BoolFlag(name, usage string) *cli.BoolFlag {
	return &cli.BoolFlag{Name: name, Usage: usage, EnvVars: envs(name), DisableDefaultText: true}
}

// DurationFlag is a flag such as 90s or 1h30m, not negative.
func DurationFlag(name, usage string, def time.Duration) *cli.DurationFlag {
	return &cli.DurationFlag{Name: name, Usage: usage, Value: def, EnvVars: envs(name),
		Action: func(_ *cli.Context, v time.Duration) error {
			if v < 0 {
				return fmt.Errorf("--%s: want no negative duration, got %s", name, v)
			}
			return nil
		}}
}

// choice is a flag of one of a few words, which completion knows.
type choice struct {
	*cli.StringFlag
	words []string
}

// ChoiceFlag is a flag of one of a few words.
func ChoiceFlag(name, usage, def string, choices ...string) cli.Flag {
	f := StringFlag(name, usage+": "+strings.Join(choices, ", "), def, def == "")
	f.Action = func(_ *cli.Context, v string) error {
		if !slices.Contains(choices, v) {
			return fmt.Errorf("--%s: want one of %s, got %q%s", name, strings.Join(choices, ", "), v,
				didYouMean(suggest.Word(v, choices)))
		}
		return nil
	}
	return &choice{f, choices}
}

// DayFlag is --day, the UTC day of a reading, required: it comes from the partition key, never from the clock.
func DayFlag() *cli.StringFlag {
	f := StringFlag("day", "the day, `YYYY-MM-DD` (UTC)", "", true)
	f.Action = func(_ *cli.Context, v string) error {
		if v == "" {
			return nil // reported as missing
		}
		if _, err := parseDay(v); err != nil {
			return fmt.Errorf("--day: %w", err)
		}
		return nil
	}
	return f
}

// DaysFlag is --days, or --day, required: days and ranges of days. It may be repeated. Ask Days for its value.
func DaysFlag() *cli.StringSliceFlag {
	return &cli.StringSliceFlag{
		Name: days, Aliases: []string{"day"}, EnvVars: []string{EnvName(days), EnvName("day")}, Required: true,
		Usage: "the `DAYS` (UTC): 2026-03-27, 2026-03-27..2026-03-29, or several with commas; may be repeated",
		Action: func(_ *cli.Context, given []string) error {
			_, err := parseDays(given)
			return err
		},
	}
}

const days = "days"

// Days returns the days that DaysFlag was given, sorted, each once; nil where it was not given.
func Days(c *cli.Context) ([]string, error) {
	return parseDays(c.StringSlice(days))
}

func parseDays(given []string) ([]string, error) {
	text := strings.Join(given, ",")
	if text == "" {
		return nil, nil
	}
	parsed, err := ParseDays(text)
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", days, err)
	}
	return parsed, nil
}

// ZoneFlag is a required flag of a zone of the lake, by the zone's name: ZoneFlag("raw") is --raw.
func ZoneFlag(name string) *cli.StringFlag { return zoneFlag(name, "", true) }

// OptionalZoneFlag is the flag of a zone that a step can do without. why is what it is for, "" where that is clear.
func OptionalZoneFlag(name, why string) *cli.StringFlag { return zoneFlag(name, why, false) }

func zoneFlag(name, why string, required bool) *cli.StringFlag {
	usage := "the " + name + " zone's `URL`, file:///folder or s3://bucket/prefix"
	if why != "" {
		usage += "; " + why
	}
	f := StringFlag(name, usage, "", required)
	f.Action = func(_ *cli.Context, v string) error {
		if v == "" {
			return nil // reported as missing, where it is required
		}
		u, err := url.Parse(v)
		if err != nil || !slices.Contains([]string{"file", "s3"}, u.Scheme) {
			return fmt.Errorf("--%s: want file:///folder or s3://bucket/prefix, got %q", name, v)
		}
		return nil
	}
	return f
}

// WarehouseFlag is --warehouse, required.
func WarehouseFlag() *cli.StringFlag {
	return StringFlag("warehouse",
		"the warehouse's `URL`, duckdb:///path/covers.duckdb or snowflake://USER@ACCOUNT/DATABASE/SCHEMA?…", "", true)
}

// RestaurantsFlag is --restaurants, the path of restaurants.yaml.
func RestaurantsFlag() *cli.StringFlag {
	f := StringFlag("restaurants", "the `FILE` that lists restaurants and accounts", "restaurants.yaml", false)
	f.TakesFile = true
	return f
}

// DryRunFlag is --dry-run.
func DryRunFlag() *cli.BoolFlag {
	return BoolFlag("dry-run", "say what would be done, and do nothing")
}
