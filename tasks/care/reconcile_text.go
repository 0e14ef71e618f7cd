package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"covers/tasks/internal/reading"
	"covers/tasks/internal/readingflags"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/step"
)

// reconcileDetails are the command's own part of the result.
type reconcileDetails struct {
	From     string               `json:"from"`
	To       string               `json:"to"`
	Receipt  string               `json:"receipt,omitempty"` // key in processed
	Reading  string               `json:"reading,omitempty"`
	Stable   bool                 `json:"stable"`
	Requests int64                `json:"requests"`
	Next     string               `json:"next,omitempty"` // what brings the reading into the warehouse
	Planned  []reading.Request    `json:"planned,omitempty"`
	Limits   *readingflags.Limits `json:"limits,omitempty"`
}

// describe makes the result line of what was found.
func (out Reconciled) describe(result *step.Result, o ReconcileOptions) {
	d := reconcileDetails{From: day(o.From), To: day(o.To), Receipt: out.Key, Reading: out.Reading, Stable: out.Stable, Requests: out.Requests}
	result.Day, result.Counts = day(o.To), map[string]map[string]int64{}
	if o.Reading.DryRun {
		limits := readingflags.LimitsOf(o.Reading)
		d.Planned, d.Limits = out.Planned, &limits
		for kind, n := range out.Held {
			result.Counts[kind] = map[string]int64{"held": n}
		}
		result.Details, result.Text = d, out.plan(limits)
		return
	}
	for kind, f := range out.totals() {
		result.Counts[kind] = f.counts()
	}
	result.Outputs = append(result.Outputs, out.Objects...)
	if out.Manifest != "" {
		result.Status, result.Manifest = step.StatusDone, out.Manifest
		d.Next = fmt.Sprintf("validate --source %s --day %s, then transform and load that day", out.Source, out.To)
	} else {
		result.Outputs = nil
	}
	result.Outputs = append(result.Outputs, out.Key)
	result.Details, result.Text = d, out.text(d.Next)
}

// totals are the findings of all dates, by kind.
func (r Receipt) totals() map[string]Findings {
	out := map[string]Findings{}
	if r.Reservations != nil {
		var sum Findings
		for _, f := range r.Reservations {
			sum = sum.plus(f)
		}
		out[reservation.KindReservation] = sum
	}
	if r.Customers != nil {
		out[reservation.KindCustomer] = *r.Customers
	}
	return out
}

// text is the receipt for people.
func (out Reconciled) text(next string) string {
	w := table.NewWriter()
	w.SetStyle(table.StyleLight)
	w.Style().Format.Header = text.FormatDefault
	w.AppendHeader(table.Row{out.Source, "listed", "agree", "missing", "different", "gone", "elsewhere", "refused", "unconfirmed"})
	row := func(name string, f Findings) {
		w.AppendRow(table.Row{name, f.Listed, f.Agree, f.Missing, f.Different, f.Gone, f.Elsewhere, f.Refused, f.Unconfirmed})
	}
	for _, date := range slices.Sorted(maps.Keys(out.Reservations)) {
		row(date, out.Reservations[date])
	}
	if out.Customers != nil {
		row("guests", *out.Customers)
	}
	var b strings.Builder
	b.WriteString(w.Render() + "\n")
	var all Findings
	for _, f := range out.totals() {
		all = all.plus(f)
	}
	if all.Unconfirmed > 0 {
		fmt.Fprintf(&b, "%d that the platform does not find are not taken for gone, since nothing vouches for it: see Reconciling in docs/operations.md\n", all.Unconfirmed)
	}
	if all.Regressed > 0 {
		fmt.Fprintf(&b, "%d of the different ones have a lower clock on the platform than in the warehouse: see Sequence restarts in docs/operations.md\n", all.Regressed)
	}
	if !out.Stable {
		b.WriteString("a list did not stand still: something may be missing that is not counted; run again at a quieter hour\n")
	}
	if next == "" {
		b.WriteString("nothing to load\n")
	} else {
		fmt.Fprintf(&b, "next: %s\n", next)
	}
	fmt.Fprintf(&b, "receipt: %s\n", out.Key)
	return b.String()
}

// plan is a dry run for people.
func (out Reconciled) plan(limits readingflags.Limits) string {
	var b strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(out.Held)) {
		fmt.Fprintf(&b, "would compare %d rows of %s with:\n", out.Held[kind], kind)
	}
	for _, r := range out.Planned {
		fmt.Fprintf(&b, "  %s\n", r)
	}
	fmt.Fprintf(&b, "  each list at least twice, %s\n", limits)
	return b.String()
}
