package main

import (
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
	if out.Key == "" || o.DryRun {
		return r
	}
	r.Status, r.Manifest, r.Outputs, r.Counts = step.StatusDone, out.Key, []string{out.Key}, step.Counts{}
	of := details{Readings: len(out.Manifest.Inputs), Refused: []string{}}
	for _, in := range out.Manifest.Inputs {
		if in.Refused {
			of.Refused = append(of.Refused, in.Reading)
		}
		for kind, n := range in.Rows {
			r.Counts.Add(kind, "rows", n)
			r.Counts.Add(kind, "received", in.Counts[kind].Received)
			r.Counts.Add(kind, "accepted", in.Counts[kind].Accepted)
			r.Counts.Add(kind, "quarantined", in.Counts[kind].Quarantined)
			if n := in.Counts[kind].Absent; n > 0 {
				r.Counts.Add(kind, "absent", n)
			}
		}
	}
	r.Details = of
	return r
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
		}
	}
	return b.String() + "\n"
}
