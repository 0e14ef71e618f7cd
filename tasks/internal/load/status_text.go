package load

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
)

// line is what the table shows of one day and source.
type line struct {
	warehouse.DaySource
	readings, refused, unstable int
	oldest, newest, loaded      string
	reservations, customers     warehouse.Counts
	erasures, absent            int64
	noted, unread               int64
	withheld                    map[string]int // readings by kind
}

// StatusText returns the ledger's entries for people. It adds up those of a day and source; they are sorted by both.
func StatusText(entries []warehouse.Entry) string {
	if len(entries) == 0 {
		return "nothing is loaded\n"
	}
	lines := linesOf(entries)
	w := table.NewWriter()
	// Absent records are rare: a column of zeros would only cost width.
	absent := slices.ContainsFunc(lines, func(l line) bool { return l.absent > 0 })
	header := table.Row{
		"day", "source", "readings", "rank", "reservations", "quarantined", "customers", "quarantined", "erasures",
	}
	if absent {
		header = append(header, "absent")
	}
	w.AppendHeader(append(header, "loaded (UTC)", "note"))
	w.SetStyle(table.StyleLight)
	w.Style().Format.Header = text.FormatDefault
	for _, l := range lines {
		rank := l.newest
		if l.oldest != l.newest {
			rank = l.oldest + " to " + l.newest
		}
		row := table.Row{
			l.Day, l.Source, l.readings, rank, l.reservations.Landed, l.reservations.Quarantined,
			l.customers.Landed, l.customers.Quarantined, l.erasures,
		}
		if absent {
			row = append(row, l.absent)
		}
		w.AppendRow(append(row, l.loaded, l.note()))
	}
	return fmt.Sprintf("%s\n%d readings\n", w.Render(), len(entries))
}

// linesOf adds up entries by day and source.
func linesOf(entries []warehouse.Entry) []line {
	var lines []line
	for _, e := range entries {
		at := warehouse.DaySource{Day: e.Day, Source: e.Source}
		if len(lines) == 0 || lines[len(lines)-1].DaySource != at {
			lines = append(lines, line{DaySource: at, oldest: e.Rank, newest: e.Rank, withheld: map[string]int{}})
		}
		l := &lines[len(lines)-1]
		l.readings++
		if e.Refused {
			l.refused++
		}
		if !e.Stable {
			l.unstable++
		}
		l.oldest, l.newest = min(l.oldest, e.Rank), max(l.newest, e.Rank)
		l.loaded = max(l.loaded, e.LoadedAt.Format("2006-01-02 15:04"))
		l.reservations = add(l.reservations, e.Counts[reservation.KindReservation])
		l.customers = add(l.customers, e.Counts[reservation.KindCustomer])
		l.erasures += e.Erasures
		l.absent += e.Absent
		l.noted += e.Noted
		l.unread += e.Unread
		for _, kind := range e.Withheld {
			l.withheld[kind]++
		}
	}
	return lines
}

// note returns what is unusual about a line.
func (l line) note() string {
	var notes []string
	if l.refused > 0 {
		notes = append(notes, fmt.Sprintf("%d refused", l.refused))
	}
	for _, kind := range slices.Sorted(maps.Keys(l.withheld)) {
		if l.withheld[kind] > l.refused { // of a refused reading every kind is
			notes = append(notes, fmt.Sprintf("%ss withheld in %d", kind, l.withheld[kind]-l.refused))
		}
	}
	if n := l.customers.Merged; n > 0 {
		notes = append(notes, fmt.Sprintf("%d merged", n))
	}
	if l.noted > 0 {
		notes = append(notes, fmt.Sprintf("%d without a field", l.noted))
	}
	if l.unread > 0 {
		notes = append(notes, fmt.Sprintf("%d not read", l.unread))
	}
	if l.unstable > 0 {
		notes = append(notes, fmt.Sprintf("%d not stable", l.unstable))
	}
	return strings.Join(notes, ", ")
}

func add(a, b warehouse.Counts) warehouse.Counts {
	return warehouse.Counts{
		Received: a.Received + b.Received, Accepted: a.Accepted + b.Accepted,
		Quarantined: a.Quarantined + b.Quarantined, Landed: a.Landed + b.Landed,
		Merged: a.Merged + b.Merged,
	}
}
