package step

import (
	"context"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
)

const bodies = "bodies"

// BodiesFlag is --bodies, which asks for records as the platform gave them, personal data included. Ask Bodies for its value.
func BodiesFlag(usage string) *cli.BoolFlag { return BoolFlag(bodies, usage) }

// Bodies reports whether --bodies was given. Records are shown to a person alone: where the result is not text on a terminal
// it is a line that is stored and handed on, and asking for bodies is a usage error. A step puts them into Result.Text and
// nowhere else.
func Bodies(ctx context.Context, c *cli.Context) (bool, error) {
	if !c.Bool(bodies) {
		return false, nil
	}
	if r, ok := ctx.Value(progressKey{}).(*run); !ok || !r.io.IsTerminal(r.io.Stdout) {
		return false, fault.New(fault.Usage, "run it on a terminal, without a pipe, or leave --bodies out",
			"--bodies shows personal data, and stdout is not a terminal")
	}
	return true, nil
}
