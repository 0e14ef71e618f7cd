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
	t := l.totals()
	var b strings.Builder
	if t.refused == 0 {
		fmt.Fprintf(&b, "no record of %s is in quarantine\n", day)
	} else {
		fmt.Fprintf(&b, "%d records of %s are in quarantine; one with two reasons counts in both\n", t.refused, day)
	}
	for _, line := range []struct {
		n    int64
		says string
	}{
		{t.incomplete, "%d went in without a field that could not be read, or rounded\n"},
		{t.unread, "%d were not read: the platform has them and did not give them\n"},
		{t.asked, "%d ask to forget a guest, refused or not\n"},
		{t.waiting, "%d of these are held: nobody is erased by them until care erasures confirms them\n"},
	} {
		if line.n > 0 {
			fmt.Fprintf(&b, line.says, line.n)
		}
	}
	byReason, where := t.byReason, t.where
	if len(byReason) == 0 {
		return b.String()
	}
	w := table.NewWriter()
	w.SetStyle(table.StyleLight)
	w.Style().Format.Header = text.FormatDefault
	w.AppendHeader(table.Row{"became", "reason", "field", "records", "by source"})
	for _, c := range slices.SortedFunc(maps.Keys(byReason), func(a, b cause) int {
		return cmp.Or(
			cmp.Compare(slices.Index(becameOrder, a.became), slices.Index(becameOrder, b.became)),
			cmp.Compare(byReason[b], byReason[a]), cmp.Compare(a.reason, b.reason), cmp.Compare(a.field, b.field),
		)
	}) {
		w.AppendRow(table.Row{c.became, c.reason, c.field, byReason[c], strings.Join(where[c], ", ")})
	}
	w.SetColumnConfigs([]table.ColumnConfig{{Number: 5, WidthMax: 70, WidthMaxEnforcer: text.WrapSoft}})
	b.WriteString(w.Render() + "\n")
	l.writePlaces(&b)
	if more := l.Total - len(l.Listed); more > 0 && len(l.Listed) > 0 {
		fmt.Fprintf(&b, "\n%d more reasons; raise --limit\n", more)
	}
	return b.String()
}

// totals are a listing's counts over all sources.
type totals struct {
	refused, incomplete, unread int64 // records
	asked, waiting              int64 // requests to forget a guest, and those of them that are held
	byReason                    map[cause]int64
	where                       map[cause][]string
}

func (l Listing) totals() totals {
	t := totals{byReason: map[cause]int64{}, where: map[cause][]string{}}
	for _, src := range slices.Sorted(maps.Keys(l.Counts)) {
		for _, name := range slices.Sorted(maps.Keys(l.Counts[src])) {
			n := l.Counts[src][name]
			switch name {
			case "records":
				t.refused += n
				continue
			case noted:
				t.incomplete += n
				continue
			case erasures:
				t.asked += n
				continue
			case held:
				t.waiting += n
				continue
			case reservation.ReasonUnread:
				t.unread += n
			}
			c := causeOf(name)
			t.byReason[c] += n
			t.where[c] = append(t.where[c], fmt.Sprintf("%s %d", src, n))
		}
	}
	return t
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
