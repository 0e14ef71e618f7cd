package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/source"
	"covers/tasks/internal/token"
)

// Options is all that validation depends on.
type Options struct {
	Source       source.Source
	Day          string // YYYY-MM-DD
	Raw, Staging *lake.Zone
	Key          *token.Key
	Revision     int64   // of the data contract
	MaxRefused   float64 // share of refused records of a kind, 0 to 1, above which the reading is refused
	DryRun       bool
	Program      string // version, for the manifests
	Now          func() time.Time
	Progress     func(done, total int64)
}

// Rank is the rank of the results that these options give.
func (o Options) Rank() lake.Rank {
	return lake.Rank{Contract: o.Revision, Source: o.Source.Revision, Key: o.Key.Number}
}

// Outcome is what a run made.
type Outcome struct {
	Results []Derived // of this run; with DryRun, what it would make
	Refused []lake.Result
}

// Derived is one result and the keys of its manifest and of its reading's.
type Derived struct {
	Input, Key string
	Result     lake.Result
}

// Run derives a result from each reading of the source's day that has none at this rank. A reading with too many refused
// records gets a result too, marked refused; where the newest reading of its kind of question is refused, Run ends with a
// data fault, this time and whenever it is asked again.
func Run(ctx context.Context, o Options) (Outcome, error) {
	var out Outcome
	readings, err := lake.Readings(ctx, o.Raw, o.Source.ID, o.Day)
	if err != nil {
		return out, err
	}
	if len(readings) == 0 {
		return out, fault.New(fault.Data, "run extract for the source and day first",
			"no reading of %s for %s in %s", o.Source.ID, o.Day, o.Raw.URL())
	}
	if !o.DryRun {
		if err := o.Staging.PinSettings(ctx, o.Source.ID, o.Rank(), o.settings()); err != nil {
			return out, err
		}
	}
	have, err := o.resultsAtRank(ctx)
	if err != nil {
		return out, err
	}
	for _, r := range readings {
		if found, ok := have[r.Manifest.Reading]; ok {
			out.refused(found)
			continue
		}
		if o.DryRun {
			out.Results = append(out.Results, Derived{Input: r.Key, Result: lake.Result{Reading: r.Manifest.Reading}})
			continue
		}
		d, err := derive(ctx, o, r)
		if err != nil {
			return out, fmt.Errorf("validate %s: %w", r.Manifest.Reading, err)
		}
		out.Results = append(out.Results, d)
		out.refused(d.Result)
	}
	return out, out.verdict(readings)
}

// settings are what results at a rank depend on beside the rank and the readings.
func (o Options) settings() map[string]string {
	s := o.Source.Settings()
	s["token_key"] = o.Key.Fingerprint()
	s["max_refused"] = fmt.Sprint(o.MaxRefused)
	return s
}

func (o Options) resultsAtRank(ctx context.Context) (map[string]lake.Result, error) {
	results, err := lake.Results(ctx, o.Staging, o.Source.ID, o.Day)
	if err != nil {
		return nil, err
	}
	have := map[string]lake.Result{}
	for _, r := range results {
		if r.Manifest.Rank == o.Rank() {
			have[r.Manifest.Reading] = r.Manifest
		}
	}
	return have, nil
}

func (out *Outcome) refused(r lake.Result) {
	if r.Refused {
		out.Refused = append(out.Refused, r)
	}
}

// verdict fails where the newest reading is refused. An older refused reading that a newer one made up for is no reason to
// stop the day.
func (out *Outcome) verdict(readings []lake.Found[lake.Reading]) error {
	newest := map[string]string{}
	for _, r := range readings {
		newest[r.Manifest.By] = max(newest[r.Manifest.By], r.Manifest.Reading)
	}
	for _, r := range slices.Backward(out.Refused) {
		if newest[r.By] == r.Reading {
			return fault.New(fault.Data,
				"see `validate quarantine`, then have the platform's records corrected and run extract again, or raise --max-refused together with a revision",
				"refuse reading %s: %s", r.Reading, r.Why)
		}
	}
	return nil
}

func (o Options) progress(done, total int64) {
	if o.Progress != nil {
		o.Progress(done, total)
	}
}

func logResult(ctx context.Context, d Derived) {
	for kind, c := range d.Result.Counts {
		e := zerolog.Ctx(ctx).Info()
		if c.Quarantined > 0 {
			e = zerolog.Ctx(ctx).Warn()
		}
		e.Str("reading", d.Result.Reading).Str("kind", kind).Int64("received", c.Received).
			Int64("accepted", c.Accepted).Int64("quarantined", c.Quarantined).Interface("reasons", c.Reasons).
			Bool("refused", d.Result.Refused).Msg("validated")
	}
}
