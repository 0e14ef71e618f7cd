package main

import (
	"fmt"
	"slices"
	"strings"

	"covers/tasks/internal/step"
	"covers/tasks/internal/warehouse"
)

// details are the load's own part of the result.
type details struct {
	ServiceDates []string              `json:"service_dates"` // on which a booking's current row changed, came or went
	Readings     []taken               `json:"readings"`
	LeftOut      []leftOut             `json:"left_out,omitempty"`
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
}

// result fills in what a load says of itself.
func (o Outcome) result(r step.Result) step.Result {
	r.Status = step.StatusDone
	if o.Unchanged() || o.DryRun {
		r.Status = step.StatusUnchanged
	}
	r.Counts = map[string]map[string]int64{"load": {
		"offered": int64(o.Offered), "already": int64(o.Already), "readings": int64(len(o.Taken)),
		"refused": int64(o.Refused), "replaced": int64(o.Replaced), "erasures": o.Erasures,
		"erased_customers": o.ErasedCustomers, "touched_reservations": o.TouchedReservations, "touched_customers": o.TouchedCustomers,
	}}
	if o.Absences > 0 {
		r.Counts["load"]["absent"] = o.Absences
	}
	if len(o.Left) > 0 {
		r.Counts["load"]["left_out"] = int64(len(o.Left))
	}
	for kind, n := range o.Counts {
		r.Counts[kind] = map[string]int64{
			"received": n.Received, "accepted": n.Accepted, "quarantined": n.Quarantined, "landed": n.Landed,
		}
	}
	d := details{
		ServiceDates: append([]string{}, o.ServiceDates...), Readings: []taken{}, Reference: o.Reference,
		LeftOut: o.LeftOut, DryRun: o.DryRun, Statements: o.Statements,
	}
	for _, t := range o.Taken {
		d.Readings = append(d.Readings, taken{t.Reading, t.Rank.String(), t.Before, t.Refused, t.Stable, t.Manifest})
		if !slices.Contains(r.Inputs, t.Manifest) {
			r.Inputs = append(r.Inputs, t.Manifest)
		}
	}
	slices.Sort(r.Inputs)
	r.Details, r.Durations = d, o.Durations
	r.Text = o.text()
	return r
}

func (o Outcome) text() string {
	var b strings.Builder
	switch {
	case o.DryRun:
		fmt.Fprintf(&b, "would load %d readings (%d of %d are there already):\n", len(o.Taken), o.Already, o.Offered)
	case o.Unchanged():
		fmt.Fprintf(&b, "nothing to load: %d readings are there already\n", o.Already)
	case len(o.Taken) == 0:
		b.WriteString("no reading to load; the restaurants were brought up to date\n")
	default:
		fmt.Fprintf(&b, "loaded %d readings (%d were there already):\n", len(o.Taken), o.Already)
	}
	for _, t := range o.Taken {
		fmt.Fprintf(&b, "  %s at rank %s", t.Reading, t.Rank)
		if t.Before != "" {
			fmt.Fprintf(&b, ", before at %s", t.Before)
		}
		if t.Refused {
			b.WriteString(", refused: no rows")
		}
		b.WriteString("\n")
	}
	for _, l := range o.LeftOut {
		fmt.Fprintf(&b, "left out: %s\n", l.Reading)
		for _, f := range l.Findings {
			fmt.Fprintf(&b, "  %s\n", f)
		}
	}
	kinds := make([]string, 0, len(o.Counts))
	for kind := range o.Counts {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		n := o.Counts[kind]
		fmt.Fprintf(&b, "%ss: received %d, accepted %d, quarantined %d, landed %d\n", kind, n.Received, n.Accepted, n.Quarantined, n.Landed)
	}
	if o.Absences > 0 {
		fmt.Fprintf(&b, "absent: %d\n", o.Absences)
	}
	if !o.DryRun && len(o.Taken) > 0 {
		fmt.Fprintf(&b, "touched %d reservations and %d customers on %d service dates; erased %d customers\n",
			o.TouchedReservations, o.TouchedCustomers, len(o.ServiceDates), o.ErasedCustomers)
	}
	o.listStatements(&b)
	return b.String()
}

// listStatements lists what a dry run would run: a line each, or their SQL in full.
func (o Outcome) listStatements(b *strings.Builder) {
	if len(o.Statements) == 0 {
		return
	}
	fmt.Fprintf(b, "\nThe %d statements of a load, for any number of rows (a COPY takes up to 1,000 files):\n", len(o.Statements))
	if o.SQL {
		for i, s := range o.Statements {
			fmt.Fprintf(b, "\n-- %d %s\n%s;\n", i+1, s.Name, s.SQL)
		}
		return
	}
	for i, s := range o.Statements {
		first, rest, _ := strings.Cut(s.SQL, "\n")
		if more := strings.Count(rest, "\n") + 1; rest != "" {
			first += fmt.Sprintf(" … (%d lines more)", more)
		}
		const width = 100
		if r := []rune(first); len(r) > width {
			first = string(r[:width]) + " …"
		}
		fmt.Fprintf(b, "%4d  %-26s %s\n", i+1, s.Name, first)
	}
	b.WriteString("\n--sql shows them in full.\n")
}
