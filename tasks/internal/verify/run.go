// Package verify counts days again from raw to the warehouse, and names where they first differ. Start with Run: it gathers the
// trails of the days' readings (find.go), then follows each through raw.go, staging.go, processed.go and warehouse.go.
//
// It writes nothing, and believes neither manifests nor stored digests.
package verify

import (
	"cmp"
	"context"
	"slices"

	"github.com/rs/zerolog"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/warehouse"
)

// Options are all that a verification depends on.
type Options struct {
	Days                    []string // YYYY-MM-DD, sorted
	Raw, Staging, Processed *lake.Zone
	Warehouse               *warehouse.Look
	Progress                func(done, total int64) // rows; nil: nobody looks
}

// Outcome is what a verification found.
type Outcome struct {
	Days   []string
	Stages map[Stage]StageCounts
	Differ int64 // differences

	// Differences are the first of each reading, of each manifest that no reading is known of, and of each day's current rows.
	// They are in the order of the data, and at most maxDifferences.
	Differences []Difference
}

// maxDifferences bounds what an outcome lists.
const maxDifferences = 100

// Stage is a place where the data is.
type Stage string

// The stages.
const (
	StageRaw       Stage = "raw"
	StageStaging   Stage = "staging"
	StageProcessed Stage = "processed"
	StageWarehouse Stage = "warehouse" // the ledger, observations, absences, merges and erasures
	StageCurrent   Stage = "current"   // the current rows
)

// Stages are all stages, in the order of the data.
var Stages = []Stage{StageRaw, StageStaging, StageProcessed, StageWarehouse, StageCurrent}

// fate is how a reading fared in a stage.
type fate int

const (
	agrees fate = iota + 1
	expired
	differs
	notReached
)

// StageCounts say how a stage fared. Readings = Agree + Expired + Differ + NotReached; of the current rows these are keys.
type StageCounts struct {
	Readings   int64
	Agree      int64
	Expired    int64 // gone here and in all stages before, and known to a later one
	Differ     int64 // first here
	NotReached int64 // it differs before
	Records    int64 // lines or rows counted
}

func (n *StageCounts) count(f fate) {
	n.Readings++
	switch f {
	case agrees:
		n.Agree++
	case expired:
		n.Expired++
	case differs:
		n.Differ++
	case notReached:
		n.NotReached++
	}
}

// verification is the work.
type verification struct {
	o           Options
	hasher      *hasher
	records     map[Stage]int64
	done, total int64
	trails      []*trail
	extra       []*Difference // of no reading that is known
	keys        StageCounts   // of the current rows
}

// Run counts days again. Differences are not returned as errors; an error means that something could not be read.
func Run(ctx context.Context, o Options) (out Outcome, err error) {
	v := &verification{o: o, hasher: &hasher{erased: map[warehouse.Subject]bool{}, held: map[requested]bool{}},
		records: map[Stage]int64{}}
	hold := func(reading string, guest warehouse.Subject) { v.hasher.held[requested{reading, guest}] = true }
	if err := o.Warehouse.Held(ctx, hold); err != nil {
		return out, err
	}
	if err := o.Warehouse.Erased(ctx, func(s warehouse.Subject) { v.hasher.erased[s] = true }); err != nil {
		return out, err
	}
	for _, day := range o.Days {
		if err := v.find(ctx, day); err != nil {
			return out, err
		}
	}
	v.expect()
	for _, t := range v.trails {
		if err := v.follow(ctx, t, StageRaw, v.raw); err != nil {
			return out, err
		}
		if err := v.follow(ctx, t, StageStaging, v.staging); err != nil {
			return out, err
		}
		zerolog.Ctx(ctx).Info().Str("reading", t.id.String()).Bool("agrees", t.ends == nil).Msg("looked at raw and staging")
	}
	if err := v.processed(ctx); err != nil {
		return out, err
	}
	for _, t := range v.trails {
		if err := v.follow(ctx, t, StageWarehouse, v.warehouse); err != nil {
			return out, err
		}
	}
	for _, day := range o.Days {
		if err := v.current(ctx, day); err != nil {
			return out, err
		}
	}
	return v.outcome(), nil
}

// follow looks at one stage of a reading that agreed so far. look reports whether the stage has expired.
func (v *verification) follow(
	ctx context.Context, t *trail, stage Stage, look func(context.Context, *trail) (gone bool, err error),
) error {
	if t.ends != nil {
		t.fates[stage] = notReached
		return nil //nolint:nilerr // it is told once
	}
	var gone bool
	err := t.broken[stage]
	if err == nil {
		gone, err = look(ctx, t)
	}
	if err == nil {
		t.fates[stage] = agrees
		if gone {
			t.fates[stage] = expired
		}
		return nil
	}
	d, ok := asDifference(ctx, err)
	if !ok {
		return err
	}
	d.Stage, d.Day, d.Reading = stage, t.id.Day, t.id.String()
	t.ends, t.fates[stage] = &d, differs
	return nil
}

// expect adds up what there is to read, for the progress.
func (v *verification) expect() {
	for _, t := range v.trails {
		if t.raw != nil {
			for _, n := range t.raw.Manifest.Counts {
				v.total += n.Received + n.Absent + n.Unread
			}
		}
		if t.result != nil {
			for _, o := range t.result.Manifest.Objects {
				v.total += o.Records
			}
		}
		for _, e := range t.ledger {
			for _, n := range e.Counts {
				v.total += 2 * n.Landed // in processed, too
			}
		}
	}
}

func (v *verification) tick(stage Stage) {
	v.records[stage]++
	if v.done++; v.done%1024 == 0 && v.o.Progress != nil {
		v.o.Progress(v.done, max(v.total, v.done))
	}
}

// outcome puts together what was found.
func (v *verification) outcome() Outcome {
	out := Outcome{Days: v.o.Days, Stages: map[Stage]StageCounts{}, Differences: []Difference{}}
	all := v.extra
	for _, t := range v.trails {
		if t.ends != nil {
			all = append(all, t.ends)
		}
	}
	slices.SortStableFunc(all, func(a, b *Difference) int {
		return cmp.Or(
			cmp.Compare(slices.Index(Stages, a.Stage), slices.Index(Stages, b.Stage)),
			cmp.Compare(a.Day, b.Day),
			cmp.Compare(a.Reading, b.Reading),
		)
	})
	out.Differ = int64(len(all))
	for _, d := range all[:min(len(all), maxDifferences)] {
		out.Differences = append(out.Differences, *d)
	}
	for _, stage := range Stages {
		n := StageCounts{Records: v.records[stage]}
		for _, t := range v.trails {
			n.count(t.fates[stage])
		}
		out.Stages[stage] = n
	}
	out.Stages[StageCurrent] = v.keys
	return out
}
