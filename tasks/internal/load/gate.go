package load

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/quality"
	"covers/tasks/internal/source"
	"covers/tasks/internal/text"
	"covers/tasks/internal/warehouse"
)

// gate decides whether a reading is loaded at all. One that the contract's expectations of the severity error speak against is
// left out, until a newer reading makes up for it or restaurants.yaml calls the day unusual. What follows from the readings that
// are loaded is none of its business.
type gate struct {
	registry *source.Registry
	history  *quality.History
	broken   map[string][]quality.Finding // by reading
	madeUp   map[string]bool              // readings that are left out and that a newer one made up for
}

func newGate(registry *source.Registry, processed *lake.Zone) *gate {
	return &gate{registry: registry, history: quality.NewHistory(processed)}
}

// leaveOut judges what the days' manifests name. A load that is tried again asks again.
func (g *gate) leaveOut(ctx context.Context, offered []warehouse.Taken) (map[string]bool, error) {
	left := map[string]bool{}
	g.broken, g.madeUp = map[string][]quality.Finding{}, map[string]bool{}
	for _, t := range offered {
		if t.Before >= t.Rank.String() {
			continue // it is there
		}
		j, err := g.judge(ctx, t)
		if err != nil {
			return nil, err
		}
		found := quality.Breaks(j.Findings)
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
		if !left[t.Reading] {
			continue
		}
		loaded, err := g.loaded(ctx, t.Day, offered, left)
		if err != nil {
			return nil, err
		}
		g.madeUp[t.Reading] = quality.MadeUp(quality.OfInput(t.Input), loaded)
	}
	return left, nil
}

// loaded returns the readings of a day that are not left out.
func (g *gate) loaded(
	ctx context.Context, day string, offered []warehouse.Taken, left map[string]bool,
) (loaded []quality.Judged, err error) {
	for _, t := range offered {
		if t.Day != day || left[t.Reading] {
			continue
		}
		j, err := g.judge(ctx, t)
		if err != nil {
			return nil, err
		}
		loaded = append(loaded, j)
	}
	return loaded, nil
}

// judge holds a reading against what the processed zone knows of the weeks before. Nothing is expected of a source that is no
// longer read.
func (g *gate) judge(ctx context.Context, t warehouse.Taken) (j quality.Judged, err error) {
	j.Sample = quality.OfInput(t.Input)
	i := slices.IndexFunc(g.registry.Sources, func(s source.Source) bool { return s.ID == t.Source })
	if i >= 0 {
		j.Verdict, err = g.history.Judge(ctx, g.registry.Sources[i], j.Sample)
	}
	return j, err
}

// LeftOut is a reading that is not loaded, and why.
type LeftOut struct {
	Reading  string            `json:"reading"`
	Rank     string            `json:"rank"`
	MadeUp   bool              `json:"made_up"` // a newer reading of the day, asked in the same way, is as expected
	Findings []quality.Finding `json:"findings"`
}

// leftOutOf returns what a load left out.
func (g *gate) leftOutOf(l warehouse.Loaded) []LeftOut {
	var out []LeftOut
	for _, t := range l.Left {
		out = append(out, LeftOut{
			Reading: t.Reading, Rank: t.Rank.String(), MadeUp: g.madeUp[t.Reading], Findings: g.broken[t.Reading],
		})
	}
	return out
}

// NextHeld is what to do about requests to forget that are held.
const NextHeld = "have the platform say whether it means that; then confirm them with `care erasures --confirm READING`, " +
	"which erases, or refuse them with `care erasures --refuse READING`: what is refused is kept, and changes nothing"

// Verdict returns a data fault where requests to forget are held until a person decides, or a reading was left out that no
// newer one made up for. Everything else is loaded by then.
func (o Outcome) Verdict() error {
	if held := o.held(); held != nil {
		if left := o.leftOut(); left != nil {
			return fmt.Errorf("%w; %w", held, left)
		}
		return held
	}
	return o.leftOut()
}

// held returns a fault that names the readings whose requests to forget wait for a person.
func (o Outcome) held() error {
	var says []string
	for _, t := range o.Held {
		says = append(says, fmt.Sprintf("reading %s: %s", t.Reading, t.Held))
	}
	if len(says) == 0 {
		return nil
	}
	return fault.New(fault.Data, NextHeld, "%s held, and nobody is erased by them; all else is loaded: %s",
		text.Count(o.HeldErasures(), "request")+" to forget a guest", strings.Join(says, "; "))
}

// HeldErasures returns how many requests to forget wait for a person.
func (o Outcome) HeldErasures() (n int64) {
	for _, t := range o.Held {
		n += t.Erasures
	}
	return n
}

// leftOut returns a fault where a reading was left out that no newer one made up for.
func (o Outcome) leftOut() error {
	var says []string
	for _, l := range o.LeftOut {
		if !l.MadeUp {
			says = append(says, fmt.Sprintf("reading %s: %s", l.Reading, l.Findings[0]))
		}
	}
	if len(says) == 0 {
		return nil
	}
	return fault.New(fault.Data, quality.NextLeftOut,
		"left out %s: %s", text.Count(len(says), "reading"), strings.Join(says, "; "))
}
