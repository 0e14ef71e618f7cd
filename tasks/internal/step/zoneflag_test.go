package step

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// TestZoneFlags: a zone's URL is checked whether or not a step can do without the zone.
func TestZoneFlags(t *testing.T) {
	s := Step{
		Name: "probe", Flags: []cli.Flag{ZoneFlag("raw"), OptionalZoneFlag("staging", "to look through")},
		Run: func(context.Context, *cli.Context) (Result, error) { return Result{}, nil },
	}
	for args, want := range map[string]string{
		"--raw file:///raw":                         "",
		"--raw file:///raw --staging s3://bucket/a": "",
		"--raw file:///raw --staging ":              "",
		"--staging file:///staging":                 "missing: --raw (or COVERS_RAW)",
		"--raw /raw":                                `--raw: want file:///folder or s3://bucket/prefix, got \"/raw\"`,
		"--raw mem://raw":                           `--raw: want file:///folder or s3://bucket/prefix, got \"mem://raw\"`,
		"--raw file:///raw --staging http://there":  `--staging: want file:///folder or s3://bucket/prefix, got \"http://there\"`,
	} {
		var stdout bytes.Buffer
		code := Run(t.Context(), s, IO{Stdout: &stdout}, strings.Split(args, " "))
		if wrong := want != ""; code == 64 != wrong || !strings.Contains(stdout.String(), want) {
			t.Errorf("%s: %d %s, want %s", args, code, stdout.String(), want)
		}
	}
}
