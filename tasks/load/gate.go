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
}

func newGate(o warehouse.LoadOptions) *gate {
	return &gate{contract: contract.Get(), registry: o.Registry, processed: o.Processed, readings: map[string][]quality.Reading{}}
}

// leaveOut judges what the days' manifests name. A load that is tried again asks again.
func (g *gate) leaveOut(ctx context.Context, offered []warehouse.Taken) (map[string]bool, error) {
	left := map[string]bool{}
	g.broken = map[string][]quality.Finding{}
	for _, t := range offered {
		if t.Before >= t.Rank.String() {
			continue // it is there
		}
		v, err := g.judge(ctx, quality.OfInput(t.Input))
		if err != nil {
			return nil, err
		}
		found := v.Breaks()
		if len(found) == 0 {
			continue
		}
		left[t.Reading] = t.Before == ""
		g.broken[t.Reading] = found
		for _, f := range found {
			zerolog.Ctx(ctx).Warn().Str("reading", t.Reading).Bool("left_out", left[t.Reading]).Msg(f.String())
		}
	}
	return left, nil
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
	MadeUp   bool              `json:"made_up"` // a newer reading of the day, asked in the same way, is loaded
	Findings []quality.Finding `json:"findings"`
}

// leftOutOf lists what a load left out.
func (g *gate) leftOutOf(l warehouse.Loaded) []leftOut {
	var out []leftOut
	for _, t := range l.Left {
		madeUp := slices.ContainsFunc(l.Readings, func(r warehouse.Taken) bool {
			return r.Source == t.Source && r.Day == t.Day && r.By == t.By && r.Reading > t.Reading && !r.Refused &&
				!slices.ContainsFunc(l.Left, func(x warehouse.Taken) bool { return x.Reading == r.Reading })
		})
		out = append(out, leftOut{t.Reading, t.Rank.String(), madeUp, g.broken[t.Reading]})
	}
	return out
}

const nextLeftOut = "look at the day at the platform: extract it again where that was at fault; where it is right, name the day under unusual in restaurants.yaml, then load again"

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
	return fault.New(fault.Data, nextLeftOut, "left out %s: %s", what, strings.Join(says, "; "))
}
