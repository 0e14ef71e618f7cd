// Package quarantine reads what validate refused, which fields it left out, and what the platform did not give: of a day,
// reason by reason with the places in raw (List), or over days by cause (Causes). It reads staging alone, and raw where a
// person asks for the records themselves.
package quarantine

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
)

// Options name the results that are read.
type Options struct {
	Staging *lake.Zone
	Raw     *lake.Zone // for the records themselves; nil where they are not asked for
	Sources []source.Source
	Reason  string // only this one; empty for all
}

// Listing is what a day's quarantine holds.
type Listing struct {
	// Counts are the records by source, then by reason; "records" counts each refused one once. "noted" went in without a
	// field, and "noted.<reason> <field>" counts them by it. "unread" were not read. "erasures" ask to forget a guest, refused
	// or not, and "held" of them are only heeded once a person confirms them; neither is a reason.
	Counts map[string]map[string]int64
	Listed []Refusal
	Total  int // reasons that could have been listed
}

// Refusal is one reason against a record or a field of it, with its body where it was asked for. The body is for a person's
// eyes: it is in no JSON.
type Refusal struct {
	Source     string `json:"source"`
	Reading    string `json:"reading"`
	Kind       string `json:"kind"`
	Line       int64  `json:"line"`
	Object     string `json:"object"`
	ObjectLine int64  `json:"object_line"`
	Reason     string `json:"reason"`
	Field      string `json:"field"`
	Rule       string `json:"rule"`
	Became     Became `json:"became"`
	Body       string `json:"-"`
}

// Became is what a row of the quarantine says of its record.
type Became string

// What became of a record.
const (
	Refused Became = "refused"
	LeftOut Became = "left out" // the record went in, and only the field did not, or was rounded
	NotRead Became = "not read" // the platform has it and did not give it
)

// became returns what a row of the quarantine says of its record.
func became(x reservation.Refusal) Became {
	switch {
	case x.Noted:
		return LeftOut
	case x.Reason == reservation.ReasonUnread:
		return NotRead
	}
	return Refused
}

// List reads the quarantine of a day: of each reading the result of the newest rank. It lists at most limit reasons.
func List(ctx context.Context, o Options, day string, limit int) (Listing, error) {
	l := Listing{Counts: map[string]map[string]int64{}, Listed: []Refusal{}}
	for _, s := range o.Sources {
		results, err := lake.Results(ctx, o.Staging, s.ID, day)
		if err != nil {
			return l, err
		}
		newest := lake.Newest(results)
		slices.SortFunc(newest, func(a, b lake.Found[lake.Result]) int {
			return cmp.Compare(a.Manifest.Reading, b.Manifest.Reading)
		})
		for _, r := range newest {
			l.count(s.ID, r.Manifest, o.Reason)
			if err := l.list(ctx, o, s.ID, r.Manifest, limit); err != nil {
				return l, err
			}
		}
	}
	slices.SortFunc(l.Listed, func(a, b Refusal) int {
		return cmp.Or(
			cmp.Compare(a.Reading, b.Reading), cmp.Compare(a.Kind, b.Kind),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Field, b.Field),
		)
	})
	if o.Raw == nil {
		return l, nil
	}
	return l, readBodies(ctx, o.Raw, l.Listed)
}

// count adds what a result's manifest counts.
func (l *Listing) count(src string, r lake.Result, reason string) {
	counts := l.Counts[src]
	if counts == nil {
		counts = map[string]int64{"records": 0}
		l.Counts[src] = counts
	}
	if reason == "" && r.Erasures > 0 {
		counts[erasures] += r.Erasures
		if r.Held != "" {
			counts[held] += r.Erasures
		}
	}
	for _, c := range r.Counts {
		if reason == "" {
			counts["records"] += c.Quarantined
		} else {
			counts["records"] += c.Reasons[reason]
		}
		for name, n := range c.Reasons {
			if reason == "" || reason == name {
				counts[name] += n
			}
		}
		if reason == "" && c.Noted > 0 {
			counts[noted] += c.Noted
		}
		for note, n := range c.Notes {
			if name, _, _ := strings.Cut(note, " "); reason == "" || reason == name {
				counts[noted+"."+note] += n
			}
		}
		if c.Unread > 0 && (reason == "" || reason == reservation.ReasonUnread) {
			counts[reservation.ReasonUnread] += c.Unread
		}
	}
}

// The counts that are no reasons.
const (
	noted    = "noted"
	erasures = "erasures"
	held     = "held"
)

// list adds the reasons that a result's objects hold.
func (l *Listing) list(ctx context.Context, o Options, src string, r lake.Result, limit int) error {
	return each(ctx, o.Staging, r, func(x reservation.Refusal) {
		if o.Reason != "" && x.Reason != o.Reason {
			return
		}
		l.Total++
		if len(l.Listed) < limit {
			l.Listed = append(l.Listed, Refusal{
				Source: src, Reading: r.Reading, Kind: strings.Clone(x.Kind), Line: x.Line,
				Object: strings.Clone(x.Object), ObjectLine: x.ObjectLine,
				Reason: strings.Clone(x.Reason), Field: strings.Clone(x.Field), Rule: strings.Clone(x.Rule),
				Became: became(x),
			})
		}
	})
}

// each calls use with each refusal of a result. A refusal's texts are void after the call.
func each(ctx context.Context, staging *lake.Zone, r lake.Result, use func(reservation.Refusal)) error {
	for _, o := range r.Objects {
		if o.Kind != lake.KindQuarantine {
			continue
		}
		err := parquetrows.Read(ctx, staging, o, func(batch []reservation.Refusal) error {
			for _, x := range batch {
				use(x)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
