// Package reading writes down what a booking platform says: one reading in the raw zone, every record as it was received.
// Start with Run, then read (sweep.go) for how a list that moves is read to its end.
//
// It does not look into records: what is wrong with one is for validate to say. How the platforms are called stands in
// tasks/internal/platform, opentable and thefork.
package reading

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/failpoint"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/platform"
	"covers/tasks/internal/source"
)

// Options is all that an extraction depends on.
type Options struct {
	Source    source.Source // with Access as it is to be used
	Day       string        // YYYY-MM-DD
	By        string        // ByAuto, lake.ByUpdated or lake.ByServiceDate
	Raw       *lake.Zone    // nil in a dry run
	MaxSweeps int           // 2 or more
	InFlight  int           // records asked for at once, where they come one by one
	DryRun    bool

	ClientID, Secret string // empty in a dry run
	Program          string // version, for the manifest

	Progress func(done, total int64) // records received, of how many (0: not known); nil: nobody looks

	// For tests. Zero values are the real clock, real chance, the usual limits.
	Now    func() time.Time
	Name   func() string // eight hexadecimal digits
	Tune   func(*platform.Settings)
	Rotate Rotation
}

// Outcome is what a run published; of a dry run, what it would ask.
type Outcome struct {
	Manifest string // its key
	Reading  lake.Reading
	By       string
	Windows  map[string]Window // by kind
	Sweeps   map[string]int    // by kind
	Stats    platform.Stats
	Planned  []Request // of a dry run
}

// Run reads the source's day and publishes one more reading, or nothing: a run that fails takes back what it stored.
func Run(ctx context.Context, o Options) (Outcome, error) {
	o.withDefaults()
	p, err := newPlan(o)
	if err != nil {
		return Outcome{}, err
	}
	defer p.client.Close()
	out := Outcome{By: p.by, Windows: map[string]Window{}, Sweeps: map[string]int{}}
	for _, l := range p.lists {
		out.Windows[l.kind] = l.window
	}
	if o.DryRun {
		out.Planned = p.requests()
		return out, nil
	}
	started := o.Now().UTC().Truncate(time.Millisecond)
	if !started.After(p.end) {
		zerolog.Ctx(ctx).Warn().Str("day", o.Day).Msg("the day is not over yet: what changes later is not in this reading")
	}
	id := lake.ReadingID{Source: o.Source.ID, Day: o.Day, By: p.by, Name: started.Format("20060102T150405.000Z") + "-" + o.Name()}
	r := &reading{o: o, id: id, attempt: o.Raw.Begin(started, o.Now), manifest: lake.Reading{
		Version: lake.Version, Reading: id.String(), Source: id.Source, Day: id.Day, By: id.By,
		StartedAt: started, WindowFrom: p.lists[0].window.From, WindowTo: p.lists[0].window.To,
		Stable: true, Counts: map[string]lake.RawCounts{}, Objects: []lake.Object{}, Program: o.Program,
	}}
	defer r.takeBack(ctx)
	for _, l := range p.lists {
		sweeps, err := r.read(ctx, l)
		out.Sweeps[l.kind], out.Stats = sweeps, p.client.Stats()
		if err != nil {
			return out, err
		}
	}
	r.manifest.Requests = out.Stats.Requests
	out.Manifest, err = r.publish(ctx)
	out.Reading = r.manifest
	return out, err
}

func (o *Options) withDefaults() {
	if o.Progress == nil {
		o.Progress = func(int64, int64) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Name == nil {
		o.Name = func() string {
			var b [4]byte
			_, _ = rand.Read(b[:]) // never fails (crypto/rand)
			return hex.EncodeToString(b[:])
		}
	}
	if o.Tune == nil {
		o.Tune = func(*platform.Settings) {}
	}
	if o.Rotate == (Rotation{}) {
		o.Rotate = Rotation{Bytes: 64 << 20, Lines: 50_000}
	}
}

// reading is the work on one reading.
type reading struct {
	o         Options
	id        lake.ReadingID
	attempt   *lake.Attempt
	manifest  lake.Reading
	received  int64 // of the kinds that are done, for the progress
	published bool  // perhaps: from here on nothing may be taken back
}

// publish counts once more, from what was written, and names it all in the manifest.
func (r *reading) publish(ctx context.Context) (key string, err error) {
	lines := map[string]int64{}
	for _, object := range r.manifest.Objects {
		lines[object.Kind] += object.Records
	}
	for kind, c := range r.manifest.Counts {
		if c.Listed != c.Received+c.Repeated+c.Gone || c.Received != lines[kind] {
			return "", fault.New(fault.Defect, "report it", "publish %s: the counts of %s do not balance: listed %d, received %d, repeated %d, gone %d, written %d",
				r.id, kind, c.Listed, c.Received, c.Repeated, c.Gone, lines[kind])
		}
	}
	r.manifest.FinishedAt = r.o.Now().UTC().Truncate(time.Millisecond)
	key = lake.ManifestKey(r.id)
	if err := ctx.Err(); err != nil {
		return "", err
	}
	failpoint.Hit("extract/before-publish")
	r.published = true
	won, err := r.attempt.Publish(ctx, key, r.manifest)
	switch {
	case err != nil:
		return "", err
	case !won:
		return "", fault.New(fault.Temporary, "run again", "publish %s: there is a reading of this name already", r.id)
	}
	zerolog.Ctx(ctx).Info().Str("manifest", key).Bool("stable", r.manifest.Stable).Msg("reading published")
	return key, nil
}

// takeBack removes the objects of a reading that was not published. Their keys hold the reading's id, so they are nobody
// else's. What it cannot remove in a second is left to `care tidy`, which finds that no manifest names it.
func (r *reading) takeBack(ctx context.Context) {
	if r.published || len(r.manifest.Objects) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	for i, object := range r.manifest.Objects {
		if err := r.o.Raw.Delete(ctx, object.Key); err != nil {
			zerolog.Ctx(ctx).Warn().Str("reading", r.id.String()).Int("objects", len(r.manifest.Objects)-i).Msg("left for care tidy")
			return
		}
	}
}
