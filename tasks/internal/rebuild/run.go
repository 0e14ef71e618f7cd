// Package rebuild makes a warehouse anew from the processed zone, compares it with the one that is there, and puts it in its
// place: the same readings at the same ranks, and the erasures, which are carried over first. Start with Run. What differs
// between a file and a schema of an account is behind site; how a load fills a warehouse is package warehouse's.
package rebuild

import (
	"context"
	"fmt"
	"slices"

	"github.com/rs/zerolog"

	"covers/contract"
	"covers/tasks/internal/failpoint"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse"
)

// Options are all that a rebuild needs to know.
type Options struct {
	Machine   machine.Machine
	URL       string // of the warehouse
	Processed *lake.Zone
	Program   string // version, for the ledger
	DryRun    bool
	Accept    string // the fingerprint of differences that a person has looked at; "" for none

	Progress func(done, total int64) // days
}

// Outcome is what a rebuild did, or in a dry run would do.
type Outcome struct {
	DryRun   bool   `json:"dry_run,omitempty"`
	Days     int    `json:"days"`     // of the readings
	Readings int    `json:"readings"` // of the ledger
	Erasures int64  `json:"erasures"` // rows that are carried over
	Build    string `json:"build"`    // where the new one is made
	Kept     string `json:"kept,omitempty"`

	Expired []string `json:"expired,omitempty"` // readings that the processed zone has no more
	Newer   []string `json:"newer,omitempty"`   // readings that it has at a newer rank alone

	Differences []Difference `json:"differences,omitempty"`
	Fingerprint string       `json:"fingerprint,omitempty"` // of the differences
	Swapped     bool         `json:"swapped"`
}

// attempts is how often the rebuild catches up with what was loaded meanwhile before it gives up.
const attempts = 5

// rebuilding is one rebuild.
type rebuilding struct {
	Options
	site site
	out  Outcome
}

// Run rebuilds. Until the new warehouse takes the old one's place, in one step, the old one is as it was, and a run that was
// stopped is simply repeated. What the processed zone cannot give any more, and differences that nobody has accepted, are data
// faults.
func Run(ctx context.Context, o Options) (Outcome, error) {
	r := &rebuilding{Options: o}
	var err error
	if r.site, err = siteOf(o); err != nil {
		return r.out, err
	}
	defer func() { _ = r.site.close() }()
	r.out.DryRun, r.out.Build = o.DryRun, r.site.buildName()
	return r.out, r.run(ctx)
}

func (r *rebuilding) run(ctx context.Context) error {
	if !r.DryRun {
		if err := r.site.recover(ctx); err != nil {
			return err
		}
	}
	was, err := r.look(ctx)
	if err != nil {
		return err
	}
	if err := r.available(ctx, was); err != nil || r.DryRun {
		return err
	}
	for range attempts {
		if err := r.fill(ctx, was); err != nil {
			return err
		}
		failpoint.Hit("rebuild/filled")
		if err := r.swap(ctx, was); err != nil || r.out.Swapped {
			return err
		}
		zerolog.Ctx(ctx).Info().Msg("something was loaded or erased meanwhile, catching up")
		if was, err = r.look(ctx); err != nil {
			return err
		}
		if err := r.available(ctx, was); err != nil {
			return err
		}
	}
	return fault.New(fault.Temporary,
		"run again while nothing is loaded: what was made is kept, and the next run goes on with it",
		"rebuild %s: something was loaded or erased each of %d times before it could take its place", r.site.oldName(), attempts)
}

// swap compares, and puts the new warehouse in the old one's place. Where something was loaded or erased since, it does not:
// what differs then is no fault.
func (r *rebuilding) swap(ctx context.Context, was state) error {
	differ := r.compare(ctx)
	now, err := r.passed(ctx)
	if err != nil || now != was.passed {
		return err
	}
	if differ != nil {
		return differ
	}
	failpoint.Hit("rebuild/compared")
	swapped, err := r.site.swap(ctx, was.passed, r.finish)
	if swapped {
		r.out.Swapped, r.out.Kept = true, r.site.keptName()
	}
	return err
}

// state is what the old warehouse is a function of, and how often it has changed.
type state struct {
	pins   map[string]string // rank by reading
	days   []string          // of the readings, sorted
	passed int64             // of load_gate
}

