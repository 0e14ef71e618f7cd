package verify

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/text"
)

const nextWarehouse = "find out who wrote to the warehouse; restore it from a time before (Time Travel, a backup), " +
	"or derive the day at a raised rank: the load replaces what the reading contributed"

// observedKinds are the kinds that the warehouse keeps by reading as they come. Erasures only grow, at whatever rank.
var observedKinds = []string{reservation.KindReservation, reservation.KindCustomer, lake.KindAbsence, lake.KindMerge}

// warehouse holds the ledger and the tables against what was gathered.
func (v *verification) warehouse(ctx context.Context, t *trail) (gone bool, err error) {
	if err := ledgered(t); err != nil {
		return false, err
	}
	have := newContribution()
	here := v.tables(t.id.String())
	for _, kind := range observedKinds {
		for from, to := range windows(max(t.lines[reservation.KindReservation], t.lines[reservation.KindCustomer])) {
			err := here(ctx, kind, from, to, func(r seenRow) error {
				v.tick(StageWarehouse)
				have.add(kind, r)
				return nil
			})
			if err != nil {
				return false, err
			}
		}
	}
	if t.rows != nil {
		c := comparison{next: nextWarehouse, stage: StageWarehouse, before: t.from, later: true, want: t.source, have: here}
		if err := c.run(ctx, observedKinds, t.rows.later, have.later); err != nil {
			return false, err
		}
		if line := t.rows.unerased; line != 0 {
			return false, newDifference(nextWarehouse, "customer line "+itoa(line)+" asks to forget a guest",
				"the guest among the erasures", "not there")
		}
	}
	e := t.ledger[0]
	for _, kind := range observedKinds {
		want := e.Counts[kind].Landed
		switch kind {
		case lake.KindAbsence:
			want = e.Absent
		case lake.KindMerge:
			want = e.Counts[reservation.KindCustomer].Merged
		}
		if n := have.later[kind].rows; n != want {
			return false, newDifference(nextWarehouse, kind+" rows, as the ledger counts them", want, n)
		}
	}
	return false, nil
}

// windowLines is how many lines are asked for at once: DuckDB holds an answer as a whole, some 400 bytes a booking.
const windowLines = 1 << 17

// windows cuts all line numbers into ranges, both ends included. No row should be beyond the lines that the reading has.
func windows(lines int64) iter.Seq2[int64, int64] {
	return func(yield func(from, to int64) bool) {
		from := int64(math.MinInt64)
		for to := int64(windowLines); to < lines; to += windowLines {
			if !yield(from, to) {
				return
			}
			from = to + 1
		}
		yield(from, math.MaxInt64)
	}
}

// tables looks at a reading's rows in the warehouse.
func (v *verification) tables(reading string) side {
	return func(ctx context.Context, kind string, from, to int64, use func(seenRow) error) error {
		l := v.o.Warehouse
		switch kind {
		case reservation.KindReservation:
			return l.Reservations(ctx, reading, from, to, func(r *reservation.Reservation) error {
				return use(stored(v.hasher.reservation(r)))
			})
		case reservation.KindCustomer:
			return l.Customers(ctx, reading, from, to, func(c *reservation.Customer) error {
				return use(stored(v.hasher.customer(c)))
			})
		case lake.KindAbsence:
			return l.Absences(ctx, reading, from, to, func(a *reservation.Absence) error {
				return use(v.hasher.absence(a))
			})
		case lake.KindMerge:
			return l.Merges(ctx, reading, from, to, func(m *reservation.Merge) error {
				return use(v.hasher.merge(m))
			})
		}
		return fault.New(fault.Defect, "", "the warehouse has no %s rows by reading", kind)
	}
}

// current compares the current rows that a day's readings touch with all their observations.
func (v *verification) current(ctx context.Context, day string) error {
	for _, kind := range []string{reservation.KindReservation, reservation.KindCustomer} {
		s, err := v.o.Warehouse.Stale(ctx, kind, day)
		if err != nil {
			return err
		}
		v.keys.Readings += s.Keys
		v.keys.Records += s.Keys
		v.keys.Agree += s.Keys - s.Differ
		v.keys.Differ += s.Differ
		if s.Differ == 0 {
			continue
		}
		what := cmp.Or(map[string]string{reservation.KindReservation: "booking", reservation.KindCustomer: "guest"}[kind], kind)
		d := &Difference{
			Stage: StageCurrent, Day: day,
			Where:    fmt.Sprintf("the current rows of %s that the day's readings touch, the first", text.Count(s.Differ, what)),
			Expected: s.Should, Found: s.Is, Next: nextWarehouse,
		}
		if s.Should == s.Is {
			d.Found = "another content, or two rows of it"
		}
		v.extra = append(v.extra, d)
	}
	return nil
}
