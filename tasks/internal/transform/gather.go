package transform

import (
	"context"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/reservation"
)

// gathering is the work on one kind after the other.
type gathering struct {
	o           Options
	results     []lake.Found[lake.Result]
	done, total int64
}

// row is what gathering asks of a row: which reading it belongs to.
type row interface {
	reservation.Reservation | reservation.Customer | reservation.Erasure | reservation.Absence | reservation.Merge
}

// objects gathers the rows of all kinds, an object a kind.
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

// gather copies all rows of a kind into one object. They are checked again on the way: what was sound may have changed since.
func gather[T row](
	ctx context.Context, g *gathering, a *lake.Attempt, kind string, objects []lake.Object,
) ([]lake.Object, error) {
	w := parquetrows.NewWriter[T](a, kind, g.o.Day+"/")
	defer w.Abort()
	for _, r := range g.results {
		if err := read(ctx, g, r, kind, w.Write); err != nil {
			return nil, err
		}
	}
	return w.Close(ctx, objects)
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

func readingOf[T row](r *T) string {
	switch r := any(r).(type) {
	case *reservation.Reservation:
		return r.Reading
	case *reservation.Customer:
		return r.Reading
	case *reservation.Erasure:
		return r.Reading
	case *reservation.Absence:
		return r.Reading
	case *reservation.Merge:
		return r.Reading
	}
	return ""
}
