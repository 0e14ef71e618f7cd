// Package page draws a report as one HTML page that needs nothing else: no script, no network, no font. Data goes in, a page
// comes out; what the data means, and which sentence says so, is decided before. Start with Page and Write.
//
// Every text may be hostile (a restaurant's name, a field of a platform's record): html/template escapes it, also in the
// charts, of which shapes, classes and texts alone are taken over (svg.go).
package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
)

// Page is what is shown, from top to bottom.
type Page struct {
	Title    string // the day or days, for people
	Days     string // "2026-03-28" or "2026-03-27..2026-03-29"
	State    State
	Headline string
	Findings []Finding
	More     int // findings that are not listed

	Cards   []Card
	Compare string // what the cards' changes are measured against, or why they are not
	Charts  []Chart

	Run    []Section
	Footer []string
}

// State is how the days stand.
type State string

// The states.
const (
	InOrder    State = "good"
	Doubtful   State = "warn" // in order, with warnings
	NotInOrder State = "bad"
)

// Word returns the state in a few words.
func (s State) Word() string {
	switch s {
	case InOrder:
		return "In order"
	case Doubtful:
		return "In order, with a warning"
	}
	return "Not in order"
}

// Finding is something to know, and what to do about it.
type Finding struct {
	Warning           bool // else an error
	Where, Title      string
	What, Next, Dates string
}

// Card is a key number.
type Card struct {
	Label, Value, Note string
	Change             *Change
}

// Change is how a number differs from what it was before.
type Change struct {
	Text string // "+4.2%", "−0.3 points", "no change"
	Was  string // the number before
}

// Section is a part of the account of the run: a sentence, then tables.
type Section struct {
	ID, Title, Text string
	Tables          []Table
}

// Table is rows of text under a heading each. Columns from Text on hold numbers.
type Table struct {
	Caption string
	Head    []string
	Text    int // how many columns, from the left, hold text
	Rows    [][]string
	Foot    []string
	Wide    bool   // on a phone it is wider than the screen and scrolls, rather than breaking every word
	Empty   string // said where there are no rows
}

// Number reports whether a column holds numbers.
func (t Table) Number(column int) bool { return column >= t.Text }

//go:embed page.html.tmpl style.css
var files embed.FS

var tmpl = template.Must(template.New("page.html.tmpl").ParseFS(files, "page.html.tmpl", "style.css"))

// Write draws the page. It fails only where a chart cannot be drawn, which is a defect.
func Write(p Page) ([]byte, error) {
	type drawn struct {
		Chart
		Drawing
	}
	charts := make([]drawn, len(p.Charts))
	for i, c := range p.Charts {
		charts[i].Chart = c
		if c.empty() {
			continue
		}
		var err error
		if charts[i].Drawing, err = c.draw(); err != nil {
			return nil, fmt.Errorf("draw the chart %q: %w", c.ID, err)
		}
	}
	var b bytes.Buffer
	err := tmpl.Execute(&b, struct {
		Page
		Drawn []drawn
	}{p, charts})
	return b.Bytes(), err
}
