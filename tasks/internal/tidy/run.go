// Package tidy removes what no manifest names. Start with Run.
package tidy

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
)

// spared is the age below which nothing is removed: an attempt may publish for a day (lake.MaxAge), and a clock may be off.
const spared = 7 * 24 * time.Hour

// Options are all that tidying depends on.
type Options struct {
	Zones   lake.Zones // one that is nil is left alone
	DryRun  bool
	Machine machine.Machine
}

// Removed counts what was removed from a zone, or with a dry run would be.
type Removed struct {
	Orphans, Bytes int64
	Unfinished     int64 // files of a local zone
}

// Any reports whether anything was removed.
func (r Removed) Any() bool { return r.Orphans+r.Unfinished > 0 }

// Outcome is what was removed, by zone in the order of the options. Zones behind one that failed are missing.
type Outcome []Removed

// Run tidies one zone after the other, and ends at the first that fails.
func Run(ctx context.Context, o Options) (out Outcome, err error) {
	before := o.Machine.Now().Add(-spared)
	for _, z := range o.Zones {
		var r Removed
		if z != nil {
			err = r.tidy(ctx, z, before, o.DryRun)
		}
		if out = append(out, r); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (r *Removed) tidy(ctx context.Context, z *lake.Zone, before time.Time, dryRun bool) error {
	for e, err := range lake.Orphans(ctx, z, before) {
		if err != nil {
			return err
		}
		if !dryRun {
			removed, err := z.DeleteOrphan(ctx, e, before)
			if err != nil {
				return err
			}
			if !removed {
				continue
			}
			zerolog.Ctx(ctx).Info().Str("zone", z.URL()).Str("object", e.Key).Int64("bytes", e.Size).Msg("removed an orphan")
		}
		r.Orphans++
		r.Bytes += e.Size
	}
	if dryRun {
		return nil
	}
	n, err := z.Sweep(ctx, before)
	r.Unfinished = int64(n)
	return err
}
