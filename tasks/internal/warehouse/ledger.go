package warehouse

import (
	"context"
	"slices"
	"strings"
	"time"

	"covers/tasks/internal/reservation"
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

	Noted    int64    `json:"noted,omitempty"`    // accepted records of which a field was left out
	Unread   int64    `json:"unread,omitempty"`   // records that the platform has and did not give
	Withheld []string `json:"withheld,omitempty"` // kinds of which nothing went in: too much of them was refused
}

// ledgerRow is a row of the tables loads and taking.
type ledgerRow struct {
	Reading string    `sql:"reading"`
	Source  string    `sql:"source"`
	Day     string    `sql:"day"`
	By      string    `sql:"asked_by"`
	Rank    string    `sql:"rank"`
	Refused bool      `sql:"refused"`
	Stable  bool      `sql:"stable"`
	ReadAt  time.Time `sql:"read_at"`

	ReservationReceived    int64 `sql:"reservation_received"`
	ReservationAccepted    int64 `sql:"reservation_accepted"`
	ReservationQuarantined int64 `sql:"reservation_quarantined"`
	ReservationLanded      int64 `sql:"reservation_landed"`

	CustomerReceived    int64 `sql:"customer_received"`
	CustomerAccepted    int64 `sql:"customer_accepted"`
	CustomerQuarantined int64 `sql:"customer_quarantined"`
	CustomerLanded      int64 `sql:"customer_landed"`

	Erasures int64     `sql:"erasures"`
	Absent   int64     `sql:"absent"`
	Manifest string    `sql:"manifest"`
	Result   string    `sql:"result"`
	Program  string    `sql:"program"`
	LoadedAt time.Time `sql:"loaded_at"`

	CustomerMerged int64  `sql:"customer_merged"`
	Noted          int64  `sql:"noted"`
	Unread         int64  `sql:"unread"`
	Withheld       string `sql:"withheld"` // kinds, with a comma between
}

func (r *ledgerRow) entry() Entry {
	e := Entry{
		Reading: r.Reading, Source: r.Source, Day: r.Day, By: r.By, Rank: r.Rank, Refused: r.Refused, Stable: r.Stable,
		ReadAt: r.ReadAt,
		Counts: map[string]Counts{
			reservation.KindReservation: {
				Received: r.ReservationReceived, Accepted: r.ReservationAccepted,
				Quarantined: r.ReservationQuarantined, Landed: r.ReservationLanded,
			},
			reservation.KindCustomer: {
				Received: r.CustomerReceived, Accepted: r.CustomerAccepted,
				Quarantined: r.CustomerQuarantined, Landed: r.CustomerLanded, Merged: r.CustomerMerged,
			},
		},
		Erasures: r.Erasures, Absent: r.Absent, Manifest: r.Manifest, Result: r.Result, Program: r.Program, LoadedAt: r.LoadedAt,
		Noted: r.Noted, Unread: r.Unread,
	}
	if r.Withheld != "" {
		e.Withheld = strings.Split(r.Withheld, ",")
	}
	return e
}

// Ledger returns the entries of days (YYYY-MM-DD; nil: all), sorted by day, source and when they were read.
func (w *Warehouse) Ledger(ctx context.Context, days []string) (out []Entry, err error) {
	first, last := firstDay, lastDay
	if len(days) > 0 {
		first, last = slices.Min(days), slices.Max(days)
	}
	err = w.with(ctx, func(s session) error {
		out, err = s.ledger(ctx, first, last, func(r *ledgerRow) bool { return days == nil || slices.Contains(days, r.Day) })
		return err
	})
	return out, err
}

// The days of a ledger's query for all of it.
const firstDay, lastDay = "0001-01-01", "9999-12-31"

// ledger returns the entries of a span of days for which take reports true.
func (s session) ledger(ctx context.Context, first, last string, take func(*ledgerRow) bool) (out []Entry, err error) {
	err = rowsOf(ctx, s, ledgerQuery, []any{first, last}, func(r *ledgerRow) error {
		if take(r) {
			out = append(out, r.entry())
		}
		return nil
	})
	return out, err
}

// known is what the warehouse knows of readings before a load.
type known struct {
	ranks  map[string]string // of every loaded reading
	holds  map[string]Hold   // of those with requests to forget that are held, or were decided about
	passed int64             // how often the gate had been passed
}

// known returns it.
func (w *Warehouse) known(ctx context.Context) (k known, err error) {
	type row struct {
		Reading string `sql:"reading"`
		Rank    string `sql:"rank"`

		Requests int64    `sql:"requests"`
		Decision Decision `sql:"decision,null"`
	}
	k.ranks, k.holds = map[string]string{}, map[string]Hold{}
	err = w.with(ctx, func(s session) error {
		k.passed = s.passed
		return rowsOf(ctx, s, ranksQuery, nil, func(r *row) error {
			if r.Rank != "" {
				k.ranks[r.Reading] = r.Rank
			}
			if r.Requests > 0 || r.Decision != "" {
				k.holds[r.Reading] = Hold{Reading: r.Reading, Requests: r.Requests, Decision: r.Decision}
			}
			return nil
		})
	})
	return k, err
}

// DaySource is a day's readings of one source.
type DaySource struct {
	Day    string `json:"day" sql:"day"`
	Source string `json:"source" sql:"source"`
}

// CurrentCounts returns, by day and source of some days' readings and then by kind, how many current rows come from them. What
// later readings replaced counts there.
func (m *Moment) CurrentCounts(ctx context.Context, days Readings) (map[DaySource]map[string]int64, error) {
	type row struct {
		DaySource
		Kind string `sql:"kind"`
		Rows int64  `sql:"current_rows"`
	}
	out := map[DaySource]map[string]int64{}
	err := rowsOf(ctx, m.s, currentQuery, slices.Concat(days.bounds(), days.bounds()), func(r *row) error {
		if out[r.DaySource] == nil {
			out[r.DaySource] = map[string]int64{}
		}
		out[r.DaySource][r.Kind] = r.Rows
		return nil
	})
	return out, err
}
