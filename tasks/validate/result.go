package main

import (
	"fmt"

	"covers/tasks/internal/reservation"
	"covers/tasks/internal/step"
	"covers/tasks/internal/validate"
)

// details are the step's own part of the result.
type details struct {
	Broken  []string `json:"broken_readings"` // cannot be read
	Kept    []string `json:"kept_results"`    // at an older rank; their readings have left raw
	Rank    string   `json:"rank"`
	Refused []string `json:"refused_readings"`
	// Held are readings whose requests to forget guests wait for a person: care erasures confirms or refuses them.
	Held []string `json:"held_readings"`
	// Withheld are kinds of readings that are not refused: their rows do not go in, those of the other kinds do.
	Withheld []string `json:"withheld_kinds"`
}

// resultOf returns the result of what a run made, and in a dry run would make.
func resultOf(out validate.Outcome, o validate.Options) step.Result {
	r := step.Result{Status: step.StatusDone, Day: o.Day, Source: o.Source.ID, Counts: step.Counts{}}
	if len(out.Results) == 0 || o.DryRun {
		r.Status = step.StatusUnchanged
	}
	for _, d := range out.Results {
		r.Inputs = append(r.Inputs, d.Input)
		if o.DryRun {
			continue
		}
		r.Outputs = append(r.Outputs, d.Key)
		r.Manifest = d.Key
		count(&r.Counts, d)
	}
	of := details{
		Rank: o.Rank().String(), Refused: []string{}, Withheld: []string{}, Broken: append([]string{}, out.Broken...),
		Kept: []string{}, Held: []string{},
	}
	for _, x := range out.Held {
		of.Held = append(of.Held, x.Reading)
	}
	for _, x := range out.Withheld {
		if x.Refused {
			of.Refused = append(of.Refused, x.Reading)
			continue
		}
		for _, kind := range x.Withheld() {
			of.Withheld = append(of.Withheld, kind+" of "+x.Reading)
		}
	}
	for _, x := range out.Kept {
		of.Kept = append(of.Kept, x.Reading+" at "+x.Rank.String())
	}
	r.Details = of
	if o.DryRun {
		r.Text = fmt.Sprintf("would validate %d readings at rank %s\n", len(out.Results), o.Rank())
		for _, d := range out.Results {
			r.Text += "  " + d.Result.Reading + "\n"
		}
	}
	return r
}

// count adds what a result counts. What only some days have is counted where there is some.
func count(counts *step.Counts, d validate.Derived) {
	if n := d.Result.Erasures; n > 0 {
		counts.Add(reservation.KindCustomer, "erasures", n)
		if d.Result.Held != "" {
			counts.Add(reservation.KindCustomer, "held", n)
		}
	}
	for kind, n := range d.Result.Counts {
		counts.Add(kind, "received", n.Received)
		counts.Add(kind, "accepted", n.Accepted)
		counts.Add(kind, "quarantined", n.Quarantined)
		for name, k := range map[string]int64{"absent": n.Absent, "merged": n.Merged, "noted": n.Noted, "unread": n.Unread} {
			if k > 0 {
				counts.Add(kind, name, k)
			}
		}
		for reason, k := range n.Reasons {
			counts.Add(kind, "quarantined."+reason, k)
		}
		for note, k := range n.Notes {
			counts.Add(kind, "noted."+note, k)
		}
	}
}
