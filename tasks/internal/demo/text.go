package demo

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Text returns the outcome for people.
func (o Outcome) Text() string {
	if len(o.Table.Lines) == 0 {
		return ""
	}
	w := o.World
	var b strings.Builder
	fmt.Fprintln(&b)
	fmt.Fprintln(&b, o.Table.render())
	if t := o.Table; t.Readings > t.Sources {
		fmt.Fprintf(&b, "%d readings of %d sources and days: some were read more than once, ", t.Readings, t.Sources)
		fmt.Fprintln(&b, "and the numbers count every reading")
	}
	for _, l := range o.Table.Lines {
		if n := l.N["withheld"]; n > 0 { // rare: no column of its own
			fmt.Fprintf(&b, "%s %s %s: %d accepted rows withheld, refused with their reading\n", l.Day, l.Platform, l.Kind, n)
		}
	}
	for _, f := range o.Table.Findings {
		fmt.Fprintf(&b, "%s %s: %s: %s\n  next: %s\n", f.Day, f.Source, f.Kind, f.What, f.Next)
	}
	for _, u := range o.Table.Unbalanced {
		fmt.Fprintln(&b, u)
	}
	if len(o.Table.Unbalanced) == 0 {
		fmt.Fprintln(&b, "every line balances: listed = received + repeated + gone + absent + unread,")
		fmt.Fprintln(&b, "received = accepted + quarantined + merged, accepted = loaded + withheld")
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

// commands lists commands, each with its purpose behind it in one column. A long command has its purpose above it.
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

// short returns a path as one would type it here.
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
