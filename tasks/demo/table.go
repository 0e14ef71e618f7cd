package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
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
		{"listed = received + repeated + gone + absent", n["listed"], n["received"] + n["repeated"] + n["gone"] + n["absent"]},
		{"received = accepted + quarantined", n["received"], n["accepted"] + n["quarantined"]},
		{"accepted = loaded + withheld", n["accepted"], n["loaded"] + n["withheld"]},
	} {
		if e.left != e.right {
			out = append(out, fmt.Sprintf("%s %s %s: %s does not hold: %d, %d", l.Day, l.Platform, l.Kind, e.what, e.left, e.right))
		}
	}
	return out
}

// Finding is what a report found.
type Finding struct {
	Day      string `json:"day"`
	Source   string `json:"source"`
	Finding  string `json:"finding"`
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
		for _, platform := range []string{reservation.OpenTable, reservation.TheFork} {
			for _, kind := range []string{reservation.KindReservation, reservation.KindCustomer} {
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

// Counts gives the table for the result line, by "<day> <platform> <kind>".
func (t Table) Counts() map[string]map[string]int64 {
	out := map[string]map[string]int64{}
	for _, l := range t.Lines {
		out[l.Day+" "+l.Platform+" "+l.Kind] = l.N
	}
	return out
}

var columns = []string{"listed", "received", "repeated", "gone", "accepted", "quarantined", "loaded", "current"}

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

// sample finds a reservation that people can follow: one of the last day that has no defect.
func (d *Demo) sample(ctx context.Context) string {
	zone, err := lake.Open(ctx, machine.This(), d.World.zone("simulator"))
	if err != nil {
		return ""
	}
	defer zone.Close()
	for _, s := range d.Registry.Sources {
		if s.Platform != reservation.OpenTable {
			continue
		}
		day, err := simulator.ReadDay(ctx, zone, simulator.ID{Platform: s.Platform, Restaurant: s.RestaurantID, Day: d.Days[len(d.Days)-1]})
		if err != nil {
			return ""
		}
		defect := map[string]bool{}
		for a, err := range simulator.Answers(ctx, zone, day) {
			if err != nil {
				return ""
			}
			defect[a.ID] = true
		}
		for line, err := range simulator.Records(ctx, zone, day, reservation.KindReservation) {
			if err == nil && !defect[line.ID] {
				return line.ID
			}
		}
	}
	return ""
}

// Text is the outcome for people.
func (o Outcome) Text(w World) string {
	if len(o.Table.Lines) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintln(&b)
	fmt.Fprintln(&b, o.Table.render())
	if t := o.Table; t.Readings > t.Sources {
		fmt.Fprintf(&b, "%d readings of %d sources and days: some were read more than once, and the numbers count every reading\n", t.Readings, t.Sources)
	}
	for _, l := range o.Table.Lines {
		if n := l.N["withheld"]; n > 0 { // rare: no column of its own
			fmt.Fprintf(&b, "%s %s %s: %d accepted rows withheld, refused with their reading\n", l.Day, l.Platform, l.Kind, n)
		}
	}
	for _, f := range o.Table.Findings {
		fmt.Fprintf(&b, "%s %s: %s: %s\n  next: %s\n", f.Day, f.Source, f.Finding, f.What, f.Next)
	}
	for _, u := range o.Table.Unbalanced {
		fmt.Fprintln(&b, u)
	}
	if len(o.Table.Unbalanced) == 0 {
		fmt.Fprintln(&b, "every line balances: listed = received + repeated + gone + absent,\nreceived = accepted + quarantined, accepted = loaded + withheld")
	}
	if o.Did {
		fmt.Fprintf(&b, "done in %.1f s\n", o.Took.Seconds())
	} else {
		fmt.Fprintf(&b, "nothing left to do: the ledger has every source of these days (%.1f s)\n", o.Took.Seconds())
	}
	fmt.Fprintf(&b, `
where things are
  platforms' records  %s
  as received         %s
  validated           %s
  ready to load       %s
  warehouse           %s
  logs                %s

what to try next
`, short(w.Lake, "simulator"), short(w.Lake, "raw"), short(w.Lake, "staging"), short(w.Lake, "processed"),
		short(w.Dir, "covers.duckdb"), short(w.Dir, "logs"))
	day := o.Table.Lines[len(o.Table.Lines)-1].Day
	bin := short(w.Bin, "") + "/"
	b.WriteString(commands([][2]string{
		{"make demo DAYS=2026-03-30..2026-04-05", "add days"},
		{". " + short(w.Dir, "env.sh"), "settings for what follows"},
		{bin + "validate quarantine --day " + day, "why records were refused"},
		{bin + "load status", "what is loaded"},
		{bin + "load explain --platform opentable --reservation " + o.Sample, "one row, back to the platform's answer"},
		{bin + "report --day " + day, "the day's balance sheet"},
		{bin + "care tidy --dry-run", "what no manifest names"},
	}))
	if o.Page != "" {
		fmt.Fprintf(&b, "\nthe report, to be opened in a browser\n  %s\n", (&url.URL{Scheme: "file", Path: o.Page}).String())
	}
	return b.String()
}

// commands lists commands with what each is for behind it, in one column; above it where the command is long.
func commands(list [][2]string) string {
	const long = 60
	width := 0
	for _, c := range list {
		if len(c[0]) <= long {
			width = max(width, len(c[0]))
		}
	}
	var b strings.Builder
	for _, c := range list {
		if len(c[0]) > long {
			fmt.Fprintf(&b, "  # %s\n  %s\n", c[1], c[0])
			continue
		}
		fmt.Fprintf(&b, "  %-*s  # %s\n", width, c[0], c[1])
	}
	return b.String()
}

// short gives a path as one would type it here.
func short(elem ...string) string {
	path := filepath.Join(elem...)
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(here, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}
