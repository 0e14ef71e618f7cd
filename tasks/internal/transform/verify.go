package transform

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/text"
)

// again is what to do about a result whose objects are not what its manifest says.
const again = "derive the readings left out again at a raised rank (run validate), then run transform again"

// unsound is a result that is not gathered, and why.
type unsound struct {
	lake.Found[lake.Result]
	why error
}

// sound keeps the results whose objects are there, whole, and what their manifests count. It looks at all of them before a row
// is copied: the rows of all results go into one object, from which those of a bad one could not be taken back. One bad
// result must not hold up the day's others, so only what is no fault of the data ends it early.
func (g *gathering) sound(ctx context.Context) (bad []unsound, err error) {
	var good []lake.Found[lake.Result]
	for _, r := range g.results {
		err := g.verify(ctx, r)
		switch {
		case err == nil:
			good = append(good, r)
		case ctx.Err() == nil && fault.KindOf(err) == fault.Data:
			zerolog.Ctx(ctx).Warn().Err(err).Str("result", r.Key).Msg("left out")
			bad = append(bad, unsound{r, err})
		default:
			return nil, err
		}
	}
	g.results = good
	return bad, nil
}

func (g *gathering) verify(ctx context.Context, r lake.Found[lake.Result]) error {
	return errors.Join(
		verify[reservation.Reservation](ctx, g, r, reservation.KindReservation),
		verify[reservation.Customer](ctx, g, r, reservation.KindCustomer),
		verify[reservation.Erasure](ctx, g, r, lake.KindErasure),
		verify[reservation.Absence](ctx, g, r, lake.KindAbsence),
		verify[reservation.Merge](ctx, g, r, lake.KindMerge),
	)
}

// verify looks at a result's objects of a kind. Each row must carry the reading of the result that it was found under, and the
// result must hold the rows that its manifest counts: the counts are taken again from the objects. Of large objects it reads the
// column of the readings alone, and where each page is; what else is in them, their SHA-256 vouches for.
func verify[T any](ctx context.Context, g *gathering, r lake.Found[lake.Result], kind string) error {
	n := int64(0)
	for _, o := range objectsOf(r, kind) {
		if err := verifyObject[T](ctx, g, o, r.Manifest.Reading); err != nil {
			return fmt.Errorf("gather %s: %w", r.Key, err)
		}
		n += o.Records
		g.tick(o.Records)
	}
	return balance(r, kind, n)
}

func verifyObject[T any](ctx context.Context, g *gathering, o lake.Object, reading string) error {
	s, err := parquetrows.Open[T](ctx, g.o.Staging, o)
	if err != nil {
		return err
	}
	other, all, err := s.Check(ctx, "reading", reading)
	if err == nil && !all {
		err = fault.New(fault.Data, again, "object %s: a row of reading %s under the result of %s", o.Key, other, reading)
	}
	if err != nil {
		return errors.Join(err, s.Close())
	}
	return g.kept.put(o, s)
}

// faultOf returns an error that names every result left out, nil where none was. The causes' own next steps are cut off, since
// there is one for all.
func faultOf(bad []unsound) error {
	if len(bad) == 0 {
		return nil
	}
	var names []string
	for _, b := range bad {
		why := b.why
		if e, ok := errors.AsType[*fault.Error](b.why); ok {
			why = e.Err
		}
		names = append(names, fmt.Sprintf("%s (%v)", b.Key, why))
	}
	return fault.New(fault.Data, again, "left out %s: %s", text.Count(len(bad), "result"), strings.Join(names, "; "))
}
