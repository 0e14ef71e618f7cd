package load

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Text returns the outcome for people. With sql, the statements of a dry run are shown in full.
func (o Outcome) Text(sql bool) string {
	var b strings.Builder
	switch {
	case o.DryRun:
		fmt.Fprintf(&b, "would load %d readings (%d of %d are there already):\n", len(o.Taken), o.Already, o.Offered)
	case o.Unchanged():
		fmt.Fprintf(&b, "nothing to load: %d readings are there already\n", o.Already)
	case len(o.Taken) == 0:
		b.WriteString("no reading to load; the restaurants were brought up to date\n")
	default:
		fmt.Fprintf(&b, "loaded %d readings (%d were there already):\n", len(o.Taken), o.Already)
	}
	for _, t := range o.Taken {
		fmt.Fprintf(&b, "  %s at rank %s", t.Reading, t.Rank)
		if t.Before != "" {
			fmt.Fprintf(&b, ", before at %s", t.Before)
		}
		if t.Refused {
			b.WriteString(", refused: no rows")
		} else if kinds := t.Withheld(); len(kinds) > 0 {
			fmt.Fprintf(&b, ", withheld: no rows of %ss", strings.Join(kinds, "s and "))
		}
		b.WriteString("\n")
	}
	for _, l := range o.LeftOut {
		fmt.Fprintf(&b, "left out: %s\n", l.Reading)
		for _, f := range l.Findings {
			fmt.Fprintf(&b, "  %s\n", f)
		}
	}
	for _, h := range o.Held {
		fmt.Fprintf(&b, "held: %s\n  %s; confirm or refuse it with care erasures\n", h.Reading, h.Held)
	}
	for _, kind := range slices.Sorted(maps.Keys(o.Counts)) {
		n := o.Counts[kind]
		fmt.Fprintf(&b, "%ss: received %d, accepted %d, quarantined %d, %slanded %d\n",
			kind, n.Received, n.Accepted, n.Quarantined, some("merged %d, ", n.Merged), n.Landed)
	}
	b.WriteString(some("absent: %d\n", o.Absences) + some("accepted without a field that could not be read: %d\n", o.Noted) +
		some("not read, since the platform did not give them: %d\n", o.Unread))
	if !o.DryRun && len(o.Taken) > 0 {
		fmt.Fprintf(&b, "touched %d reservations and %d customers on %d service dates; erased %d customers\n",
			o.TouchedReservations, o.TouchedCustomers, len(o.ServiceDates), o.ErasedCustomers)
	}
	o.listStatements(&b, sql)
	return b.String()
}

// some tells a number that is rarely above zero, and nothing of zero.
func some(format string, n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(format, n)
}

// listStatements lists what a dry run would run: a line each, or their SQL in full.
func (o Outcome) listStatements(b *strings.Builder, sql bool) {
	if len(o.Statements) == 0 {
		return
	}
	fmt.Fprintf(b, "\nThe %d statements of a load, for any number of rows (a COPY takes up to 1,000 files):\n", len(o.Statements))
	if sql {
		for i, s := range o.Statements {
			fmt.Fprintf(b, "\n-- %d %s\n%s;\n", i+1, s.Name, s.SQL)
		}
		return
	}
	for i, s := range o.Statements {
		first, rest, _ := strings.Cut(s.SQL, "\n")
		if more := strings.Count(rest, "\n") + 1; rest != "" {
			first += fmt.Sprintf(" … (%d lines more)", more)
		}
		const width = 100
		if r := []rune(first); len(r) > width {
			first = string(r[:width]) + " …"
		}
		fmt.Fprintf(b, "%4d  %-26s %s\n", i+1, s.Name, first)
	}
	b.WriteString("\n--sql shows them in full.\n")
}
