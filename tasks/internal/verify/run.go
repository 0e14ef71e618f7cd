package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/warehouse"
)

// VerifyOptions are all that a verification depends on.
type VerifyOptions struct {
	Days                    []string // YYYY-MM-DD, sorted
	Raw, Staging, Processed *lake.Zone
	Warehouse               *warehouse.Look
	Progress                func(done, total int64)
}

// The stages, in the order of the data.
const (
	stageRaw       = "raw"
	stageStaging   = "staging"
	stageProcessed = "processed"
	stageWarehouse = "warehouse" // the ledger, observations, absences and erasures
	stageCurrent   = "current"   // the current rows
)

var stages = []string{stageRaw, stageStaging, stageProcessed, stageWarehouse, stageCurrent}

// Verified is what a verification found.
type Verified struct {
	Days        []string               `json:"days"`
	Stages      map[string]StageCounts `json:"-"`
	Differ      int64                  `json:"differ"`      // differences
	Differences []Difference           `json:"differences"` // the first of each reading, of each manifest that no reading is known of, and of each day's current rows; in the order of the data, at most 100
}

// StageCounts say how a stage fared. Readings = Agree + Expired + Differ + NotReached; of the current rows these are keys.
type StageCounts struct {
	Readings   int64 `json:"readings"`
	Agree      int64 `json:"agree"`
	Expired    int64 `json:"expired"`     // gone here and in all stages before, and known to a later one
	Differ     int64 `json:"differ"`      // first here
	NotReached int64 `json:"not_reached"` // it differs before
	Records    int64 `json:"records"`     // lines or rows counted
}

// maxDifferences bounds what the result lists.
const maxDifferences = 100

// Difference is a place where the stages do not agree. It holds no value of a record.
type Difference struct {
	Stage    string `json:"stage"`
	Day      string `json:"day"`
	Reading  string `json:"reading,omitempty"`
	Where    string `json:"where"`
	Expected string `json:"expected,omitempty"`
	Found    string `json:"found,omitempty"`
	Next     string `json:"next"`
}

func (d *Difference) Error() string {
	text := d.Stage + ", " + d.Day + ": " + d.Where
	if d.Reading != "" {
		text = d.Stage + ", reading " + d.Reading + ": " + d.Where
	}
	if d.Expected != "" {
		text += ": expected " + d.Expected + ", found " + d.Found
	}
	return text
}

func differs(next, where string, expected, found any) error {
	return &Difference{Where: where, Expected: fmt.Sprint(expected), Found: fmt.Sprint(found), Next: next}
}

// asDifference tells what is wrong with the data from what kept it from being looked at.
func asDifference(ctx context.Context, err error) (d Difference, ok bool) {
	if own, ok := errors.AsType[*Difference](err); ok {
		return *own, true
	}
	if ctx.Err() != nil || fault.KindOf(err) != fault.Data {
		return d, false
	}
	d.Where = err.Error()
	if e, ok := errors.AsType[*fault.Error](err); ok {
		d.Where, d.Next = e.Err.Error(), e.Next
	}
	return d, true
}

// trail is what is known of one reading.
type trail struct {
	id       lake.ReadingID
	raw      *lake.Found[lake.Reading] // nil: expired
	result   *lake.Found[lake.Result]  // of the newest rank; nil: expired
	taken    []taking                  // by which processed manifests, at whatever rank
	ledger   []warehouse.Entry
	broken   map[string]error // by stage: a manifest that cannot be read
	lines    map[string]int64 // by kind, as raw counts them or, once expired, as the result does
	rows     *contribution    // as staging has them or, once expired, processed
	source   side             // of these rows, to look again
	from     string           // the stage that they are of
	chosen   *taking
	ends     *Difference
	reported map[string]string // by stage: agree, expired, differ or not_reached
}

// taking is a processed manifest that names a reading.
type taking struct {
	manifest *lake.Found[lake.Processed]
	input    lake.Input
}

// verification is the work.
type verification struct {
	o           VerifyOptions
	hasher      *hasher
	records     map[string]int64
	done, total int64
	trails      []*trail
	extra       []*Difference // of no reading that is known
	keys        StageCounts   // of the current rows
}

// Verify counts days again. Differences are no error of it: what is, kept it from looking.
func Verify(ctx context.Context, o VerifyOptions) (out Verified, err error) {
	v := &verification{o: o, hasher: &hasher{erased: map[warehouse.Subject]bool{}}, records: map[string]int64{}}
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
		if err := v.step(ctx, t, stageRaw, v.raw); err != nil {
			return out, err
		}
		if err := v.step(ctx, t, stageStaging, v.staging); err != nil {
			return out, err
		}
		zerolog.Ctx(ctx).Info().Str("reading", t.id.String()).Bool("agrees", t.ends == nil).Msg("looked at raw and staging")
	}
	if err := v.processed(ctx); err != nil {
		return out, err
	}
	for _, t := range v.trails {
		if err := v.step(ctx, t, stageWarehouse, v.warehouse); err != nil {
			return out, err
		}
	}
	for _, day := range o.Days {
		if err := v.current(ctx, day); err != nil {
			return out, err
		}
	}
	return v.verified(), nil
}

// step looks at one stage of a reading that agreed so far. look says whether the stage has expired.
func (v *verification) step(ctx context.Context, t *trail, stage string, look func(context.Context, *trail) (expired bool, err error)) error {
	if t.ends != nil {
		t.reported[stage] = "not_reached"
		return nil //nolint:nilerr // it is told once
	}
	var expired bool
	err := t.broken[stage]
	if err == nil {
		expired, err = look(ctx, t)
	}
	if err == nil {
		t.reported[stage] = "agree"
		if expired {
			t.reported[stage] = "expired"
		}
		return nil
	}
	d, ok := asDifference(ctx, err)
	if !ok {
		return err
	}
	d.Stage, d.Day, d.Reading = stage, t.id.Day, t.id.String()
	t.ends, t.reported[stage] = &d, "differ"
	return nil
}

// expect adds up what there is to read, for the progress.
func (v *verification) expect() {
	for _, t := range v.trails {
		if t.raw != nil {
			for _, n := range t.raw.Manifest.Counts {
				v.total += n.Received + n.Absent
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

func (v *verification) tick(stage string) {
	v.records[stage]++
	if v.done++; v.done%1024 == 0 && v.o.Progress != nil {
		v.o.Progress(v.done, max(v.total, v.done))
	}
}

// verified puts together what was found.
func (v *verification) verified() Verified {
	out := Verified{Days: v.o.Days, Stages: map[string]StageCounts{}, Differences: []Difference{}}
	all := v.extra
	for _, t := range v.trails {
		if t.ends != nil {
			all = append(all, t.ends)
		}
	}
	slices.SortStableFunc(all, func(a, b *Difference) int {
		return cmp.Or(cmp.Compare(slices.Index(stages, a.Stage), slices.Index(stages, b.Stage)), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Reading, b.Reading))
	})
	out.Differ = int64(len(all))
	for _, d := range all[:min(len(all), maxDifferences)] {
		out.Differences = append(out.Differences, *d)
	}
	for _, stage := range stages {
		n := StageCounts{Records: v.records[stage]}
		for _, t := range v.trails {
			switch t.reported[stage] {
			case "agree":
				n.Agree++
			case "expired":
				n.Expired++
			case "differ":
				n.Differ++
			case "not_reached":
				n.NotReached++
			}
		}
		n.Readings = n.Agree + n.Expired + n.Differ + n.NotReached
		out.Stages[stage] = n
	}
	out.Stages[stageCurrent] = v.keys
	return out
}
