package warehouse

import (
	"context"
	"errors"
	"fmt"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/reservation"
)

// The queries of a Look.
var (
	gateQuery                = query("gate")
	erasedQuery              = query("erased")
	readingReservationsQuery = query("reading_reservations")
	readingCustomersQuery    = query("reading_customers")
	readingAbsencesQuery     = query("reading_absences")
	readingMergesQuery       = query("reading_merges")
	staleQuery               = query("stale")
	unledgeredQuery          = query("unledgered")
)

// Look is the warehouse as it stands while it is looked at: one session, nothing is written.
type Look struct{ s session }

// gateRow is what load_gate says.
type gateRow struct {
	Passed int64 `sql:"passed"` // how many loads and erasures there were
}

// Look runs work on the warehouse as it stands. Where something was loaded or erased meanwhile and the engine let it be seen,
// what work found is worth nothing: a temporary fault.
func (w *Warehouse) Look(ctx context.Context, work func(*Look) error) error {
	began := false
	err := w.outlast(ctx, func() error {
		err := w.with(ctx, func(s session) error {
			err := s.transact(ctx, func(s session) (bool, error) {
				began = true
				return false, work(&Look{s})
			})
			if err != nil {
				return err
			}
			return w.unmoved(ctx, s)
		})
		if err != nil && began {
			return &exhausted{err} // work may have told of what it found
		}
		return err
	})
	if errors.Is(err, errStale) {
		return fault.New(fault.Temporary, "run again while nothing is loaded",
			"look at %s: something was loaded or erased meanwhile", w.url)
	}
	return err
}

// Ledger returns the entries of a day as Warehouse.Ledger does.
func (l *Look) Ledger(ctx context.Context, day string) ([]Entry, error) {
	return l.s.ledger(ctx, day, day, func(*ledgerRow) bool { return true })
}

// Erased reads everybody who is to be forgotten, each once.
func (l *Look) Erased(ctx context.Context, use func(Subject)) error {
	return rowsOf(ctx, l.s, erasedQuery, nil, func(g *Subject) error {
		use(*g)
		return nil
	})
}

// Held reads everybody who asks to be forgotten and is not heeded, each once a reading that says so.
func (l *Look) Held(ctx context.Context, use func(reading string, guest Subject)) error {
	type row struct {
		Reading string `sql:"reading"`
		Subject
	}
	return rowsOf(ctx, l.s, heldGuestsQuery, nil, func(r *row) error {
		use(r.Reading, r.Subject)
		return nil
	})
}

// Reservations reads what the table has of a reading's bookings on some lines, both ends included, in any order. A row is void
// after the call.
func (l *Look) Reservations(ctx context.Context, reading string, from, to int64, use func(*reservation.Reservation) error) error {
	return rowsOf(ctx, l.s, readingReservationsQuery, []any{reading, from, to}, use)
}

// Customers is Reservations for guests.
func (l *Look) Customers(ctx context.Context, reading string, from, to int64, use func(*reservation.Customer) error) error {
	return rowsOf(ctx, l.s, readingCustomersQuery, []any{reading, from, to}, use)
}

// Absences is Reservations for absent ids.
func (l *Look) Absences(ctx context.Context, reading string, from, to int64, use func(*reservation.Absence) error) error {
	return rowsOf(ctx, l.s, readingAbsencesQuery, []any{reading, from, to}, use)
}

// Merges is Reservations for merged guests.
func (l *Look) Merges(ctx context.Context, reading string, from, to int64, use func(*reservation.Merge) error) error {
	return rowsOf(ctx, l.s, readingMergesQuery, []any{reading, from, to}, use)
}

// Stale says how the current rows of the keys that a day's readings touch differ from what the observations say.
type Stale struct {
	Keys, Differ int64
	Should, Is   string // of the first that differs: "line N of reading R", or "none"
}

// Stale compares the current rows of a day's bookings or guests (reservation.KindReservation, KindCustomer) with all their
// observations, absences and merges.
func (l *Look) Stale(ctx context.Context, kind, day string) (Stale, error) {
	q := staleQuery
	switch kind {
	case reservation.KindReservation:
	case reservation.KindCustomer:
		q = ofCustomers(q)
	default:
		return Stale{}, unknownKind(kind)
	}
	r, err := oneOf[staleRow](ctx, l.s, q, day)
	return Stale{r.Keys, r.Differ, placeOf(r.ShouldReading, r.ShouldLine), placeOf(r.IsReading, r.IsLine)}, err
}

// staleRow is the one row of sql/query/stale.sql.
type staleRow struct {
	Keys          int64  `sql:"touched_keys"`
	Differ        int64  `sql:"differing_keys"`
	ShouldReading string `sql:"should_reading"`
	ShouldLine    int64  `sql:"should_line,null"`
	IsReading     string `sql:"is_reading"`
	IsLine        int64  `sql:"is_line,null"`
}

func placeOf(reading string, line int64) string {
	if reading == "" {
		return "none"
	}
	return fmt.Sprintf("line %d of reading %s", line, reading)
}

// Unledgered returns the readings of a day that the tables have rows of and the ledger does not name, sorted, and how many rows.
func (l *Look) Unledgered(ctx context.Context, day string) (readings []string, rows []int64, err error) {
	type row struct {
		Reading  string `sql:"reading"`
		Observed int64  `sql:"observed"`
	}
	like := "%/" + day + "/%"
	err = rowsOf(ctx, l.s, unledgeredQuery, []any{like, like, like, like}, func(r *row) error {
		readings, rows = append(readings, r.Reading), append(rows, r.Observed)
		return nil
	})
	return readings, rows, err
}
