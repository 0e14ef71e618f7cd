package main

import (
	"slices"

	"covers/tasks/internal/load"
	"covers/tasks/internal/step"
	"covers/tasks/internal/warehouse"
)

// details are the load's own part of the result.
type details struct {
	ServiceDates []string              `json:"service_dates"` // on which a booking's current row changed, came or went
	Readings     []taken               `json:"readings"`
	LeftOut      []load.LeftOut        `json:"left_out,omitempty"`
	Held         []held                `json:"held,omitempty"`    // whose requests to forget wait for a person
	Reference    bool                  `json:"reference_changed"` // restaurants.yaml said something new
	DryRun       bool                  `json:"dry_run,omitempty"`
	Statements   []warehouse.Statement `json:"statements,omitempty"` // of a dry run
}

// taken is a reading that was taken, or would be.
type taken struct {
	Reading  string `json:"reading"`
	Rank     string `json:"rank"`
	Before   string `json:"before,omitempty"` // the rank that it was at
	Refused  bool   `json:"refused,omitempty"`
	Stable   bool   `json:"stable"`
	Manifest string `json:"manifest"`

	Withheld []string `json:"withheld,omitempty"` // kinds of which nothing goes in
}

// held is a reading with requests to forget that wait for a person.
type held struct {
	Reading  string `json:"reading"`
	Requests int64  `json:"requests"`
	Why      string `json:"why"`
}

// resultOf returns the result of what a load did, or in a dry run would do. day is the only one, if there is one.
func resultOf(out load.Outcome, day string, sql bool) step.Result {
	r := step.Result{Status: step.StatusDone, Day: day, Counts: counts(out), Durations: out.Durations, Text: out.Text(sql)}
	if out.Unchanged() || out.DryRun {
		r.Status = step.StatusUnchanged
	}
	d := details{
		ServiceDates: append([]string{}, out.ServiceDates...), Readings: []taken{}, Reference: out.Reference,
		LeftOut: out.LeftOut, DryRun: out.DryRun, Statements: out.Statements,
	}
	for _, t := range out.Taken {
		d.Readings = append(d.Readings, taken{
			Reading: t.Reading, Rank: t.Rank.String(), Before: t.Before, Refused: t.Refused, Stable: t.Stable,
			Manifest: t.Manifest, Withheld: t.Withheld(),
		})
		r.Inputs = append(r.Inputs, t.Manifest)
	}
	for _, t := range out.Held {
		d.Held = append(d.Held, held{t.Reading, t.Erasures, t.Held})
	}
	slices.Sort(r.Inputs)
	r.Inputs = slices.Compact(r.Inputs)
	r.Details = d
	return r
}

// counts returns what a load counts, of itself and by kind of record. What is rare is counted where there is some.
func counts(out load.Outcome) step.Counts {
	c := step.Counts{"load": {
		"offered": int64(out.Offered), "already": int64(out.Already), "readings": int64(len(out.Taken)),
		"refused": int64(out.Refused), "replaced": int64(out.Replaced), "erasures": out.Erasures,
		"erased_customers":     out.ErasedCustomers,
		"touched_reservations": out.TouchedReservations, "touched_customers": out.TouchedCustomers,
	}}
	for name, n := range map[string]int64{
		"absent": out.Absences, "merged": out.Merges, "noted": out.Noted, "unread": out.Unread,
		"held": out.HeldErasures(),
	} {
		if n > 0 {
			c.Add("load", name, n)
		}
	}
	if len(out.Left) > 0 {
		c.Add("load", "left_out", int64(len(out.Left)))
	}
	for kind, n := range out.Counts {
		c[kind] = map[string]int64{
			"received": n.Received, "accepted": n.Accepted, "quarantined": n.Quarantined, "landed": n.Landed,
		}
		if n.Merged > 0 {
			c.Add(kind, "merged", n.Merged)
		}
	}
	return c
}
