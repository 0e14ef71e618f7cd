package warehouse

import (
	"context"
	"errors"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/warehouse/engine"
)

// Subject is a guest at a platform, by the platform's own id.
type Subject struct {
	Platform   string `sql:"platform"`
	CustomerID string `sql:"customer_id"`
}

// Forgotten says what an erasure on demand reached.
type Forgotten struct {
	Subjects                int64 `sql:"subjects"`                 // that had not been erased before
	Connected               int64 `sql:"connected"`                // of them, not named, but held for one person with one who was
	Absent                  int64 `sql:"absent"`                   // of them, in no record: perhaps a mistyped id
	CustomerObservations    int64 `sql:"customer_observations"`    // emptied
	ReservationObservations int64 `sql:"reservation_observations"` // that lost the guest's id
}

// Forget erases guests on demand, and all whom merges connect with them, from what is there now and from whatever a later load
// brings. cause names the request, such as a receipt's number, and must not be a personal value. Repeated, it does nothing. A
// guest who is not there is remembered all the same.
func (w *Warehouse) Forget(ctx context.Context, subjects []Subject, cause string, at time.Time) (out Forgotten, err error) {
	if cause == "" || len(subjects) == 0 {
		return out, fault.New(fault.Usage, "name a cause and at least one guest", "forget: nobody, or no reason")
	}
	var unsure *Forgotten // what an earlier try did if its commit, whose answer was lost, took effect
	err = w.anew(ctx, func() error {
		err := w.withTables(ctx, func(s session) error {
			if err := s.execAll(ctx, landingTables); err != nil {
				return err
			}
			if err := s.name(ctx, subjects); err != nil {
				return err
			}
			return w.patiently(ctx, func() (err error) {
				out, err = s.forget(ctx, cause, at)
				return err
			})
		})
		if _, ok := errors.AsType[*uncertainCommit](err); ok {
			did := out
			unsure = &did
		}
		return err
	})
	if err == nil && unsure != nil && out.Subjects == 0 {
		return *unsure, nil // it had taken effect
	}
	return out, err
}

func (s session) forget(ctx context.Context, cause string, at time.Time) (out Forgotten, err error) {
	err = s.transact(ctx, func(s session) (bool, error) {
		if err := s.takeGate(ctx); err != nil {
			return false, err
		}
		// Behind the gate, since a load may have brought merges meanwhile.
		if err := s.connect(ctx); err != nil {
			return false, err
		}
		before, err := s.reach(ctx) // the id is off the reservations afterwards
		if err != nil {
			return false, err
		}
		out.Subjects, out.Connected, out.Absent = before.Subjects, before.Connected, before.Absent
		if _, err = s.exec(ctx, forget[0], cause, at.UTC().Format(engine.TimestampForm)); err != nil {
			return false, err
		}
		if _, err := s.until(ctx, connected); err != nil {
			return false, err
		}
		c := contribution{session: s}
		if err := c.chooseAgain(ctx, reached); err != nil {
			return false, err
		}
		if out.CustomerObservations, err = s.exec(ctx, eraseThere[0]); err != nil {
			return false, err
		}
		if out.ReservationObservations, err = s.exec(ctx, eraseThere[1]); err != nil {
			return false, err
		}
		err = c.choose(ctx)
		return err == nil, err
	})
	return out, err
}
