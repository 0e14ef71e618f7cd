// Package reconcile compares what a platform has for a range of service dates with the warehouse's current rows, and reads what
// differs. Start with Run; compare.go judges a record.
package reconcile

import (
	"context"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reading"
	"covers/tasks/internal/receipt"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
)

// Options are all that a reconciliation depends on.
type Options struct {
	Reading  reading.Options // its Keep, Progress and Machine are the reconciliation's own
	From, To time.Time       // service dates, both included, as midnight UTC
	Receipts *lake.Zone      // nil in a dry run
	Progress func(done, total int64)
	Machine  machine.Machine

	// Open opens the warehouse for reading. It is called once before the platform is asked, and may be called once more after.
	Open func(context.Context) (*warehouse.Warehouse, error)
}

// Outcome is what a reconciliation found; of a dry run, what it would ask and compare.
type Outcome struct {
	Receipt
	Key      string // of the receipt
	Manifest string // of the reading; empty where nothing differs
	Objects  []string
	Held     map[string]int64  // rows of the warehouse that are compared, by kind
	Planned  []reading.Request // of a dry run
}

// Run compares, and writes down what differs. A run that fails leaves nothing.
//
// The warehouse is read first and closed: a DuckDB file has no writer beside a reader, and a platform may take hours.
func Run(ctx context.Context, o Options) (out Outcome, err error) {
	src := o.Reading.Source
	for _, d := range []time.Time{o.From, o.To} {
		if !src.Expected(day(d)) {
			return out, fault.New(fault.Usage, "ask for other days, or change the entry's from or until",
				"%s is not read on %s", src.ID, day(d))
		}
	}
	c, err := newComparison(o.Machine, src, day(o.From), day(o.To))
	if err != nil {
		return out, err
	}
	c.progress = o.Progress
	if err := c.readWarehouse(ctx, o); err != nil {
		return out, err
	}
	o.Reading.Keep, o.Reading.Progress, o.Reading.Machine = c.keep, nil, o.Machine
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
	started := o.Machine.Now().UTC().Truncate(time.Millisecond)
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
	out.Receipt = c.receipt()
	out.StartedAt = started
	err = out.keep(ctx, o, w)
	return out, err
}

// keep fills the receipt with what the reading was, and stores it.
func (out *Outcome) keep(ctx context.Context, o Options, w *reading.Work) error {
	m := w.Reading()
	for _, object := range slices.Concat(m.Objects, m.RequestLog) {
		out.Objects = append(out.Objects, object.Key)
	}
	out.Source, out.From, out.To = o.Reading.Source.ID, day(o.From), day(o.To)
	for kind, n := range m.Counts {
		if n.Unread > 0 {
			if out.Unread == nil {
				out.Unread = map[string]int64{}
			}
			out.Unread[kind] = n.Unread
		}
	}
	out.Stable, out.Requests = m.Stable, w.Stats().Requests
	out.FinishedAt = o.Machine.Now().UTC().Truncate(time.Millisecond)
	if out.Manifest != "" {
		out.Reading = m.Reading
	}
	id, err := lake.ParseReadingID(m.Reading)
	if err != nil {
		return err
	}
	out.Key, err = receipt.Store(ctx, o.Receipts, out.key(id.Name), out.Receipt)
	return err
}

// read sweeps the lists of a kind, then asks for what they do not have.
func (c *comparison) read(ctx context.Context, o Options, r *reading.Reader, w *reading.Work, kind string) error {
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

// lists returns a kind's lists. Bookings have one for each service date, so that a list that does not stand still is a short
// one; guests have one of what changed, since they have no date.
func lists(r *reading.Reader, o Options, kind string) (all []dated) {
	if kind != reservation.KindReservation {
		return []dated{{r.List(kind, lake.ByUpdated, o.From, o.To), o.From}}
	}
	for d := o.From; !d.After(o.To); d = d.AddDate(0, 0, 1) {
		all = append(all, dated{r.List(kind, lake.ByServiceDate, d, d), d})
	}
	return all
}

func planned(r *reading.Reader, o Options) []reading.Request {
	all := []reading.Request{r.Token()}
	for _, kind := range o.Reading.Source.Kinds {
		for _, l := range lists(r, o, kind) {
			all = append(all, l.Requests...)
		}
		all = append(all, r.One(kind, "each id that the warehouse has and no list"))
	}
	return all
}

func day(t time.Time) string { return t.Format(time.DateOnly) }
