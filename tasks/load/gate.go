package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rs/zerolog"

	"covers/contract"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/quality"
	"covers/tasks/internal/source"
	"covers/tasks/internal/warehouse"
)

// gate decides whether a reading is loaded at all: one that the contract's expectations of the severity error speak against is
// left out, until a newer reading makes up for it or restaurants.yaml calls the day unusual. What follows from the readings
// that are loaded is none of its business.
type gate struct {
	contract  contract.Contract
	registry  *source.Registry
	processed *lake.Zone
	readings  map[string][]quality.Reading // by day
	broken    map[string][]quality.Finding // by reading
	madeUp    map[string]bool              // readings that are left out and that a newer one made up for
}

func newGate(o warehouse.LoadOptions) *gate {
	return &gate{contract: contract.Get(), registry: o.Registry, processed: o.Processed, readings: map[string][]quality.Reading{}}
}

// leaveOut judges what the days' manifests name. A load that is tried again asks again.
func (g *gate) leaveOut(ctx context.Context, offered []warehouse.Taken) (map[string]bool, error) {
	left := map[string]bool{}
	g.broken, g.madeUp = map[string][]quality.Finding{}, map[string]bool{}
	for _, t := range offered {
		if t.Before >= t.Rank.String() {
			continue // it is there
		}
		v, err := g.judge(ctx, quality.OfInput(t.Input))
		if err != nil {
			return nil, err
		}
		found := quality.Breaks(v.Findings)
		if len(found) == 0 {
			continue
		}
		left[t.Reading] = t.Before == ""
		g.broken[t.Reading] = found
		for _, f := range found {
			zerolog.Ctx(ctx).Warn().Str("reading", t.Reading).Bool("left_out", left[t.Reading]).Msg(f.String())
		}
	}
	for _, t := range offered {
		if left[t.Reading] {
			var err error
			if g.madeUp[t.Reading], err = g.isMadeUp(ctx, t, offered, left); err != nil {
				return nil, err
			}
		}
	}
	return left, nil
}

// isMadeUp says whether a newer reading of the day, asked in the same way, is as expected. One that cannot be held against other
// days, because it is late, makes up for nothing: it may be as wrong as the first.
func (g *gate) isMadeUp(ctx context.Context, t warehouse.Taken, offered []warehouse.Taken, left map[string]bool) (bool, error) {
	for _, r := range offered {
		newer := quality.OfInput(r.Input)
		if r.Source != t.Source || r.Day != t.Day || r.By != t.By || r.Reading <= t.Reading || left[r.Reading] || !newer.Comparable() {
			continue
		}
		v, err := g.judge(ctx, newer)
		if err != nil {
			return false, err
		}
		if len(quality.Breaks(v.Findings)) == 0 {
			return true, nil
		}
	}
	return false, nil
}

// judge holds a reading against what the processed zone knows of the weeks before.
func (g *gate) judge(ctx context.Context, r quality.Reading) (quality.Verdict, error) {
	i := slices.IndexFunc(g.registry.Sources, func(s source.Source) bool { return s.ID == r.Source })
	if i < 0 || !r.Comparable() {
		return quality.Verdict{}, nil // nothing is expected of a source that is no longer read
	}
	var others []quality.Reading
	for _, day := range quality.Earlier(g.contract, r.Day) {
		of, err := g.of(ctx, day)
		if err != nil {
			return quality.Verdict{}, err
		}
		others = append(others, of...)
	}
	return quality.Judge(g.contract, g.registry.Sources[i], r, others), nil
}

// of gives the readings of a day, each read once.
func (g *gate) of(ctx context.Context, day string) ([]quality.Reading, error) {
	if known, ok := g.readings[day]; ok {
		return known, nil
	}
	found, err := lake.ProcessedOf(ctx, g.processed, day)
	if lake.IsUnreadable(err) {
		// A damaged day, or one of a newer program, is one that is not known: it holds up no other, and its own load names it.
		zerolog.Ctx(ctx).Warn().Err(err).Str("day", day).Msg("nothing is expected because of a day that cannot be read")
		found, err = nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what is expected: %w", err)
	}
	readings := []quality.Reading{}
	for _, f := range found {
		for _, in := range f.Manifest.Inputs {
			readings = append(readings, quality.OfInput(in))
		}
	}
	g.readings[day] = readings
	return readings, nil
}

// leftOut is a reading that is not loaded, and why.
type leftOut struct {
	Reading  string            `json:"reading"`
	Rank     string            `json:"rank"`
	MadeUp   bool              `json:"made_up"` // a newer reading of the day, asked in the same way, is as expected
	Findings []quality.Finding `json:"findings"`
}

// leftOutOf lists what a load left out.
func (g *gate) leftOutOf(l warehouse.Loaded) []leftOut {
	var out []leftOut
	for _, t := range l.Left {
		out = append(out, leftOut{t.Reading, t.Rank.String(), g.madeUp[t.Reading], g.broken[t.Reading]})
	}
	return out
}

// verdict fails where a reading was left out that no newer one made up for. Everything else is loaded by then.
func verdict(left []leftOut) error {
	var says []string
	for _, l := range left {
		if !l.MadeUp {
			says = append(says, fmt.Sprintf("reading %s: %s", l.Reading, l.Findings[0]))
		}
	}
	if len(says) == 0 {
		return nil
	}
	what := "1 reading"
	if len(says) > 1 {
		what = fmt.Sprintf("%d readings", len(says))
	}
	return fault.New(fault.Data, quality.NextLeftOut, "left out %s: %s", what, strings.Join(says, "; "))
}
