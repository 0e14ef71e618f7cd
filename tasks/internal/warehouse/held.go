package warehouse

import (
	"context"
	"strconv"
	"time"

	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse/engine"
)

// Held is a current row as far as it can be compared with the platform's record.
type Held struct {
	ID           string
	Epoch, Clock int64
	Digest       string // empty once the guest was erased

	Day       string    // service date of a booking, YYYY-MM-DD; empty where it has none
	ChangedAt time.Time // of a guest, by the platform; zero once erased
}

var (
	heldReservationsQuery = query("held_reservations")
	heldCustomersQuery    = query("held_customers")
	heldAmongQuery        = query("held_among")
	heldErasuresQuery     = query("held_erasures")
)

// HeldReservations gives the current bookings of a restaurant at a platform for service dates (YYYY-MM-DD, both included), and
// those without a date, sorted by id, one after the other.
func (w *Warehouse) HeldReservations(ctx context.Context, platform string, restaurant int64, from, to string, use func(Held)) error {
	return w.with(ctx, func(s session) error {
		return s.held(ctx, heldReservationsQuery, []any{platform, restaurant, from, to}, func(h Held, day string) {
			h.Day = day
			use(h)
		})
	})
}

// HeldCustomers gives the current guests of a source that changed in a span of time, and those who were erased, sorted by id,
// one after the other.
func (w *Warehouse) HeldCustomers(ctx context.Context, platform, source string, from, to time.Time, use func(Held)) error {
	args := []any{platform, source + "/%", from.UTC().Format(engine.TimestampForm), to.UTC().Format(engine.TimestampForm)}
	return w.with(ctx, func(s session) error {
		return s.held(ctx, heldCustomersQuery, args, func(h Held, at string) {
			if h.Digest != "" {
				h.ChangedAt, _ = time.Parse(engine.ShownForm, at)
			}
			use(h)
		})
	})
}

// held runs a query of id, epoch, clock, digest and one more column.
func (s session) held(ctx context.Context, st Statement, args []any, use func(h Held, more string)) error {
	return s.each(ctx, st, args, func(_, types []string, values []any) error {
		column := func(i int) string { return engine.Text(types[i], values[i]) }
		h := Held{ID: column(0), Digest: column(3)}
		var err error
		if h.Epoch, err = strconv.ParseInt(column(1), 10, 64); err != nil {
			return err
		}
		if h.Clock, err = strconv.ParseInt(column(2), 10, 64); err != nil {
			return err
		}
		use(h, column(4))
		return nil
	})
}

// HeldErasures gives the ids of a platform's guests whose erasure is in the warehouse, sorted.
func (w *Warehouse) HeldErasures(ctx context.Context, platform string, use func(id string)) error {
	return w.with(ctx, func(s session) error {
		return s.each(ctx, heldErasuresQuery, []any{platform}, func(_, types []string, values []any) error {
			use(engine.Text(types[0], values[0]))
			return nil
		})
	})
}

// HeldAmong gives, of some ids of a platform's bookings or guests, those that are in the warehouse, whatever their date.
func (w *Warehouse) HeldAmong(ctx context.Context, kind, platform string, ids []string) (found []Held, err error) {
	table, column := "touched_reservations", "reservation_id"
	if kind == reservation.KindCustomer {
		table, column = "touched_customers", "customer_id"
	}
	rows := make([][]any, len(ids))
	for i, id := range ids {
		rows[i] = []any{platform, id}
	}
	err = w.with(ctx, func(s session) error {
		if err := s.execAll(ctx, landingDDL); err != nil {
			return err
		}
		if err := s.insert(ctx, table, []string{"platform", column}, rows); err != nil {
			return err
		}
		return s.held(ctx, heldAmongQuery, nil, func(h Held, _ string) { found = append(found, h) })
	})
	return found, err
}
