package warehouse

import (
	"context"
	"fmt"
	"strings"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/reservation"
)

// contribution is what one load does between the gate and the commit. A phase that has nothing to do is left out, so that a
// load costs what it brings: what replaces nothing deletes nothing, and history is read only for the keys that need it.
type contribution struct {
	session
	plan  plan // what is left to take
	again bool // whether there are keys to choose again, among all their observations
}

// contribute moves what landed to where it belongs, and proves that it did.
func (s session) contribute(ctx context.Context, p plan, landed rowsAt, out *Loaded) error {
	c := contribution{session: s, plan: p}
	if p.unwanted(landed) {
		of := unwanted[:4]
		if p.erases() {
			of = unwanted
		}
		if err := c.execAll(ctx, of); err != nil {
			return err
		}
	}
	if err := c.balance(ctx); err != nil {
		return err
	}
	if out.Replaced > 0 {
		if err := c.chooseAgain(ctx, replaced[:2]); err != nil {
			return err
		}
		if err := c.execAll(ctx, replaced[2:]); err != nil {
			return err
		}
	}
	if err := c.heed(ctx, out); err != nil {
		return err
	}
	if err := c.add(ctx, out); err != nil {
		return err
	}
	if err := c.choose(ctx); err != nil {
		return err
	}
	type changed struct {
		Kind        string `sql:"kind"`
		ServiceDate string `sql:"service_date"`
		Touched     int64  `sql:"touched"`
	}
	return rowsOf(ctx, s, changedQuery, nil, func(r *changed) error {
		switch r.Kind {
		case reservation.KindReservation:
			out.TouchedReservations = r.Touched
		case reservation.KindCustomer:
			out.TouchedCustomers = r.Touched
		default:
			out.ServiceDates = append(out.ServiceDates, r.ServiceDate)
		}
		return nil
	})
}

// heed writes down merges and erasures, and erases.
func (c *contribution) heed(ctx context.Context, out *Loaded) error {
	asked, held := c.plan.requests()
	asked += out.Merges
	if out.Merges > 0 {
		if err := c.chooseAgain(ctx, mergeRows[:1]); err != nil {
			return err
		}
		if err := c.changes(ctx, mergeRows[1], out.Merges); err != nil {
			return err
		}
	}
	if asked > 0 {
		named, err := c.exec(ctx, erasures[0])
		if err != nil {
			return err
		}
		if _, err := c.exec(ctx, erasures[1]); err != nil {
			return err
		}
		more, err := c.until(ctx, connected)
		if err != nil {
			return err
		}
		out.ErasedCustomers = named + more
	}
	if c.plan.holding() {
		if _, err := c.exec(ctx, erasures[2]); err != nil {
			return err
		}
	}
	if held > 0 {
		if _, err := c.exec(ctx, erasures[3]); err != nil {
			return err
		}
	}
	if err := c.execAll(ctx, eraseLanded); err != nil || out.ErasedCustomers == 0 {
		return err
	}
	if err := c.chooseAgain(ctx, reached); err != nil {
		return err
	}
	return c.execAll(ctx, eraseThere)
}

// add inserts what the readings say, and their rows of the ledger.
func (c *contribution) add(ctx context.Context, out *Loaded) error {
	if out.Absences > 0 {
		if err := c.chooseAgain(ctx, absenceRows[:2]); err != nil {
			return err
		}
		if err := c.changes(ctx, absenceRows[2], out.Absences); err != nil {
			return err
		}
	}
	if err := c.chooseAgain(ctx, observations[:1]); err != nil {
		return err
	}
	for i, kind := range []string{reservation.KindReservation, reservation.KindCustomer} {
		if err := c.changes(ctx, observations[1+i], out.Counts[kind].Landed); err != nil {
			return err
		}
	}
	return c.changes(ctx, ledgerRows[0], int64(len(c.plan.taken)))
}

// choose makes the current rows of the touched keys again.
func (c *contribution) choose(ctx context.Context) error {
	for i := range []string{reservation.KindReservation, reservation.KindCustomer} {
		before, err := c.exec(ctx, previous[i])
		if err != nil {
			return err
		}
		after, err := c.exec(ctx, next[i])
		if err != nil {
			return err
		}
		if c.again {
			more, err := c.exec(ctx, again[i])
			if err != nil {
				return err
			}
			after += more
		}
		gone := int64(0)
		if before > 0 {
			if gone, err = c.exec(ctx, current[2*i]); err != nil {
				return err
			}
		}
		if err := c.changes(ctx, current[2*i+1], after-before+gone); err != nil { // what stays is in both
			return err
		}
	}
	return nil
}

// chooseAgain runs statements that name keys to choose again.
func (c *contribution) chooseAgain(ctx context.Context, sts []Statement) error {
	for _, st := range sts {
		n, err := c.exec(ctx, st)
		if err != nil {
			return err
		}
		c.again = c.again || n != 0
	}
	return nil
}

// What to do when counts do not balance.
const unbalancedNext = "nothing was changed; derive the day again, and report it if that does not help"

// changes runs a statement that must change so many rows.
func (s session) changes(ctx context.Context, st Statement, want int64) error {
	n, err := s.exec(ctx, st)
	if err == nil && n != want {
		return fault.New(fault.Data, unbalancedNext, "the counts do not balance: %s changed %d rows, not %d", st.Does(), n, want)
	}
	return err
}

// until runs statements again and again, until the last of them changes no row. It gives the number of rows that the first
// changed in all.
func (s session) until(ctx context.Context, all []Statement) (first int64, err error) {
	for {
		var changed int64
		for i, st := range all {
			if changed, err = s.exec(ctx, st); err != nil {
				return 0, err
			}
			if i == 0 {
				first += changed
			}
		}
		if changed == 0 {
			return first, nil
		}
	}
}

// balance refuses a load whose rows, counted again, are not what the manifests say.
func (s session) balance(ctx context.Context) error {
	type row struct {
		Reading  string `sql:"reading"`
		Kind     string `sql:"kind"`
		Expected int64  `sql:"expected"`
		Landed   int64  `sql:"landed"`
	}
	var says []string
	err := rowsOf(ctx, s, unbalancedQuery, nil, func(r *row) error {
		says = append(says, fmt.Sprintf("reading %s, %s: accepted %d, landed %d", r.Reading, r.Kind, r.Expected, r.Landed))
		return nil
	})
	if err != nil || says == nil {
		return err
	}
	return fault.New(fault.Data, unbalancedNext, "the counts do not balance: %s", strings.Join(says, "; "))
}
