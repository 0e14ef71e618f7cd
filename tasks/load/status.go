package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/urfave/cli/v2"

	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/step"
	"covers/tasks/internal/warehouse"
)

func statusCommand() step.Command {
	return step.Command{
		Name:        "status",
		Usage:       "show what is loaded: the ledger by day and source",
		Description: "Lists the ledger. A warehouse that is not there yet has nothing loaded. The result's details hold every entry.",
		Flags:       []cli.Flag{daysFlag(), step.WarehouseFlag()},
		Run: func(ctx context.Context, c *cli.Context) (step.Result, error) {
			result := step.Result{Status: step.StatusUnchanged}
			days, err := step.Days(c)
			if err != nil {
				return result, err
			}
			entries, err := Status(ctx, c.String("warehouse"), days)
			if err != nil {
				return result, err
			}
			result.Details = map[string]any{"entries": entries}
			result.Counts = map[string]map[string]int64{"ledger": {"readings": int64(len(entries))}}
			result.Text = statusText(entries)
			return result, nil
		},
	}
}

// Status gives the ledger's entries of days, nil for all. It is never nil.
func Status(ctx context.Context, url string, days []string) (entries []warehouse.Entry, err error) {
	w, err := warehouse.Open(ctx, machine.This(), url, warehouse.ReadOnly)
	if errors.Is(err, warehouse.ErrMissing) {
		return []warehouse.Entry{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeErr(w)) }()
	found, err := w.Ledger(ctx, days)
	return append([]warehouse.Entry{}, found...), err
}

// line is what the table shows of one day and source.
type line struct {
	warehouse.DaySource
	readings, refused, unstable int
	oldest, newest, loaded      string
	reservations, customers     warehouse.Counts
	erasures, absent            int64
}

// statusText adds up the entries, which are sorted by day and source.
func statusText(entries []warehouse.Entry) string {
	if len(entries) == 0 {
		return "nothing is loaded\n"
	}
	var lines []line
	for _, e := range entries {
		at := warehouse.DaySource{Day: e.Day, Source: e.Source}
		if len(lines) == 0 || lines[len(lines)-1].DaySource != at {
			lines = append(lines, line{DaySource: at, oldest: e.Rank, newest: e.Rank})
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
	}
	w := table.NewWriter()
	// Absent records are rare: a column of zeros would only cost width.
	absent := slices.ContainsFunc(lines, func(l line) bool { return l.absent > 0 })
	header := table.Row{"day", "source", "readings", "rank", "reservations", "quarantined", "customers", "quarantined", "erasures"}
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

// note says what is unusual about a line.
func (l line) note() string {
	var notes []string
	if l.refused > 0 {
		notes = append(notes, fmt.Sprintf("%d refused", l.refused))
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
	}
}
