package demo

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"covers/tasks/internal/platforms"
	"covers/tasks/internal/reservation"
)

// Table is what the reports of all days say, by day, platform and kind.
type Table struct {
	Lines      []Line
	Findings   []Finding
	Unbalanced []string // equations that do not hold
	Readings   int64    // of all days and sources
	Sources    int64    // days and sources that were read
}

// Line is one day, platform and kind of record, over all restaurants.
type Line struct {
	Day, Platform, Kind string
	N                   map[string]int64
}

// unbalanced names the equations that do not hold.
func (l Line) unbalanced() (out []string) {
	n := l.N
	for _, e := range []struct {
		what        string
		left, right int64
	}{
		{"listed = received + repeated + gone + absent + unread", n["listed"],
			n["received"] + n["repeated"] + n["gone"] + n["absent"] + n["unread"]},
		{"received = accepted + quarantined + merged", n["received"], n["accepted"] + n["quarantined"] + n["merged"]},
		{"accepted = loaded + withheld", n["accepted"], n["loaded"] + n["withheld"]},
	} {
		if e.left != e.right {
			out = append(out, fmt.Sprintf("%s %s %s: %s does not hold: %d, %d", l.Day, l.Platform, l.Kind, e.what,
				e.left, e.right))
		}
	}
	return out
}

// kinds are the kinds of record, as the table shows them.
var kinds = []string{reservation.KindReservation, reservation.KindCustomer}

// Finding is what a report found, with the keys of its result.
type Finding struct {
	Day      string `json:"day"`
	Source   string `json:"source"`
	Kind     string `json:"finding"`
	Severity string `json:"severity"`
	What     string `json:"what"`
	Next     string `json:"next"`
}

// newTable adds up the reports' counts, which are by "<platform>/<key> <kind>".
func newTable(days []string, sheets map[string]Result) (Table, error) {
	t := Table{Findings: []Finding{}}
	for _, day := range days {
		sum := map[string]map[string]int64{}
		readings := map[string]int64{} // by source: its kinds come from the same readings
		for key, counts := range sheets[day].Counts {
			source, kind, _ := strings.Cut(key, " ")
			platform, _, _ := strings.Cut(source, "/")
			name := platform + " " + kind
			readings[source] = max(readings[source], counts["readings"])
			if sum[name] == nil {
				sum[name] = map[string]int64{}
			}
			for k, n := range counts {
				sum[name][k] += n
			}
		}
		for _, n := range readings {
			t.Readings += n
			t.Sources += min(n, 1)
		}
		for _, platform := range platforms.Names() {
			for _, kind := range kinds {
				if n, ok := sum[platform+" "+kind]; ok {
					l := Line{day, platform, kind, n}
					t.Lines = append(t.Lines, l)
					t.Unbalanced = append(t.Unbalanced, l.unbalanced()...)
				}
			}
		}
		var details struct{ Findings []Finding }
		if raw := sheets[day].Details; raw != nil {
			if err := json.Unmarshal(raw, &details); err != nil {
				return t, fmt.Errorf("read what `report` answered for %s: %w", day, err)
			}
		}
		for _, f := range details.Findings {
			f.Day = day
			t.Findings = append(t.Findings, f)
		}
	}
	return t, nil
}

// Counts returns the table for the result line, by "<day> <platform> <kind>".
func (t Table) Counts() map[string]map[string]int64 {
	out := map[string]map[string]int64{}
	for _, l := range t.Lines {
		out[l.Day+" "+l.Platform+" "+l.Kind] = l.N
	}
	return out
}

var columns = []string{"listed", "received", "repeated", "accepted", "quarantined", "merged", "loaded", "current"}

// render draws two tables, so that each fits a terminal: the balance, and what was quarantined by reason.
func (t Table) render() string {
	balance, why := table.NewWriter(), table.NewWriter()
	header := table.Row{"day", "platform", "kind"}
	for _, c := range columns {
		header = append(header, c)
	}
	balance.AppendHeader(header)
	why.AppendHeader(table.Row{"day", "platform", "kind", "quarantined by reason"})
	last := ""
	for _, l := range t.Lines {
		if last != "" && last != l.Day {
			balance.AppendSeparator()
			why.AppendSeparator()
		}
		last = l.Day
		row := table.Row{l.Day, l.Platform, l.Kind}
		for _, c := range columns {
			row = append(row, l.N[c])
		}
		balance.AppendRow(row)
		why.AppendRow(table.Row{l.Day, l.Platform, l.Kind, reasons(l.N)})
	}
	why.SetColumnConfigs([]table.ColumnConfig{{Number: 4, WidthMax: 72, WidthMaxEnforcer: text.WrapSoft}})
	for _, w := range []table.Writer{balance, why} {
		w.SetStyle(table.StyleLight)
		w.Style().Format.Header = text.FormatDefault
	}
	balance.Style().Options.SeparateColumns = false // eleven columns would not fit otherwise
	return balance.Render() + "\n\n" + why.Render()
}

func reasons(n map[string]int64) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(n)) {
		if reason, ok := strings.CutPrefix(key, "quarantined."); ok {
			parts = append(parts, fmt.Sprintf("%s %d", reason, n[key]))
		}
	}
	return strings.Join(parts, ", ")
}