// look reads the old warehouse's ledger. The gate's number comes first, before the session that reads the rest begins: what is
// loaded meanwhile is seen, or shows later.
func (r *rebuilding) look(ctx context.Context) (was state, err error) {
	free, err := warehouse.OpenWhenFree(ctx, r.Machine, r.URL) // a file that another program has is waited for
	if err != nil {
		return was, err
	}
	if err := free.Close(); err != nil {
		return was, err
	}
	if was.passed, err = r.passed(ctx); err != nil {
		return was, err
	}
	w, err := warehouse.OpenWhenFree(ctx, r.Machine, r.URL)
	if err != nil {
		return was, err
	}
	defer func() { _ = w.Close() }()
	entries, err := w.Ledger(ctx, nil)
	if err != nil {
		return was, err
	}
	was.pins = map[string]string{}
	for _, e := range entries { // sorted by day
		was.pins[e.Reading] = e.Rank
		if n := len(was.days); n == 0 || was.days[n-1] != e.Day {
			was.days = append(was.days, e.Day)
		}
	}
	r.out.Readings, r.out.Days = len(entries), len(was.days)
	old, err := r.open(ctx, r.URL, warehouse.ReadOnly)
	if err != nil {
		return was, err
	}
	defer old.close()
	r.out.Erasures, err = old.number(ctx, "SELECT COUNT(*) AS n FROM erasures")
	return was, err
}

// passed is how often the old warehouse's gate was passed.
func (r *rebuilding) passed(ctx context.Context) (int64, error) {
	old, err := r.open(ctx, r.URL, warehouse.ReadOnly)
	if err != nil {
		return 0, err
	}
	defer old.close()
	return old.number(ctx, gateSQL)
}

const gateSQL = "SELECT MAX(passed) AS n FROM load_gate"

// available refuses a rebuild that would lose something: what the processed zone has no more is in the old warehouse alone.
func (r *rebuilding) available(ctx context.Context, was state) error {
	ranks := map[string][]string{}
	for _, day := range was.days {
		found, err := lake.ProcessedOf(ctx, r.Processed, day)
		if err != nil {
			return err
		}
		for _, f := range found {
			for _, in := range f.Manifest.Inputs {
				if _, ok := was.pins[in.Reading]; ok {
					ranks[in.Reading] = append(ranks[in.Reading], in.Rank.String())
				}
			}
		}
	}
	r.out.Expired, r.out.Newer = nil, nil
	for reading, rank := range was.pins {
		switch {
		case slices.Contains(ranks[reading], rank):
		case len(ranks[reading]) > 0 && slices.Max(ranks[reading]) > rank:
			r.out.Newer = append(r.out.Newer, reading)
		default:
			r.out.Expired = append(r.out.Expired, reading)
		}
	}
	slices.Sort(r.out.Expired)
	slices.Sort(r.out.Newer)
	if n := len(r.out.Expired); n > 0 {
		return fault.New(fault.Data,
			"keep this warehouse: it alone has them. Where staging still has their days, transform those again, then rebuild",
			"%s would lose %d of %d readings: the processed zone does not have them any more, the first %s", r.site.oldName(), n,
			len(was.pins), r.out.Expired[0])
	}
	if n := len(r.out.Newer); n > 0 {
		return fault.New(fault.Data, "run load --all first: it brings them to the rank that the processed zone has; then rebuild",
			"%d readings of %s are in the processed zone at a newer rank alone, the first %s", n, r.site.oldName(),
			r.out.Newer[0])
	}
	return nil
}

// fill brings the build up to a state of the old warehouse. The erasures come first, and again last, since some may have come
// meanwhile.
func (r *rebuilding) fill(ctx context.Context, was state) error {
	if err := r.begin(ctx, was); err != nil {
		return err
	}
	failpoint.Hit("rebuild/begun")
	if err := r.carryFirst(ctx); err != nil {
		return err
	}
	failpoint.Hit("rebuild/carried")
	if err := r.load(ctx, was); err != nil {
		return err
	}
	return r.carryLast(ctx)
}

// load loads the days, a month at a time: what is there already is not taken again.
func (r *rebuilding) load(ctx context.Context, was state) (err error) {
	w, err := warehouse.Open(ctx, r.Machine, r.site.buildURL(), warehouse.ReadWrite)
	if err != nil {
		return err
	}
	defer func() { _ = w.Close() }()
	done := 0
	for _, days := range months(was.days) {
		out, err := w.Load(ctx, warehouse.LoadOptions{
			Processed: r.Processed, Days: days, Revision: contract.Get().Revision, Program: r.Program, Now: r.Machine.Now,
			Only: was.pins,
		})
		if err != nil {
			return err
		}
		done += len(days)
		zerolog.Ctx(ctx).Info().Str("month", days[0][:len("2006-01")]).Int("readings", len(out.Taken)).
			Str("days", fmt.Sprintf("%d of %d", done, len(was.days))).Msg("rebuilt")
		r.Progress(int64(done), int64(len(was.days)))
		failpoint.Hit("rebuild/month")
	}
	return nil
}

// months cuts sorted days into the months that they are in.
func months(days []string) (out [][]string) {
	for _, day := range days {
		n := len(out)
		if n == 0 || out[n-1][0][:len("2006-01")] != day[:len("2006-01")] {
			out = append(out, nil)
			n++
		}
		out[n-1] = append(out[n-1], day)
	}
	return out
}
