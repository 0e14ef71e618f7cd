package verify

import (
	"context"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/reservation"
)

// eachRow reads the rows of a kind out of objects.
func (v *verification) eachRow(
	ctx context.Context, z *lake.Zone, objects []lake.Object, kind string, use func(seenRow) error,
) error {
	for _, o := range objects {
		if o.Kind != kind {
			continue
		}
		var err error
		switch kind {
		case reservation.KindReservation:
			err = readRows(ctx, z, o, v.hasher.reservation, use)
		case reservation.KindCustomer:
			err = readRows(ctx, z, o, v.hasher.customer, use)
		case lake.KindAbsence:
			err = readRows(ctx, z, o, v.hasher.absence, use)
		case lake.KindMerge:
			err = readRows(ctx, z, o, v.hasher.merge, use)
		case lake.KindErasure:
			err = readRows(ctx, z, o, v.hasher.erasure, use)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func readRows[T any](ctx context.Context, z *lake.Zone, o lake.Object, see func(*T) seenRow, use func(seenRow) error) error {
	return parquetrows.Read(ctx, z, o, func(batch []T) error {
		for i := range batch {
			if err := use(see(&batch[i])); err != nil {
				return err
			}
		}
		return nil
	})
}

// sideOf looks at a reading's rows in objects again.
func (v *verification) sideOf(z *lake.Zone, objects []lake.Object, reading string) side {
	return func(ctx context.Context, kind string, from, to int64, use func(seenRow) error) error {
		return v.eachRow(ctx, z, objects, kind, func(r seenRow) error {
			if r.reading != reading || r.line < from || r.line > to {
				return nil
			}
			return use(r)
		})
	}
}
