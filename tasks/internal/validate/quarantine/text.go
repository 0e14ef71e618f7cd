package quarantine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Text returns the listing of a day for people: counts by reason, then the places, object by object.
func (l Listing) Text(day string) string {
	byReason := map[string]int64{}
	where := map[string][]string{}
	records := int64(0)
	for _, src := range slices.Sorted(maps.Keys(l.Counts)) {
		records += l.Counts[src]["records"]
		for _, reason := range slices.Sorted(maps.Keys(l.Counts[src])) {
			if reason != "records" {
				byReason[reason] += l.Counts[src][reason]
				where[reason] = append(where[reason], fmt.Sprintf("%s %d", src, l.Counts[src][reason]))
			}
		}
	}
	if records == 0 {
		return fmt.Sprintf("no record of %s is in quarantine\n", day)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d records of %s are in quarantine; one with two reasons counts in both\n", records, day)
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(table.Row{"reason", "records", "by source"})
	for _, reason := range slices.SortedFunc(maps.Keys(byReason), func(a, b string) int {
		return cmp.Or(cmp.Compare(byReason[b], byReason[a]), cmp.Compare(a, b))
	}) {
		t.AppendRow(table.Row{reason, byReason[reason], strings.Join(where[reason], ", ")})
	}
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 3, WidthMax: 90, WidthMaxEnforcer: text.WrapSoft}})
	b.WriteString(t.Render() + "\n")
	l.writePlaces(&b)
	if more := l.Total - len(l.Listed); more > 0 && len(l.Listed) > 0 {
		fmt.Fprintf(&b, "\n%d more reasons; raise --limit\n", more)
	}
	return b.String()
}

// writePlaces writes where the listed refusals are, object by object.
func (l Listing) writePlaces(b *strings.Builder) {
	object := ""
	for _, x := range l.Listed {
		if x.Object != object {
			object = x.Object
			fmt.Fprintf(b, "\n%s\n", object)
		}
		field := x.Field
		if field == "" {
			field = "the record"
		}
		fmt.Fprintf(b, "  line %-7d %-15s %s: want %s\n", x.ObjectLine, x.Reason, field, x.Rule)
		if x.Body != "" {
			fmt.Fprintf(b, "    %s\n", x.Body)
		}
	}
}

// CausesText returns the causes of some days for people.
func CausesText(causes []Cause, days []string) string {
	when := days[0]
	if last := days[len(days)-1]; last != when {
		when += " to " + last
	}
	if len(causes) == 0 {
		return fmt.Sprintf("no record of %s is in quarantine\n", when)
	}
	again := false
	for _, c := range causes {
		again = again || c.Before > 0
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.SetTitle("in quarantine, " + when)
	header := table.Row{"source", "kind", "reason", "field", "records", "first", "last"}
	if again {
		header = append(header, "refused before", "came back", "withheld")
	}
	t.AppendHeader(header)
	for _, c := range causes {
		field := c.Field
		if field == "" {
			field = "the record"
		}
		row := table.Row{c.Source, c.Kind, c.Reason, field, c.Records, c.First, c.Last}
		if again {
			row = append(row, c.Before, c.CameBack, c.Withheld)
		}
		t.AppendRow(row)
	}
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 4, WidthMax: 40, WidthMaxEnforcer: text.WrapSoft}})
	return t.Render() + "\na record with two causes counts in both; --csv has rules and an example of each\n"
}
