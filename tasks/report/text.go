package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Text is the sheet for people.
func (s Sheet) Text() string {
	t := table.NewWriter()
	t.SetTitle(s.Day)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(table.Row{"source", "kind", "listed", "received", "repeated", "gone", "accepted", "quarantined", "loaded", "current"})
	for _, l := range s.Lines {
		t.AppendRow(table.Row{
			l.Source, l.Kind, l.Listed, l.Received, l.Repeated, l.Gone, l.Accepted, l.Quarantined, l.Loaded, l.Current,
		})
	}
	why := table.NewWriter()
	why.SetStyle(table.StyleLight)
	why.Style().Format.Header = text.FormatDefault
	why.AppendHeader(table.Row{"source", "kind", "quarantined by reason"})
	for _, l := range s.Lines {
		if l.Quarantined > 0 {
			why.AppendRow(table.Row{l.Source, l.Kind, reasons(l.Reasons)})
		}
	}
	why.SetColumnConfigs([]table.ColumnConfig{{Number: 3, WidthMax: 78, WidthMaxEnforcer: text.WrapSoft}})
	var b strings.Builder
	b.WriteString(t.Render() + "\n")
	if why.Length() > 0 {
		b.WriteString(why.Render() + "\n")
	}
	regressed := int64(0)
	for _, l := range s.Lines {
		regressed += l.Regressed
	}
	if regressed > 0 {
		fmt.Fprintf(&b, "%s came later under a lower sequence (regressed); the platform may have restarted its sequence\n", plural(int(regressed), "observation"))
	}
	if len(s.Findings) == 0 {
		b.WriteString("in order\n")
	}
	for _, f := range s.Findings {
		fmt.Fprintf(&b, "%s: %s: %s\n  next: %s\n", f.Source, f.Finding, f.What, f.Next)
	}
	return b.String()
}

func reasons(m map[string]int64) string {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%s %d", reason, m[reason]))
	}
	return strings.Join(parts, ", ")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
