package transform

import (
	"context"
	"errors"
	"fmt"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/reservation"
)

// gathering is the work on one kind after the other.
type gathering struct {
	o           Options
	results     []lake.Found[lake.Result]
	kept        kept
	done, total int64
}

// objects gathers the rows of all kinds, each in an object, or in several where there are very many.
func (g *gathering) objects(ctx context.Context, a *lake.Attempt) (objects []lake.Object, err error) {
	if objects, err = gather[reservation.Reservation](ctx, g, a, reservation.KindReservation, objects); err != nil {
		return nil, err
	}
	if objects, err = gather[reservation.Customer](ctx, g, a, reservation.KindCustomer, objects); err != nil {
		return nil, err
	}
	if objects, err = gather[reservation.Erasure](ctx, g, a, lake.KindErasure, objects); err != nil {
		return nil, err
	}
	if objects, err = gather[reservation.Absence](ctx, g, a, lake.KindAbsence, objects); err != nil {
		return nil, err
	}
	return gather[reservation.Merge](ctx, g, a, lake.KindMerge, objects)
}

// tick counts rows read.
func (g *gathering) tick(n int64) {
	g.done += n
	if g.o.Progress != nil {
		g.o.Progress(g.done, g.total)
	}
}

// gather copies all rows of a kind, and counts them again on the way. What is copied is what was verified.
func gather[T any](
	ctx context.Context, g *gathering, a *lake.Attempt, kind string, objects []lake.Object,
) ([]lake.Object, error) {
	w := parquetrows.NewWriter[T](a, kind, g.o.Day+"/")
	defer w.Abort()
	for _, r := range g.results {
		before := w.Rows()
		for _, o := range objectsOf(r, kind) {
			if err := copyRows(ctx, g, w, o); err != nil {
				return nil, fmt.Errorf("gather %s: %w", r.Key, err)
			}
		}
		if err := balance(r, kind, w.Rows()-before); err != nil {
			return nil, err
		}
	}
	return w.Close(ctx, objects)
}

func copyRows[T any](ctx context.Context, g *gathering, w *parquetrows.Writer[T], o lake.Object) (err error) {
	s, err := verified[T](ctx, g, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := w.Copy(ctx, s); err != nil {
		return err
	}
	g.tick(o.Records)
	return nil
}

// objectsOf returns a result's objects of a kind.
func objectsOf(r lake.Found[lake.Result], kind string) (objects []lake.Object) {
	for _, o := range r.Manifest.Objects {
		if o.Kind == kind {
			objects = append(objects, o)
		}
	}
	return objects
}

// balance holds the rows that a result's objects of a kind have against what its manifest counts.
func balance(r lake.Found[lake.Result], kind string, rows int64) error {
	if want := expected(r.Manifest, kind); rows != want {
		return fault.New(fault.Data, again, "result %s: its manifest counts %d %s rows, its objects hold %d",
			r.Key, want, kind, rows)
	}
	return nil
}

// expected returns how many rows of a kind a result must hold.
func expected(r lake.Result, kind string) int64 {
	switch {
	case kind == lake.KindErasure:
		return r.Erasures
	case kind == lake.KindAbsence:
		return r.Absences()
	case kind == lake.KindMerge:
		return r.Merges()
	case r.Withholds(kind):
		return 0
	}
	return r.Counts[kind].Accepted
}
