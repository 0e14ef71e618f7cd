package warehouse

import (
	"context"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse/engine"
)

// Held is a current row as far as it can be compared with the platform's record.
type Held struct {
	ID     string `sql:"id"`
	Epoch  int64  `sql:"clock_epoch"`
	Clock  int64  `sql:"clock"`
	Digest string `sql:"digest"` // empty once the guest was erased

	Day       string    // service date of a booking, YYYY-MM-DD; empty where it has none
	ChangedAt time.Time // of a guest, by the platform; zero once erased
}

// The rows of the queries: each has one more column.
type (
	heldReservation struct {
		Held
		ServiceDate string `sql:"service_date"`
	}
	heldCustomer struct {
		Held
		At time.Time `sql:"changed_at,null"`
	}
	heldAny struct {
		Held
		Kind string `sql:"kind"`
	}
)

var (
	heldReservationsQuery = query("held_reservations")
	heldCustomersQuery    = query("held_customers")
	heldAmongQuery        = query("held_among")
	heldErasuresQuery     = query("held_erasures")
)

// HeldReservations reads the current bookings of a restaurant at a platform for service dates (YYYY-MM-DD, both included), and
// those without a date, sorted by id, one after the other.
func (w *Warehouse) HeldReservations(ctx context.Context, platform string, restaurant int64, from, to string,
	use func(Held)) error {
	return w.with(ctx, func(s session) error {
		args := []any{platform, restaurant, from, to}
		return rowsOf(ctx, s, heldReservationsQuery, args, func(r *heldReservation) error {
			r.Day = r.ServiceDate
			use(r.Held)
			return nil
		})
	})
}

// HeldCustomers reads the current guests of a source that changed in a span of time, and those who were erased, sorted by id,
// one after the other.
func (w *Warehouse) HeldCustomers(ctx context.Context, platform, source string, from, to time.Time, use func(Held)) error {
	args := []any{platform, source + "/%", from.UTC().Format(engine.TimestampForm), to.UTC().Format(engine.TimestampForm)}
	return w.with(ctx, func(s session) error {
		return rowsOf(ctx, s, heldCustomersQuery, args, func(r *heldCustomer) error {
			if r.Digest != "" {
				r.ChangedAt = r.At
			}
			use(r.Held)
			return nil
		})
	})
}

// HeldErasures reads the ids of a platform's guests whose erasure is in the warehouse, sorted.
func (w *Warehouse) HeldErasures(ctx context.Context, platform string, use func(id string)) error {
	type row struct {
		CustomerID string `sql:"customer_id"`
	}
	return w.with(ctx, func(s session) error {
		return rowsOf(ctx, s, heldErasuresQuery, []any{platform}, func(r *row) error {
			use(r.CustomerID)
			return nil
		})
	})
}

// The keys of the tables that name what was touched.
type (
	reservationKey struct {
		Platform string `sql:"platform"`
		ID       string `sql:"reservation_id"`
	}
	customerKey struct {
		Platform string `sql:"platform"`
		ID       string `sql:"customer_id"`
	}
)

// HeldAmong returns, of some ids of a platform's bookings or guests, those that are in the warehouse, whatever their date.
func (w *Warehouse) HeldAmong(ctx context.Context, kind, platform string, ids []string) (found []Held, err error) {
	var touch func(session) error
	switch kind {
	case reservation.KindReservation:
		touch = func(s session) error {
			rows := make([]reservationKey, len(ids))
			for i, id := range ids {
				rows[i] = reservationKey{platform, id}
			}
			return insert(ctx, s, "touched_reservations", rows)
		}
	case reservation.KindCustomer:
		touch = func(s session) error {
			rows := make([]customerKey, len(ids))
			for i, id := range ids {
				rows[i] = customerKey{platform, id}
			}
			return insert(ctx, s, "touched_customers", rows)
		}
	default:
		return nil, unknownKind(kind)
	}
	err = w.with(ctx, func(s session) error {
		if err := s.execAll(ctx, landingDDL); err != nil {
			return err
		}
		if err := touch(s); err != nil {
			return err
		}
		return rowsOf(ctx, s, heldAmongQuery, nil, func(r *heldAny) error {
			found = append(found, r.Held)
			return nil
		})
	})
	return found, err
}

// unknownKind is the defect of a kind of record that the warehouse has no table of.
func unknownKind(kind string) error {
	return fault.New(fault.Defect, "report it with this text", "the warehouse has no records of the kind %q", kind)
}
