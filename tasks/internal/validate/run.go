// Package validate holds the readings of a source's day against the data contract: accepted records become Parquet rows with
// tokens in place of personal data, the others go to quarantine with every reason. Start with Run, then derive. The package
// knows a platform only by its mapper, and reads no reading but those of its source and day.
package validate

import (
	"context"
	"fmt"
	"slices"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/forgotten"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/source"
	"covers/tasks/internal/token"
)

// Options is all that validation depends on.
type Options struct {
	Source       source.Source
	Machine      machine.Machine // its clock
	Day          string          // YYYY-MM-DD
	Raw, Staging *lake.Zone
	Key          *token.Key
	Revision     int64   // of the data contract
	MaxRefused   float64 // share of refused records of a kind, 0 to 1, above which the kind is withheld
	// MaxRefusedRecords is the number of refused records above which it is: both must be passed, or the share alone where none
	// of at least two records is in order.
	MaxRefusedRecords int64
	MaxErased         float64 // share of a reading's guests who ask to be forgotten, 0 to 1, above which the requests are held
	// MaxErasedRecords is the number of requests above which they are: both must be passed, or all of at least two guests ask.
	MaxErasedRecords int64
	DryRun           bool
	Program          string // version, for the manifests
	Progress         func(done, total int64)

	forgotten *forgotten.Guests // of whom nothing but the id goes on; Run reads them
}

// Rank returns the rank of the results that these options make.
func (o Options) Rank() lake.Rank {
	return lake.Rank{Contract: o.Revision, Source: o.Source.Revision, Key: o.Key.Number}
}

// Outcome is what a run made.
type Outcome struct {
	Results []Derived // of this run; with DryRun, what it would make
	// Withheld are results with a kind of which too much was refused, of earlier runs too. A refused one withholds all kinds.
	Withheld []lake.Result
	// Held are results whose requests to forget guests are held, of earlier runs too: only a person lets them in.
	Held   []lake.Result
	Broken []string      // readings that cannot be read: an object is missing or corrupt
	Kept   []lake.Result // results at an older rank whose reading is no longer in raw; they stay
}

// Derived is one result and the keys of its manifest and of its reading's.
type Derived struct {
	Input, Key string
	Result     lake.Result
}

// Run derives a result from each reading of the source's day that has none at this rank. A reading with too many refused records
// of a kind gets a result too, which withholds the kind. A reading that cannot be read gets none. Where either is the newest
// reading of its way to ask, Run ends with a data fault, this time and whenever it is asked again. An older reading does not stop
// the day, since a newer one made up for it.
func Run(ctx context.Context, o Options) (Outcome, error) {
	var out Outcome
	if err := o.Source.Mappable(); err != nil {
		return out, err
	}
	readings, err := lake.Readings(ctx, o.Raw, o.Source.ID, o.Day)
	if err != nil {
		return out, err
	}
	results, err := lake.Results(ctx, o.Staging, o.Source.ID, o.Day)
	if err != nil {
		return out, err
	}
	if len(readings) == 0 && len(results) == 0 {
		return out, fault.New(fault.Data, "run extract for the source and day first",
			"no reading of %s for %s in %s", o.Source.ID, o.Day, o.Raw.URL())
	}
	// Settings that do not fit are refused before the work; they are pinned with the first result, so that a run that fails
	// binds nobody.
	if err := o.eachSetting(ctx, o.Staging.CheckSettings); err != nil {
		return out, err
	}
	out.keep(ctx, o, readings, results)
	if o.forgotten, err = forgotten.Read(ctx, o.Staging); err != nil {
		return out, err
	}
	err = out.deriveAll(ctx, o, readings, atRank(results, o.Rank()))
	return out, err
}

