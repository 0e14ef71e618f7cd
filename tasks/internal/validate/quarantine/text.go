package quarantine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"covers/tasks/internal/reservation"
)

// Text returns the listing of a day for people: counts by reason, then the places, object by object.
func (l Listing) Text(day string) string {
	byReason := map[cause]int64{}
	where := map[cause][]string{}
	var refused, incomplete, unread int64
	for _, src := range slices.Sorted(maps.Keys(l.Counts)) {
		for _, name := range slices.Sorted(maps.Keys(l.Counts[src])) {
			n := l.Counts[src][name]
			switch name {
			case "records":
				refused += n
				continue
			case noted:
				incomplete += n
				continue
			case reservation.ReasonUnread:
				unread += n
			}
			c := causeOf(name)
			byReason[c] += n
			where[c] = append(where[c], fmt.Sprintf("%s %d", src, n))
		}
	}
	var b strings.Builder
	if refused == 0 {
		fmt.Fprintf(&b, "no record of %s is in quarantine\n", day)
	} else {
		fmt.Fprintf(&b, "%d records of %s are in quarantine; one with two reasons counts in both\n", refused, day)
	}
	if incomplete > 0 {
		fmt.Fprintf(&b, "%d went in without a field that could not be read, or rounded\n", incomplete)
	}
	if unread > 0 {
		fmt.Fprintf(&b, "%d were not read: the platform has them and did not give them\n", unread)
	}
	if len(byReason) == 0 {
		return b.String()
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(table.Row{"became", "reason", "field", "records", "by source"})
	for _, c := range slices.SortedFunc(maps.Keys(byReason), func(a, b cause) int {
		return cmp.Or(
			cmp.Compare(slices.Index(becameOrder, a.became), slices.Index(becameOrder, b.became)),
			cmp.Compare(byReason[b], byReason[a]), cmp.Compare(a.reason, b.reason), cmp.Compare(a.field, b.field),
		)
	}) {
		t.AppendRow(table.Row{c.became, c.reason, c.field, byReason[c], strings.Join(where[c], ", ")})
	}
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 5, WidthMax: 70, WidthMaxEnforcer: text.WrapSoft}})
	b.WriteString(t.Render() + "\n")
	l.writePlaces(&b)
	if more := l.Total - len(l.Listed); more > 0 && len(l.Listed) > 0 {
		fmt.Fprintf(&b, "\n%d more reasons; raise --limit\n", more)
	}
	return b.String()
}

// cause is a line of a listing's counts.
type cause struct {
	became        Became
	reason, field string // the field only of what was left out: a refused record is counted by reason
}

var becameOrder = []Became{Refused, NotRead, LeftOut}

// causeOf takes the name of a count apart.
func causeOf(name string) cause {
	if note, ok := strings.CutPrefix(name, noted+"."); ok {
		reason, field, _ := strings.Cut(note, " ")
		return cause{LeftOut, reason, cmp.Or(field, "the record")}
	}
	if name == reservation.ReasonUnread {
		return cause{NotRead, name, ""}
	}
	return cause{Refused, name, ""}
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
		rule := "want " + x.Rule
		if x.Became == NotRead {
			rule = x.Rule
		}
		fmt.Fprintf(b, "  line %-7d %-9s %-15s %s: %s\n", x.ObjectLine, x.Became, x.Reason, field, rule)
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
	header := table.Row{"source", "kind", "became", "reason", "field", "records", "first", "last"}
	if again {
		header = append(header, "refused before", "came back", "withheld")
	}
	t.AppendHeader(header)
	for _, c := range causes {
		field := c.Field
		if field == "" {
			field = "the record"
		}
		row := table.Row{c.Source, c.Kind, c.Became, c.Reason, field, c.Records, c.First, c.Last}
		if again {
			row = append(row, c.Before, c.CameBack, c.Withheld)
		}
		t.AppendRow(row)
	}
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 5, WidthMax: 40, WidthMaxEnforcer: text.WrapSoft}})
	return t.Render() + "\na record with two causes counts in both; --csv has rules and an example of each\n"
}
