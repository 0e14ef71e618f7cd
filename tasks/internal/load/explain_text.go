package load

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Text returns the booking's way for people, newest first.
func (e Explained) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "reservation %s of %s\n\n", e.Reservation, e.Platform)
	if e.Why != "" {
		fmt.Fprintf(&b, "no current row: %s\n", e.Why)
	} else {
		b.WriteString("current row\n")
	}
	for _, name := range slices.Sorted(maps.Keys(e.Current)) {
		if v := e.Current[name]; v != nil {
			fmt.Fprintf(&b, "  %-18s %v\n", name, v)
		}
	}
	at := func(what, format string, args ...any) {
		fmt.Fprintf(&b, "  %-10s %s\n", what, fmt.Sprintf(format, args...))
	}
	if slices.ContainsFunc(e.Observations, func(x Observation) bool { return x.Current && x.Erased }) {
		fmt.Fprintf(&b, "  %-18s %s\n", "guest", erased)
	}
	if e.Survivor != "" {
		fmt.Fprintf(&b, "  %-18s %s, since the platform merged the guest's record into this one\n", "guest today", e.Survivor)
	}
	for i, x := range e.Absences {
		fmt.Fprintf(&b, "\nabsent at %v, asked by reading %v (%d of %d)\n",
			x.Row["read_at"], x.Row["reading"], i+1, len(e.Absences))
		at("reading", "%v, line %v, source %v", x.Row["reading"], x.Row["line"], x.Row["source"])
		x.show(at)
	}
	for i, x := range e.Observations {
		is := ""
		switch {
		case x.Current:
			is = ", the current one"
		case x.Superseded:
			is = ", superseded: the reservation was absent at that time or since"
		}
		fmt.Fprintf(&b, "\nobservation %d of %d%s\n", i+1, len(e.Observations), is)
		at("says", "%v, party of %v, for %v, clock %v/%v",
			x.Row["status"], x.Row["party_size"], x.Row["scheduled_local"], x.Row["clock_epoch"], x.Row["clock"])
		at("reading", "%v, line %v, read at %v", x.Row["reading"], x.Row["line"], x.Row["read_at"])
		if x.Erased {
			at("guest", erased)
		}
		x.show(at)
	}
	return b.String()
}

const erased = "erased: the guest's id was taken off the row, and with it the digest"

// show tells the way, with a line for each stop.
func (x Way) show(at func(what, format string, args ...any)) {
	if l := x.Ledger; l != nil {
		at("ledger", "rank %s, loaded %s by %q", l.Rank, l.LoadedAt.Format("2006-01-02 15:04:05"), l.Program)
		if l.Withheld != nil {
			at("withheld", "of the reading, because too much was refused: %ss", strings.Join(l.Withheld, "s and "))
		}
		if l.Unread > 0 {
			at("not read", "%d records of the reading, which the platform did not give", l.Unread)
		}
	}
	if m := x.Processed; m != nil {
		at("processed", "%s/%s", m.Zone, m.Key)
	}
	if m := x.Staging; m != nil {
		at("staging", "%s/%s", m.Zone, m.Key)
	}
	for _, n := range x.Notes {
		at("note", "%s left out: %s, %s", n.Field, n.Reason, n.Rule)
	}
	if p := x.Raw; p != nil {
		at("raw", "%s/%s, line %d", p.Zone, p.Object, p.Line)
		at("request", "%s, answered %s", p.Request, p.ReadAt)
		if p.Body != "" {
			at("body", "%s", p.Body)
		}
	}
	for _, m := range x.Missing {
		at("missing", "%s", m)
	}
}
