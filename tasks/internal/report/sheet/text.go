package sheet

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Text returns the sheet for people.
func (s Sheet) Text() string {
	var b strings.Builder
	b.WriteString(s.balance().Render() + "\n")
	if why := s.quarantined(); why.Length() > 0 {
		b.WriteString(why.Render() + "\n")
	}
	if left := s.noted(); left.Length() > 0 {
		b.WriteString(left.Render() + "\n")
	}
	b.WriteString(s.expected())
	if Verdict([]Sheet{s}) == nil {
		b.WriteString("in order\n")
	}
	for _, f := range s.Findings {
		warning := ""
		if !f.IsError() {
			warning = "warning: "
		}
		fmt.Fprintf(&b, "%s%s: %s: %s\n  next: %s\n", warning, f.Source, f.Kind, f.What, f.Next)
	}
	return b.String()
}

func newTable() table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	return t
}

func (s Sheet) balance() table.Writer {
	t := newTable()
	t.SetTitle(s.Day)
	header, rows := table.Row{"source", "kind"}, make([]table.Row, len(s.Lines))
	for i, l := range s.Lines {
		rows[i] = table.Row{l.Source, l.Kind}
	}
	for _, c := range Columns(s.Lines) {
		header = append(header, c.Name)
		for i, l := range s.Lines {
			rows[i] = append(rows[i], c.Of(l))
		}
	}
	t.AppendHeader(header)
	t.AppendRows(rows)
	return t
}

func (s Sheet) quarantined() table.Writer {
	t := newTable()
	t.AppendHeader(table.Row{"source", "kind", "quarantined by reason"})
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 3, WidthMax: 78, WidthMaxEnforcer: text.WrapSoft}})
	for _, l := range s.Lines {
		if l.Quarantined > 0 {
			t.AppendRow(table.Row{l.Source, l.Kind, reasons(l.Reasons)})
		}
	}
	return t
}

// noted is no reason to look: the records are in.
func (s Sheet) noted() table.Writer {
	t := newTable()
	t.AppendHeader(table.Row{"source", "kind", "records", "accepted without, by reason and field"})
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 4, WidthMax: 78, WidthMaxEnforcer: text.WrapSoft}})
	for _, l := range s.Lines {
		if l.Noted > 0 {
			t.AppendRow(table.Row{l.Source, l.Kind, l.Noted, reasons(l.Notes)})
		}
	}
	return t
}

func reasons(m map[string]int64) string {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%s %d", reason, m[reason]))
	}
	return strings.Join(parts, ", ")
}

// expected returns which readings were held against earlier days, and of which nothing is expected.
func (s Sheet) expected() string {
	var lines []string
	readings := map[string][]string{}
	for _, j := range s.Judged {
		line := "nothing is expected, " + j.Unjudged
		if j.Unjudged == "" {
			line = "held against " + strings.Join(j.Days, ", ")
		}
		if readings[line] == nil {
			lines = append(lines, line)
		}
		readings[line] = append(readings[line], j.Source)
	}
	var b strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&b, "%s: %s\n", line, strings.Join(slices.Compact(readings[line]), ", "))
	}
	return b.String()
}
