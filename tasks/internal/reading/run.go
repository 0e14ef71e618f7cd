// Package reading writes down what a booking platform says: one reading in the raw zone, every record as it was received.
// Start with Run, then Work.Sweep (sweep.go) for how a list that moves is read to its end.
//
// It does not look into records: what is wrong with one is for validate to say. How the platforms are called stands in
// tasks/internal/platform, opentable and thefork.
package reading

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/platform"
	"covers/tasks/internal/source"
)

// Options is all that a reading depends on.
type Options struct {
	Machine   machine.Machine
	Source    source.Source // with Access as it is to be used
	Day       string        // YYYY-MM-DD; of Run
	By        string        // ByAuto, lake.ByUpdated or lake.ByServiceDate; of Run
	Raw       *lake.Zone    // nil in a dry run
	MaxSweeps int           // 2 or more
	InFlight  int           // records asked for at once, where they come one by one
	DryRun    bool          // of Run

	MaxDuration time.Duration // for asking, waits included; 0: no limit
	MaxRequests int64         // attempts, those for tokens included; 0: no limit
	MaxReceived int64         // bytes of answers, uncompressed; 0: no limit
	AllowHTTP   bool          // the platform may be asked over http:// though it is not on this machine

	ClientID, Secret string // empty in a dry run
	Program          string // version, for the manifest

	Progress func(done, total int64) // records received, of how many (0: not known); nil: nobody is told

	// Keep reports whether a record that was not met before is written down; nil: each is. It is asked by one goroutine
	// at a time, and must not keep the record. asked is the id that the record was asked for by, empty where it was listed.
	Keep func(kind, asked string, record []byte) bool

	// For tests. Zero values are the usual limits.
	Tune   func(*platform.Settings)
	Rotate Rotation
	// InMemory is how many keys of a kind's entries are in memory before they go to a file.
	InMemory int
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

	NotFound, Denied int // ids asked for that the platform does not find, or does not show; of RunIDs
}

// Run reads the source's day and publishes one more reading, or nothing: a run that fails takes back what it stored.
func Run(ctx context.Context, o Options) (Outcome, error) {
	r, err := Open(o)
	if err != nil {
		return Outcome{}, err
	}
	defer r.Close()
	p, err := newPlan(r, o)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{By: p.by, Windows: map[string]Window{}, Sweeps: map[string]int{}}
	for _, l := range p.lists {
		out.Windows[l.Kind] = l.Window
	}
	if o.DryRun {
		out.Planned = p.requests(r)
		return out, nil
	}
	w := r.Begin(o.Day, p.by, p.lists[0].Window)
	defer w.TakeBack(ctx)
	if !w.manifest.StartedAt.After(p.day.AddDate(0, 0, 1)) {
		zerolog.Ctx(ctx).Warn().Str("day", o.Day).Msg("the day is not over yet: what changes later is not in this reading")
	}
	for _, l := range p.lists {
		swept, err := w.Sweep(ctx, l)
		if err == nil {
			err = w.finish(ctx, l.Kind)
		}
		out.Sweeps[l.Kind], out.Stats = swept.Sweeps, w.Stats()
		if err != nil {
			return out, err
		}
	}
	out.Manifest, err = w.Publish(ctx)
	out.Reading = w.Reading()
	return out, err
}

func (o *Options) withDefaults() {
	if o.Progress == nil {
		o.Progress = func(int64, int64) {}
	}
	if o.Tune == nil {
		o.Tune = func(*platform.Settings) {}
	}
	if o.Rotate == (Rotation{}) {
		o.Rotate = Rotation{Bytes: 64 << 20, Lines: 50_000}
	}
	if o.InMemory == 0 {
		o.InMemory = inMemory
	}
}
