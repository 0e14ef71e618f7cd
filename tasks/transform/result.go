package main

import (
	"maps"
	"slices"
	"strings"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/step"
	"covers/tasks/internal/text"
	"covers/tasks/internal/transform"
)

// details are the step's own part of the result.
type details struct {
	Readings int      `json:"readings"`
	Refused  []string `json:"refused_readings"`
	Withheld []string `json:"withheld_kinds"` // of readings that are not refused
	// Over are results of a newer rank that withhold what an older one lets in, which stands.
	Over []string `json:"passed_over"`
}

// resultOf returns the result of what a run made, and in a dry run would make.
func resultOf(out transform.Outcome, o transform.Options) step.Result {
	r := step.Result{Status: step.StatusUnchanged, Day: o.Day}
	for _, in := range out.Results {
		r.Inputs = append(r.Inputs, in.Key)
	}
	if o.DryRun {
		r.Text = wouldGather(out.Results)
	}
	of := details{Readings: len(out.Manifest.Inputs), Refused: []string{}, Withheld: []string{}, Over: []string{}}
	for _, over := range out.Over {
		of.Over = append(of.Over, over.String())
	}
	if out.Key == "" || o.DryRun {
		if len(of.Over) > 0 {
			r.Details = of
		}
		return r
	}
	r.Status, r.Manifest, r.Outputs, r.Counts = step.StatusDone, out.Key, []string{out.Key}, step.Counts{}
	for _, in := range out.Manifest.Inputs {
		if in.Refused {
			of.Refused = append(of.Refused, in.Reading)
		}
		for _, kind := range slices.Sorted(maps.Keys(in.Rows)) {
			count(&r.Counts, kind, in)
			if !in.Refused && in.Withholds(kind) {
				of.Withheld = append(of.Withheld, kind+" of "+in.Reading)
			}
		}
	}
	r.Details = of
	return r
}

// count adds what an input counts of a kind. What only some days have is counted where there is some.
func count(counts *step.Counts, kind string, in lake.Input) {
	n := in.Counts[kind]
	counts.Add(kind, "rows", in.Rows[kind])
	counts.Add(kind, "received", n.Received)
	counts.Add(kind, "accepted", n.Accepted)
	counts.Add(kind, "quarantined", n.Quarantined)
	for name, k := range map[string]int64{"absent": n.Absent, "merged": n.Merged, "noted": n.Noted, "unread": n.Unread} {
		if k > 0 {
			counts.Add(kind, name, k)
		}
	}
}

// wouldGather says what a dry run found, for people.
func wouldGather(results []lake.Found[lake.Result]) string {
	var b strings.Builder
	b.WriteString("would gather " + text.Count(len(results), "result"))
	for i, r := range results {
		if i == 0 {
			b.WriteString(":")
		}
		b.WriteString("\n  " + r.Key)
		if r.Manifest.Refused {
			b.WriteString(" (refused: no rows)")
		} else if kinds := r.Manifest.Withheld(); len(kinds) > 0 {
			b.WriteString(" (no " + strings.Join(kinds, " and no ") + " rows: withheld)")
		}
	}
	return b.String() + "\n"
}
