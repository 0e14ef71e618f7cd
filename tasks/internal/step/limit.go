package step

import (
	"fmt"
	"slices"
	"time"

	"github.com/urfave/cli/v2"
)

const maxDuration = "max-duration"

// errOverdue is the cause of a context that --max-duration ended.
type errOverdue struct{ allowed time.Duration }

func (e errOverdue) Error() string {
	return fmt.Sprintf("the %s that --%s allows are used up", e.allowed, maxDuration)
}

// limitFlag is what every step and command has, unless it has a flag of this name that bounds a part of its work.
func limitFlag(own []cli.Flag) []cli.Flag {
	if hasLimit(own) {
		return nil
	}
	return []cli.Flag{DurationFlag(maxDuration, "how long it may take, as 90m; 0: as long as it takes", 0)}
}

func hasLimit(own []cli.Flag) bool {
	return slices.ContainsFunc(own, func(f cli.Flag) bool { return slices.Contains(f.Names(), maxDuration) })
}

// limit ends the run's context when the time is over that its flags allow it. A scheduler that ends it instead can only kill it,
// and knows no reason.
func (r *run) limit(c *cli.Context, command string) {
	own := r.step.Flags
	for _, cmd := range r.step.Commands {
		if cmd.Name == command {
			own = cmd.Flags
		}
	}
	allowed := c.Duration(maxDuration)
	if allowed == 0 || hasLimit(own) {
		return
	}
	over, done := r.io.After(allowed), c.Done() // now: what runs next gives c another context
	go func() {
		select {
		case <-over:
			r.cancel(errOverdue{allowed})
		case <-done:
		}
	}()
}
