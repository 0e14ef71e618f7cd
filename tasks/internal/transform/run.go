// Package transform gathers a day's results of all sources into few, load-ready Parquet objects. Start with Run, then publish.
// The package knows a result by its manifest and copies rows as they are: it neither judges nor sorts them.
package transform

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/failpoint"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/forgotten"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
)

// Options is all that a transform depends on.
type Options struct {
	Machine            machine.Machine // its clock
	Day                string          // YYYY-MM-DD
	Sources            []string        // ids
	Staging, Processed *lake.Zone
	DryRun             bool
	Program            string // version, for the manifest
	Progress           func(done, total int64)
}

// Outcome is what a transform made.
type Outcome struct {
	Results  []lake.Found[lake.Result] // that were taken; in a dry run those that would be, unread
	Over     []lake.PassedOver         // results of the day's readings that do not stand, taken or not
	Key      string                    // of the manifest; empty where there was nothing to take
	Manifest lake.Processed
}

// Run takes the day's results that stand (lake.Standing) and that no processed manifest names, and publishes one manifest with
// their rows. It reads staging through manifests alone and sorts nothing: less than a row group of input at a time is in memory.
// A result that is corrupt is left out; Run then fails with a data fault after it has published the others.
func Run(ctx context.Context, o Options) (Outcome, error) {
	var out Outcome
	guests, err := forgotten.Read(ctx, o.Staging)
	if err != nil {
		return out, err
	}
	taken, err := o.taken(ctx)
	if err != nil {
		return out, err
	}
	for _, src := range o.Sources {
		results, err := lake.Results(ctx, o.Staging, src, o.Day)
		if err != nil {
			return out, err
		}
		standing := lake.Standing(results, func(r lake.Result) bool { return taken[name(r.Reading, r.Rank)] })
		for _, over := range lake.NotStanding(results, standing) {
			zerolog.Ctx(ctx).Warn().Str("reading", over.Reading).Stringer("rank", over.Rank).Stringer("stands", over.Stands).
				Str("withheld", over.Why).Msg("passed over: it withholds what an older result lets in")
			out.Over = append(out.Over, over)
		}
		for _, r := range standing {
			if !taken[name(r.Manifest.Reading, r.Manifest.Rank)] {
				out.Results = append(out.Results, r)
			}
		}
	}
	slices.SortFunc(out.Results, func(a, b lake.Found[lake.Result]) int {
		return strings.Compare(a.Manifest.Reading, b.Manifest.Reading)
	})
	if len(out.Results) == 0 || o.DryRun {
		return out, nil
	}
	out, err = publish(ctx, o, out, guests)
	if fault.KindOf(err) == fault.Data { // an object may be missing because an erasure took its place meanwhile
		err = cmp.Or(guests.Unchanged(ctx, o.Staging), err)
	}
	return out, err
}

// name returns what tells results apart.
func name(reading string, rank lake.Rank) string { return reading + " " + rank.String() }

// taken returns the results that the day's processed manifests name.
func (o Options) taken(ctx context.Context) (map[string]bool, error) {
	manifests, err := lake.ProcessedOf(ctx, o.Processed, o.Day)
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for _, m := range manifests {
		for _, in := range m.Manifest.Inputs {
			taken[name(in.Reading, in.Rank)] = true
		}
	}
	return taken, nil
}

// publish gathers the rows of the results found, and publishes the manifest that names them.
func publish(ctx context.Context, o Options, out Outcome, guests *forgotten.Guests) (Outcome, error) {
	// Each row counts twice: verified, then copied.
	g := gathering{o: o, results: out.Results, kept: kept{open: map[string]io.Closer{}}, total: 2 * total(out.Results)}
	defer func() { _ = g.kept.close() }() // what is left are copies that nobody needs
	bad, err := g.sound(ctx)
	if err != nil {
		return out, err
	}
	out.Results = g.results
	if len(out.Results) == 0 {
		return out, faultOf(bad)
	}
	attempt := o.Processed.Begin(o.Machine.Now)
	m := lake.Processed{
		Version: lake.Version, Day: o.Day, WrittenAt: o.Machine.Now().UTC().Truncate(time.Millisecond), Program: o.Program,
	}
	for _, r := range out.Results {
		m.Inputs = append(m.Inputs, input(r))
	}
	g.done, g.total = total(out.Results), 2*total(out.Results)
	if m.Objects, err = g.objects(ctx, attempt); err != nil {
		return out, err
	}
	if err := guests.Unchanged(ctx, o.Staging); err != nil { // what was copied may hold what is not to go on
		return out, err
	}
	failpoint.Hit("transform/before-publish")
	key := lake.ProcessedKey(o.Day, m.Inputs)
	won, err := attempt.Publish(ctx, key, m)
	if err != nil {
		return out, err
	}
	if !won { // the same results: the same rows, whoever gathered them
		found, err := lake.Read[lake.Processed](ctx, o.Processed, key)
		if err != nil {
			return out, err
		}
		m = found.Manifest
	}
	out.Key, out.Manifest = key, m
	zerolog.Ctx(ctx).Info().Str("manifest", out.Key).Int("readings", len(m.Inputs)).
		Int64("rows", g.done-total(out.Results)).Msg("gathered")
	return out, faultOf(bad)
}

func input(r lake.Found[lake.Result]) lake.Input {
	x := r.Manifest
	in := lake.Input{
		Reading: x.Reading, Source: x.Source, Day: x.Day, By: x.By, Rank: x.Rank, Result: r.Key, SHA256: r.SHA256,
		Refused: x.Refused, Stable: x.Stable, ReadAt: x.ReadAt, Rows: map[string]int64{}, Counts: x.Counts, Erasures: x.Erasures,
		Held: x.Held, Profile: x.Profile,
	}
	for kind, c := range x.Counts {
		in.Rows[kind] = c.Accepted
		if x.Withholds(kind) {
			in.Rows[kind] = 0
		}
	}
	return in
}

func total(results []lake.Found[lake.Result]) (n int64) {
	for _, r := range results {
		for _, object := range r.Manifest.Objects {
			if object.Kind != lake.KindQuarantine {
				n += object.Records
			}
		}
	}
	return n
}
