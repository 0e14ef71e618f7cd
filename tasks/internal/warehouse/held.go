package warehouse

import (
	"cmp"
	"context"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse/engine"
)

// Held is a current row as far as it can be compared with the platform's record.
type Held struct {
	ID    string `sql:"id"`
	Epoch int64  `sql:"clock_epoch"`
	Clock int64  `sql:"clock"`
	// Digest is of the content: of a guest's as far as no token key decides it (reservation.Digester.Keyless). Empty once the
	// guest was erased.
	Digest string `sql:"digest"`

	Day       string    // service date of a booking, YYYY-MM-DD; empty where it has none
	ChangedAt time.Time // of a guest, by the platform; zero once erased
}

// heldReservation is a row of its query.
type heldReservation struct {
	Held
	ServiceDate string `sql:"service_date"`
}

// heldCustomer returns a guest's row as it is compared.
func heldCustomer(d *reservation.Digester, c *reservation.Customer) Held {
	h := Held{ID: c.CustomerID, Epoch: c.ClockEpoch, Clock: c.Clock}
	if c.Digest == "" {
		return h
	}
	h.Digest = string(d.Keyless(c))
	if at := cmp.Or(c.UpdatedAt, c.CreatedAt); at != nil {
		h.ChangedAt = time.UnixMicro(*at).UTC()
	}
	return h
}

var (
	heldReservationsQuery   = query("held_reservations")
	heldCustomersQuery      = query("held_customers")
	heldHiddenQuery         = query("held_hidden")
	heldMergesQuery         = query("held_merges")
	heldAmongQuery          = query("held_among")
	heldAmongCustomersQuery = query("held_among_customers")
	erasedGuestsQuery       = query("erased_guests")
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
	return w.heldCustomers(ctx, heldCustomersQuery, args, use)
}

// HeldHidden reads the guests of a source who are hidden: the warehouse has them, and no current row of them. They are sorted by
// id.
func (w *Warehouse) HeldHidden(ctx context.Context, platform, source string, use func(Held)) error {
	return w.heldCustomers(ctx, heldHiddenQuery, []any{platform, source + "/%"}, use)
}

func (w *Warehouse) heldCustomers(ctx context.Context, q Statement, args []any, use func(Held)) error {
	var d reservation.Digester
	return w.with(ctx, func(s session) error {
		return rowsOf(ctx, s, q, args, func(c *reservation.Customer) error {
			use(heldCustomer(&d, c))
			return nil
		})
	})
}

// HeldMerges reads whom a platform merged into whom, sorted by the first; survivor is empty where the platform named none.
func (w *Warehouse) HeldMerges(ctx context.Context, platform string, use func(id, survivor string)) error {
	type row struct {
		CustomerID string `sql:"customer_id"`
		SurvivorID string `sql:"survivor_id,null"`
	}
	return w.with(ctx, func(s session) error {
		return rowsOf(ctx, s, heldMergesQuery, []any{platform}, func(r *row) error {
			use(r.CustomerID, r.SurvivorID)
			return nil
		})
	})
}

// ErasedGuests reads the ids of a platform's guests whose erasure is in the warehouse, sorted.
func (w *Warehouse) ErasedGuests(ctx context.Context, platform string, use func(id string)) error {
	type row struct {
		CustomerID string `sql:"customer_id"`
	}
	return w.with(ctx, func(s session) error {
		return rowsOf(ctx, s, erasedGuestsQuery, []any{platform}, func(r *row) error {
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
	var among func(session) error
	switch kind {
	case reservation.KindReservation:
		among = func(s session) error {
			rows := make([]reservationKey, len(ids))
			for i, id := range ids {
				rows[i] = reservationKey{platform, id}
			}
			if err := insert(ctx, s, "touched_reservations", rows); err != nil {
				return err
			}
			found, err = allOf[Held](ctx, s, heldAmongQuery)
			return err
		}
	case reservation.KindCustomer:
		among = func(s session) error {
			rows := make([]customerKey, len(ids))
			for i, id := range ids {
				rows[i] = customerKey{platform, id}
			}
			if err := insert(ctx, s, "touched_customers", rows); err != nil {
				return err
			}
			var d reservation.Digester
			return rowsOf(ctx, s, heldAmongCustomersQuery, nil, func(c *reservation.Customer) error {
				found = append(found, heldCustomer(&d, c))
				return nil
			})
		}
	default:
		return nil, unknownKind(kind)
	}
	err = w.anew(ctx, func() error {
		found = nil
		return w.withTables(ctx, func(s session) error {
			if err := s.execAll(ctx, touchedTables); err != nil {
				return err
			}
			return among(s)
		})
	})
	return found, err
}

// unknownKind is the defect of a kind of record that the warehouse has no table of.
func unknownKind(kind string) error {
	return fault.New(fault.Defect, "report it with this text", "the warehouse has no records of the kind %q", kind)
}
