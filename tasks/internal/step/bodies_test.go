package step

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// showing returns a step that shows a record where Bodies says so.
func showing() Step {
	return Step{
		Name: "probe", Usage: "try it", Flags: []cli.Flag{BodiesFlag("show records")},
		Run: func(ctx context.Context, c *cli.Context) (Result, error) {
			show, err := Bodies(ctx, c)
			if err != nil || !show {
				return Result{Text: "no record"}, err
			}
			return Result{Text: "a record"}, nil
		},
	}
}

// TestBodies: a record is shown on a terminal when asked for, and asking is refused where the result is a line.
func TestBodies(t *testing.T) {
	if code, screen := onTerminal(t, showing(), "--bodies"); code != 0 || !strings.Contains(screen, "a record") {
		t.Errorf("on a terminal: %d\n%s", code, screen)
	}
	if code, screen := onTerminal(t, showing()); code != 0 || !strings.Contains(screen, "no record") {
		t.Errorf("not asked for: %d\n%s", code, screen)
	}
	var stdout, stderr bytes.Buffer
	code := Run(t.Context(), showing(), IO{Stdout: &stdout, Stderr: &stderr}, []string{"--bodies"})
	if code != 64 || !strings.Contains(stdout.String(), "stdout is not a terminal") {
		t.Errorf("without a terminal: %d\n%s", code, stdout.String())
	}
	if code := Run(t.Context(), showing(), IO{}, nil); code != 0 {
		t.Errorf("without a terminal and not asked for: %d", code)
	}
}
