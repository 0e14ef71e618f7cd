// Package sheettest holds the facts of a day for tests to change.
package sheettest

import (
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/report/sheet"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/warehouse"
)

// The day of the facts, and its only source.
const (
	Day    = "2026-03-28"
	Source = "thefork/101"
)

// InOrder returns the facts of a day with nothing wrong: one reading of one source.
func InOrder() sheet.Facts {
	at := time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC)
	rank := lake.Rank{Contract: 1, Source: 1, Key: 1}
	reading := lake.ReadingID{Source: Source, Day: Day, By: lake.ByUpdated, Name: "20260329T010000.000Z-00000001"}.String()
	counts := map[string]lake.ResultCounts{
		reservation.KindReservation: {Received: 10, Accepted: 9, Quarantined: 1, Reasons: map[string]int64{"range": 1}},
	}
	return sheet.Facts{
		Day:     Day,
		Sources: []source.Source{{ID: Source, Kinds: []string{reservation.KindReservation}}},
		Readings: map[string][]lake.Reading{Source: {{
			Reading: reading, Source: Source, Day: Day, By: lake.ByUpdated, StartedAt: at, Stable: true, Sweeps: 2,
			Counts: map[string]lake.RawCounts{reservation.KindReservation: {Listed: 21, Received: 10, Repeated: 10, Gone: 1}},
		}}},
		Results: map[string][]lake.Result{
			Source: {{Reading: reading, Source: Source, Day: Day, By: lake.ByUpdated, Rank: rank, Counts: counts}},
		},
		Ledger: []warehouse.Entry{{
			Reading: reading, Source: Source, Day: Day, Rank: rank.String(),
			Counts: map[string]warehouse.Counts{
				reservation.KindReservation: {Received: 10, Accepted: 9, Quarantined: 1, Landed: 9},
			},
		}},
		Current: map[warehouse.DaySource]map[string]int64{{Day: Day, Source: Source}: {reservation.KindReservation: 8}},
	}
}
