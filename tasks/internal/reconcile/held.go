package reconcile

import (
	"context"
	"errors"
	"time"

	"covers/tasks/internal/platforms"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
)

// readWarehouse takes the rows to compare.
func (c *comparison) readWarehouse(ctx context.Context, o Options) error {
	return o.withWarehouse(ctx, func(w *warehouse.Warehouse) error {
		c.warehouse = w.URL()
		for _, kind := range o.Reading.Source.Kinds {
			read := c.readGuests
			if kind == reservation.KindReservation {
				read = c.readBookings
			}
			if err := read(ctx, w, o); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *comparison) readBookings(ctx context.Context, w *warehouse.Warehouse, o Options) error {
	src := o.Reading.Source
	return w.HeldReservations(ctx, src.Platform, src.RestaurantID, day(o.From), day(o.To), func(h warehouse.Held) {
		c.hold(reservation.KindReservation, h, true)
	})
}

// readGuests takes guests with some days on either side. The platforms do not document the edges of a window, and what they list
// for one must be found here.
func (c *comparison) readGuests(ctx context.Context, w *warehouse.Warehouse, o Options) error {
	src := o.Reading.Source
	platform, err := platforms.Of(src.Platform)
	if err != nil {
		return err
	}
	to := o.To.AddDate(0, 0, 1)
	if !platform.ChangesEnd {
		to = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if err := w.ErasedGuests(ctx, src.Platform, func(id string) { c.erased[id] = true }); err != nil {
		return err
	}
	if err := w.HeldMerges(ctx, src.Platform, func(id, survivor string) { c.merges[id] = survivor }); err != nil {
		return err
	}
	// A hidden guest has no current row. Where no list has one, there is nothing to compare.
	err = w.HeldHidden(ctx, src.Platform, src.ID, func(h warehouse.Held) { c.hold(reservation.KindCustomer, h, false) })
	if err != nil {
		return err
	}
	margin := src.Access.Overlap + 48*time.Hour
	return w.HeldCustomers(ctx, src.Platform, src.ID, o.From.Add(-margin), to.Add(margin), func(h warehouse.Held) {
		c.hold(reservation.KindCustomer, h, !h.ChangedAt.Before(o.From) && h.ChangedAt.Before(to))
	})
}

// lookAgain tells what is nowhere in the warehouse from what is there under another date or time.
func (c *comparison) lookAgain(ctx context.Context, o Options) error {
	missing := c.missing()
	if len(missing) == 0 {
		return nil
	}
	return o.withWarehouse(ctx, func(w *warehouse.Warehouse) error {
		for kind, ids := range missing {
			found, err := w.HeldAmong(ctx, kind, o.Reading.Source.Platform, ids)
			if err != nil {
				return err
			}
			for _, h := range found {
				c.elsewhere(kind, h)
			}
		}
		return nil
	})
}

func (o Options) withWarehouse(ctx context.Context, use func(*warehouse.Warehouse) error) error {
	w, err := o.Open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(use(w), w.Close())
}
