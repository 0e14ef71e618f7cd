package warehouse

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse/engine"
)

// Entry is a row of the ledger: a reading, at the rank that is loaded.
type Entry struct {
	Reading  string            `json:"reading"`
	Source   string            `json:"source"`
	Day      string            `json:"day"`
	By       string            `json:"by"`
	Rank     string            `json:"rank"`
	Refused  bool              `json:"refused"`
	Stable   bool              `json:"stable"`
	ReadAt   time.Time         `json:"read_at"` // the reading's start
	Counts   map[string]Counts `json:"counts"`  // by kind
	Erasures int64             `json:"erasures"`
	Absent   int64             `json:"absent,omitempty"` // ids, counted in the table
	Manifest string            `json:"manifest"`         // in processed
	Result   string            `json:"result"`           // in staging
	Program  string            `json:"program"`
	LoadedAt time.Time         `json:"loaded_at"`
}

// Ledger gives the entries of days (YYYY-MM-DD; nil: all), sorted by day, source and when they were read.
func (w *Warehouse) Ledger(ctx context.Context, days []string) ([]Entry, error) {
	first, last := "0001-01-01", "9999-12-31"
	if len(days) > 0 {
		first, last = slices.Min(days), slices.Max(days)
	}
	var out []Entry
	err := w.with(ctx, func(s session) error {
		rows, err := s.texts(ctx, ledgerQuery, first, last)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if days != nil && !slices.Contains(days, row[2]) {
				continue
			}
			e, err := entryOf(row)
			if err != nil {
				return fmt.Errorf("read the ledger: %w", err)
			}
			out = append(out, e)
		}
		return nil
	})
	return out, err
}

// entryOf reads a row of sql/query/ledger.sql.
func entryOf(row []string) (e Entry, err error) {
	number := func(i int) int64 {
		n, nerr := strconv.ParseInt(row[i], 10, 64)
		if nerr != nil {
			err = nerr
		}
		return n
	}
	instant := func(i int) time.Time {
		t, terr := time.Parse(engine.ShownForm, row[i])
		if terr != nil {
			err = terr
		}
		return t
	}
	e = Entry{
		Reading: row[0], Source: row[1], Day: row[2], By: row[3], Rank: row[4], Refused: row[5] == "true", Stable: row[6] == "true",
		ReadAt: instant(7),
		Counts: map[string]Counts{
			reservation.KindReservation: {number(8), number(9), number(10), number(11)},
			reservation.KindCustomer:    {number(12), number(13), number(14), number(15)},
		},
		Erasures: number(16), Manifest: row[17], Result: row[18], Program: row[19], LoadedAt: instant(20), Absent: number(21),
	}
	return e, err
}

// ranks gives the rank of every loaded reading.
func (w *Warehouse) ranks(ctx context.Context) (map[string]string, error) {
	ranks := map[string]string{}
	err := w.with(ctx, func(s session) error {
		rows, err := s.texts(ctx, ranksQuery)
		for _, row := range rows {
			ranks[row[0]] = row[1]
		}
		return err
	})
	return ranks, err
}

// DaySource is a day's readings of one source.
type DaySource struct {
	Day    string `json:"day"`
	Source string `json:"source"`
}

// CurrentCounts gives, by day and source and then by kind, how many current rows come from the readings of that day and
// source: what later readings replaced counts there.
func (w *Warehouse) CurrentCounts(ctx context.Context) (map[DaySource]map[string]int64, error) {
	out := map[DaySource]map[string]int64{}
	err := w.with(ctx, func(s session) error {
		rows, err := s.texts(ctx, currentQuery)
		if err != nil {
			return err
		}
		for _, row := range rows {
			n, err := strconv.ParseInt(row[3], 10, 64)
			if err != nil {
				return fmt.Errorf("count the current rows: %w", err)
			}
			key := DaySource{row[0], row[1]}
			if out[key] == nil {
				out[key] = map[string]int64{}
			}
			out[key][row[2]] = n
		}
		return nil
	})
	return out, err
}
