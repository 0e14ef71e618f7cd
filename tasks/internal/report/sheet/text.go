package sheet

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"covers/contract"
)

// Text is the sheet for people.
func (s Sheet) Text() string {
	t := table.NewWriter()
	t.SetTitle(s.Day)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	// Withheld rows and absent records are rare: a column of zeros would only cost width.
	withheld := slices.ContainsFunc(s.Lines, func(l Line) bool { return l.Withheld > 0 })
	absent := slices.ContainsFunc(s.Lines, func(l Line) bool { return l.Absent > 0 })
	header := table.Row{"source", "kind", "listed", "received", "repeated", "gone"}
	if absent {
		header = append(header, "absent")
	}
	header = append(header, "accepted", "quarantined", "loaded")
	if withheld {
		header = append(header, "withheld")
	}
	t.AppendHeader(append(header, "current"))
	for _, l := range s.Lines {
		row := table.Row{l.Source, l.Kind, l.Listed, l.Received, l.Repeated, l.Gone}
		if absent {
			row = append(row, l.Absent)
		}
		row = append(row, l.Accepted, l.Quarantined, l.Loaded)
		if withheld {
			row = append(row, l.Withheld)
		}
		t.AppendRow(append(row, l.Current))
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
	b.WriteString(s.expectedText())
	if Verdict([]Sheet{s}) == nil {
		b.WriteString("in order\n")
	}
	for _, f := range s.Findings {
		warning := ""
		if f.Severity == contract.SeverityWarning {
			warning = "warning: "
		}
		fmt.Fprintf(&b, "%s%s: %s: %s\n  next: %s\n", warning, f.Source, f.Finding, f.What, f.Next)
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