// deriveAll derives a result from each reading that has none yet.
func (out *Outcome) deriveAll(
	ctx context.Context, o Options, readings []lake.Found[lake.Reading], have map[string]lake.Result,
) error {
	newest := newestOf(readings)
	var failed error
	for _, r := range readings {
		id := r.Manifest.Reading
		if found, ok := have[id]; ok {
			out.note(found)
			continue
		}
		if o.DryRun {
			out.Results = append(out.Results, Derived{Input: r.Key, Result: lake.Result{Reading: id}})
			continue
		}
		d, err := derive(ctx, o, r)
		if fault.KindOf(err) == fault.Data {
			out.Broken = append(out.Broken, id)
			err = fmt.Errorf("validate %s: %w", id, err)
			if newest[r.Manifest.By] == id {
				failed = err
			}
			zerolog.Ctx(ctx).Warn().Err(err).Str("reading", id).Msg("reading cannot be read")
			continue
		}
		if err != nil {
			return fmt.Errorf("validate %s: %w", id, err)
		}
		out.Results = append(out.Results, d)
		out.note(d.Result)
	}
	if failed != nil {
		return failed
	}
	return out.verdict(o, newest)
}

// keep notes the results whose readings have left raw, by its lifecycle: they cannot be derived again, and stay.
func (out *Outcome) keep(ctx context.Context, o Options, readings []lake.Found[lake.Reading], results []lake.Found[lake.Result]) {
	for _, r := range results {
		gone := !slices.ContainsFunc(readings, func(x lake.Found[lake.Reading]) bool {
			return x.Manifest.Reading == r.Manifest.Reading
		})
		if gone && r.Manifest.Rank.Compare(o.Rank()) < 0 {
			out.Kept = append(out.Kept, r.Manifest)
			zerolog.Ctx(ctx).Warn().Str("reading", r.Manifest.Reading).Stringer("rank", r.Manifest.Rank).
				Msg("reading has left raw; its result stays at its older rank")
		}
	}
}

// settings returns what results at a rank depend on beside the rank and the readings.
func (o Options) settings() map[string]string {
	s := o.Source.Settings()
	s["token_key"] = o.Key.Fingerprint()
	s["max_refused"], s["max_refused_records"] = fmt.Sprint(o.MaxRefused), fmt.Sprint(o.MaxRefusedRecords)
	s["max_erased"], s["max_erased_records"] = fmt.Sprint(o.MaxErased), fmt.Sprint(o.MaxErasedRecords)
	return s
}

// eachSetting calls do, which checks or pins, for each thing that is pinned. It is the source's settings under the rank, and
// which key the key's number stands for. That number is one for all sources.
func (o Options) eachSetting(ctx context.Context, do func(context.Context, string, lake.Rank, map[string]string) error) error {
	number := lake.Rank{Contract: 1, Source: 1, Key: o.Key.Number}
	if err := do(ctx, "token-key", number, map[string]string{"token_key": o.Key.Fingerprint()}); err != nil {
		return err
	}
	return do(ctx, o.Source.ID, o.Rank(), o.settings())
}

// atRank returns the results at a rank, by reading.
func atRank(results []lake.Found[lake.Result], rank lake.Rank) map[string]lake.Result {
	have := map[string]lake.Result{}
	for _, r := range results {
		if r.Manifest.Rank == rank {
			have[r.Manifest.Reading] = r.Manifest
		}
	}
	return have
}

// newestOf returns the newest reading of each way to ask: a reading's name begins with its time.
func newestOf(readings []lake.Found[lake.Reading]) map[string]string {
	newest := map[string]string{}
	for _, r := range readings {
		newest[r.Manifest.By] = max(newest[r.Manifest.By], r.Manifest.Reading)
	}
	return newest
}

func (o Options) progress(done, total int64) {
	if o.Progress != nil {
		o.Progress(done, total)
	}
}

func logResult(ctx context.Context, d Derived) {
	if d.Result.Held != "" {
		zerolog.Ctx(ctx).Warn().Str("reading", d.Result.Reading).Int64("erasures", d.Result.Erasures).Str("held", d.Result.Held).
			Msg("requests to forget guests are held until a person confirms or refuses them (care erasures)")
	}
	for kind, c := range d.Result.Counts {
		e := zerolog.Ctx(ctx).Info()
		if d.Result.Withholds(kind) {
			e = zerolog.Ctx(ctx).Warn()
		}
		e.Str("reading", d.Result.Reading).Str("kind", kind).Int64("received", c.Received).Int64("accepted", c.Accepted).
			Int64("quarantined", c.Quarantined).Int64("merged", c.Merged).Int64("noted", c.Noted).Int64("absent", c.Absent).
			Int64("unread", c.Unread).Str("withheld", c.Withheld).Msg("validated")
	}
}
