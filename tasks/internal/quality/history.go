package quality

import (
	"context"
	"fmt"
	"slices"

	"github.com/rs/zerolog"

	"covers/contract"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/source"
)

// History is what is known of earlier days when readings are judged. Whoever judges takes it, so that load and report say the
// same of a reading. It is for one goroutine.
//
// It knows what the processed zone knows: the readings that transform took, which alone can be loaded. What staging has beside
// them was never in the warehouse and is no measure of what comes there; and staging keeps its results for 90 days where
// processed keeps its manifests for 365, so that of a day of nine weeks ago staging no longer knows what its reading was held
// against.
type History struct {
	contract  contract.Contract
	processed *lake.Zone
	days      map[string][]Sample
}

// NewHistory returns the history that a processed zone knows. Each day is read once, when it is asked for.
func NewHistory(processed *lake.Zone) *History {
	return &History{contract: contract.Get(), processed: processed, days: map[string][]Sample{}}
}

// Judge holds a reading of a source against the weeks before.
func (h *History) Judge(ctx context.Context, src source.Source, r Sample) (Verdict, error) {
	var others []Sample
	if _, unusual := src.UnusualOn(r.Day); r.Comparable() && !unusual {
		earlier := Earlier(h.contract, r.Day)
		if err := h.know(ctx, earlier); err != nil {
			return Verdict{}, err
		}
		for _, day := range earlier {
			others = append(others, h.days[day]...)
		}
	}
	return Judge(h.contract, src, r, others), nil
}

// know reads those of some days that are not known yet.
func (h *History) know(ctx context.Context, days []string) error {
	days = slices.DeleteFunc(slices.Clone(days), func(day string) bool { return h.days[day] != nil })
	of := make([][]Sample, len(days))
	err := lake.AtOnce(len(days), func(i int) (err error) {
		of[i], err = h.read(ctx, days[i])
		return err
	})
	if err != nil {
		return err
	}
	for i, day := range days {
		h.days[day] = of[i]
	}
	return nil
}

// read returns the readings of a day, and never nil.
func (h *History) read(ctx context.Context, day string) ([]Sample, error) {
	found, err := lake.ProcessedOf(ctx, h.processed, day)
	if lake.IsUnreadable(err) {
		// A damaged day, or one of a newer program, is one that is not known: it holds up no other, and whoever asks for it
		// names it.
		zerolog.Ctx(ctx).Warn().Err(err).Str("day", day).Msg("nothing is expected because of a day that cannot be read")
		found, err = nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what is expected: %w", err)
	}
	readings := []Sample{}
	for _, f := range found {
		for _, in := range f.Manifest.Inputs {
			readings = append(readings, OfInput(in))
		}
	}
	return readings, nil
}

// Judged is a reading, and what there is to say of it.
type Judged struct {
	Sample
	Verdict
}

// MadeUp reports whether a newer reading made up for one that is left out: one of those that are loaded, of the same source and
// day and asked in the same way, that is as expected. One that cannot be held against other days, because it is late or refused,
// makes up for nothing: it may be as wrong as the first.
func MadeUp(left Sample, loaded []Judged) bool {
	for _, l := range loaded {
		same := l.Source == left.Source && l.Day == left.Day && l.By == left.By
		// A reading's name begins with its time.
		if same && l.ID > left.ID && l.Comparable() && len(Breaks(l.Findings)) == 0 {
			return true
		}
	}
	return false
}
