package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"covers/tasks/internal/readingflags"
	"covers/tasks/internal/reconcile"
)

// reconcileText returns the receipt for people.
func reconcileText(out reconcile.Outcome, next string) string {
	w := table.NewWriter()
	w.SetStyle(table.StyleLight)
	w.Style().Format.Header = text.FormatDefault
	w.AppendHeader(table.Row{
		out.Source, "listed", "agree", "missing", "different", "gone", "elsewhere", "refused", "unconfirmed",
	})
	row := func(name string, f reconcile.Findings) {
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
	var all reconcile.Findings
	for _, f := range out.Totals() {
		all = all.Plus(f)
	}
	if all.Unconfirmed > 0 {
		fmt.Fprintf(&b, "%d that the platform does not find are not taken for gone, since nothing vouches for it: "+
			"see Reconciling in docs/operations.md\n", all.Unconfirmed)
	}
	for _, kind := range slices.Sorted(maps.Keys(out.Unread)) {
		fmt.Fprintf(&b, "%d records of %ss could not be read, since the platform did not give them: the reading names them, "+
			"`validate quarantine` lists them\n", out.Unread[kind], kind)
	}
	if all.Regressed > 0 {
		fmt.Fprintf(&b, "%d of the different ones have a lower clock on the platform than in the warehouse: "+
			"see Sequence restarts in docs/operations.md\n", all.Regressed)
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

// planText returns a dry run for people.
func planText(out reconcile.Outcome, limits readingflags.Limits) string {
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
