package reconcile

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reading"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
)

// ReconcileOptions are all that a reconciliation depends on.
type ReconcileOptions struct {
	Reading   reading.Options // its Keep and Progress are the reconciliation's own
	From, To  time.Time       // service dates, both included, as midnight UTC
	Warehouse string          // URL
	Receipts  *lake.Zone      // nil in a dry run
	Progress  func(done, total int64)
	Now       func() time.Time
}

// Reconciled is what a reconciliation found; of a dry run, what it would ask and compare.
type Reconciled struct {
	Receipt
	Key      string // of the receipt
	Manifest string // of the reading; empty where nothing differs
	Objects  []string
	Held     map[string]int64  // rows of the warehouse that are compared, by kind
	Planned  []reading.Request // of a dry run
}

// Reconcile compares and writes down what differs. Nothing of a run that fails stays.
//
// The warehouse is read first and closed: a DuckDB file has no writer beside a reader, and a platform may take hours.
func Reconcile(ctx context.Context, o ReconcileOptions) (out Reconciled, err error) {
	src := o.Reading.Source
	for _, d := range []time.Time{o.From, o.To} {
		if !src.Expected(day(d)) {
			return out, fault.New(fault.Usage, "ask for other days, or change the entry's from or until", "%s is not read on %s", src.ID, day(d))
		}
	}
	c, err := newComparison(src, day(o.From), day(o.To))
	if err != nil {
		return out, err
	}
	c.progress = o.Progress
	if err := c.readWarehouse(ctx, o); err != nil {
		return out, err
	}
	o.Reading.Keep, o.Reading.Progress = c.keep, nil
	r, err := reading.Open(o.Reading)
	if err != nil {
		return out, err
	}
	defer r.Close()
	out.Held = c.heldCounts()
	if o.Reading.DryRun {
		out.Planned = planned(r, o)
		return out, nil
	}
	started := o.Now().UTC().Truncate(time.Millisecond)
	w := r.Begin(day(o.To), lake.ByReconcile, reading.Window{From: day(o.From), To: day(o.To)})
	defer w.TakeBack(ctx)
	for _, kind := range src.Kinds {
		if err := c.read(ctx, o, r, w, kind); err != nil {
			return out, err
		}
	}
	if err := c.lookAgain(ctx, o); err != nil {
		return out, err
	}
	if w.Lines() > 0 {
		if out.Manifest, err = w.Publish(ctx); err != nil {
			return out, err
		}
	}
	m := w.Reading()
	for _, object := range slices.Concat(m.Objects, m.RequestLog) {
		out.Objects = append(out.Objects, object.Key)
	}
	out.Receipt = c.receipt()
	out.Source, out.From, out.To, out.Warehouse = src.ID, day(o.From), day(o.To), c.warehouse
	out.Stable, out.Requests, out.StartedAt, out.FinishedAt = m.Stable, w.Stats().Requests, started, o.Now().UTC().Truncate(time.Millisecond)
	if out.Manifest != "" {
		out.Reading = m.Reading
	}
	id, err := lake.ParseReadingID(m.Reading)
	if err != nil {
		return out, err
	}
	out.Key, err = storeReceipt(ctx, o.Receipts, out.key(id.Name), out.Receipt)
	return out, err
}

// read sweeps the lists of a kind, then asks for what they do not have.
func (c *comparison) read(ctx context.Context, o ReconcileOptions, r *reading.Reader, w *reading.Work, kind string) error {
	for _, l := range lists(r, o, kind) {
		c.listing = day(l.from)
		if _, err := w.Sweep(ctx, l.List); err != nil {
			return err
		}
	}
	ids := c.unlisted(kind)
	zerolog.Ctx(ctx).Info().Str("kind", kind).Int("records", len(ids)).Msg("not listed, asked for by id")
	c.asking = true
	defer func() { c.asking = false }()
	if err := w.Ask(ctx, kind, ids, c.listed[kind], func(id string, a reading.Asked) { c.told(kind, id, a) }); err != nil {
		return err
	}
	c.answeredOtherwise(kind, ids)
	return nil
}

// dated is a list and the service date that it is for.
type dated struct {
	reading.List
	from time.Time
}

// lists are a kind's: bookings by service date, a date each, so that one that does not stand still is a short one; guests by
// change, since they have no date.
func lists(r *reading.Reader, o ReconcileOptions, kind string) (all []dated) {
	if kind != reservation.KindReservation {
		return []dated{{r.List(kind, lake.ByUpdated, o.From, o.To), o.From}}
	}
	for d := o.From; !d.After(o.To); d = d.AddDate(0, 0, 1) {
		all = append(all, dated{r.List(kind, lake.ByServiceDate, d, d), d})
	}
	return all
}

func planned(r *reading.Reader, o ReconcileOptions) []reading.Request {
	all := []reading.Request{r.Token()}
	for _, kind := range o.Reading.Source.Kinds {
		for _, l := range lists(r, o, kind) {
			all = append(all, l.Requests...)
		}
		all = append(all, r.One(kind, "each id that the warehouse has and no list"))
	}
	return all
}

// readWarehouse takes the rows to compare. Guests are taken with some days on either side: what a platform lists for a window
// whose edges it does not document must be found here.
func (c *comparison) readWarehouse(ctx context.Context, o ReconcileOptions) error {
	return withWarehouse(ctx, o.Warehouse, func(w *warehouse.Warehouse) error {
		c.warehouse = w.URL()
		src := o.Reading.Source
		for _, kind := range src.Kinds {
			var err error
			if kind == reservation.KindReservation {
				err = w.HeldReservations(ctx, src.Platform, src.RestaurantID, day(o.From), day(o.To), func(h warehouse.Held) {
					c.hold(kind, h, true)
				})
			} else {
				to := o.To.AddDate(0, 0, 1)
				if src.Platform == reservation.OpenTable {
					to = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) // its list of changes has no end
				}
				if err := w.HeldErasures(ctx, src.Platform, func(id string) { c.erased[id] = true }); err != nil {
					return err
				}
				margin := src.Access.Overlap + 48*time.Hour
				err = w.HeldCustomers(ctx, src.Platform, src.ID, o.From.Add(-margin), to.Add(margin), func(h warehouse.Held) {
					c.hold(kind, h, !h.ChangedAt.Before(o.From) && h.ChangedAt.Before(to))
				})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// lookAgain tells what is nowhere in the warehouse from what is there under another date or time.
func (c *comparison) lookAgain(ctx context.Context, o ReconcileOptions) error {
	if len(c.missing()) == 0 {
		return nil
	}
	return withWarehouse(ctx, o.Warehouse, func(w *warehouse.Warehouse) error {
		for kind, ids := range c.missing() {
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

// How long another program's work on the warehouse is waited for.
const (
	patience = 2 * time.Minute
	lookPace = 2 * time.Second
)

// withWarehouse opens the warehouse for reading. What is locked is tried again for a while.
func withWarehouse(ctx context.Context, url string, use func(*warehouse.Warehouse) error) error {
	var w *warehouse.Warehouse
	for began := time.Now(); ; {
		var err error
		if w, err = warehouse.Open(ctx, machine.This(), url, warehouse.ReadOnly); err == nil {
			break
		}
		if fault.KindOf(err) != fault.Temporary || time.Since(began) > patience {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lookPace):
		}
	}
	return errors.Join(use(w), w.Close())
}

func day(t time.Time) string { return t.Format(time.DateOnly) }
