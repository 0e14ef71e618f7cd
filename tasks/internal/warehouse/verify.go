package warehouse

import (
	"context"
	"fmt"
	"strconv"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse/engine"
)

// The queries of a Look.
var (
	gateQuery                = query("gate")
	erasedQuery              = query("erased")
	readingReservationsQuery = query("reading_reservations")
	readingCustomersQuery    = query("reading_customers")
	readingAbsencesQuery     = query("reading_absences")
	staleReservationsQuery   = query("stale_reservations")
	staleCustomersQuery      = query("stale_customers")
	unledgeredQuery          = query("unledgered")
)

// Look is the warehouse as it stands while it is looked at: one session, nothing is written.
type Look struct{ s session }

// Look runs work on the warehouse as it stands. Where something was loaded or erased meanwhile and the engine let it be seen,
// what work found is worth nothing: a temporary fault.
func (w *Warehouse) Look(ctx context.Context, work func(*Look) error) error {
	return w.with(ctx, func(s session) error {
		return s.transact(ctx, func(s session) (bool, error) {
			before, err := s.texts(ctx, gateQuery)
			if err != nil {
				return false, err
			}
			if err := work(&Look{s}); err != nil {
				return false, err
			}
			after, err := s.texts(ctx, gateQuery)
			if err != nil {
				return false, err
			}
			if fmt.Sprint(before) != fmt.Sprint(after) {
				return false, fault.New(fault.Temporary, "run again while nothing is loaded", "look at %s: something was loaded or erased meanwhile", w.url)
			}
			return false, nil
		})
	})
}

// Ledger gives the entries of a day as Warehouse.Ledger does.
func (l *Look) Ledger(ctx context.Context, day string) ([]Entry, error) {
	rows, err := l.s.texts(ctx, ledgerQuery, day, day)
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, row := range rows {
		e, err := entryOf(row)
		if err != nil {
			return nil, fmt.Errorf("read the ledger: %w", err)
		}
		out = append(out, e)
	}
	return out, nil
}

// Erased gives everybody who is to be forgotten, each once.
func (l *Look) Erased(ctx context.Context, use func(Subject)) error {
	return l.s.each(ctx, erasedQuery, nil, func(_, types []string, values []any) error {
		use(Subject{engine.Text(types[0], values[0]), engine.Text(types[1], values[1])})
		return nil
	})
}

// Reservations gives what the table has of a reading's bookings on some lines, both ends included, in any order. A row is void
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

// Stale says how the current rows of the keys that a day's readings touch differ from what the observations say.
type Stale struct {
	Keys, Differ int64
	Should, Is   string // of the first that differs: "line N of reading R", or "none"
}

// Stale compares the current rows of a day's bookings or guests (reservation.KindReservation, KindCustomer) with all their
// observations and absences.
func (l *Look) Stale(ctx context.Context, kind, day string) (out Stale, err error) {
	q := staleReservationsQuery
	if kind == reservation.KindCustomer {
		q = staleCustomersQuery
	}
	rows, err := l.s.texts(ctx, q, day)
	if err != nil {
		return out, err
	}
	for i, n := range []*int64{&out.Keys, &out.Differ} {
		if *n, err = strconv.ParseInt(rows[0][i], 10, 64); err != nil {
			return out, fmt.Errorf("compare the current rows: %w", err)
		}
	}
	place := func(reading, line string) string {
		if reading == "" {
			return "none"
		}
		return "line " + line + " of reading " + reading
	}
	out.Should, out.Is = place(rows[0][2], rows[0][3]), place(rows[0][4], rows[0][5])
	return out, nil
}

// Unledgered gives the readings of a day that the tables have rows of and the ledger does not name, sorted, and how many rows.
func (l *Look) Unledgered(ctx context.Context, day string) (readings []string, rows []int64, err error) {
	like := "%/" + day + "/%"
	found, err := l.s.texts(ctx, unledgeredQuery, like, like, like)
	for _, row := range found {
		n, err := strconv.ParseInt(row[1], 10, 64)
		if err != nil {
			return nil, nil, fmt.Errorf("count rows that the ledger does not name: %w", err)
		}
		readings, rows = append(readings, row[0]), append(rows, n)
	}
	return readings, rows, err
}
