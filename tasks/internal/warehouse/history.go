package warehouse

import (
	"context"
	"slices"
)

// Regression is an observation that came later, by the platform's own time, under a lower sequence than one before it.
type Regression struct {
	Kind         string `json:"kind"`
	Platform     string `json:"platform"`
	ID           string `json:"id"` // of the booking or the guest
	RestaurantID string `json:"restaurant_id,omitempty"`
	Clock        string `json:"clock"` // "<epoch>/<sequence>"
	UpdatedAt    string `json:"updated_at"`
	BeforeClock  string `json:"before_clock"` // of the observation that was updated earlier
	BeforeAt     string `json:"before_updated_at"`
	Reading      string `json:"reading"`
	Line         string `json:"line"`
}

// Regressed returns the observations of some days' readings whose later update came under a lower sequence, sorted by key; the
// current row of such a key may not be the latest.
func (m *Moment) Regressed(ctx context.Context, days Readings) ([]Regression, error) {
	type row struct {
		Kind         string `sql:"kind"`
		Platform     string `sql:"platform"`
		ID           string `sql:"id"`
		RestaurantID string `sql:"restaurant_id"`
		Epoch        string `sql:"clock_epoch"`
		Clock        string `sql:"clock"`
		UpdatedAt    string `sql:"updated_at"`
		BeforeEpoch  string `sql:"before_epoch"`
		BeforeClock  string `sql:"before_clock"`
		BeforeAt     string `sql:"before_updated_at"`
		Reading      string `sql:"reading"`
		Line         string `sql:"line"`
	}
	var out []Regression
	args := slices.Concat(days.bounds(), days.bounds(), days.bounds()[:2])
	err := rowsOf(ctx, m.s, regressedQuery, args, func(r *row) error {
		out = append(out, Regression{
			Kind: r.Kind, Platform: r.Platform, ID: r.ID, RestaurantID: r.RestaurantID,
			Clock: r.Epoch + "/" + r.Clock, UpdatedAt: r.UpdatedAt,
			BeforeClock: r.BeforeEpoch + "/" + r.BeforeClock, BeforeAt: r.BeforeAt, Reading: r.Reading, Line: r.Line,
		})
		return nil
	})
	return out, err
}

// History is what the warehouse knows of one booking.
type History struct {
	Current      Row    // nil where there is none
	Survivor     string // who is meant by its guest today, where that is another: the platform merged them
	Observations []Row  // the current one first, those from before the booking was absent last
	Absences     []Row  // reading, line, source, read_at; the latest first
	Entries      []Entry
}

// History returns a booking's current row, who is meant by its guest, all its observations, when it was absent, and the ledger's
// entries of the readings that all of these came from. A booking that is not there has none of them.
func (w *Warehouse) History(ctx context.Context, platform, reservationID string) (History, error) {
	var h History
	readings := map[string]bool{}
	err := w.with(ctx, func(s session) error {
		args := []any{platform, reservationID}
		err := s.each(ctx, bookingQuery, args, func(names, types []string, values []any) error {
			h.Current = rowOf(names, types, values)
			return nil
		})
		if err != nil {
			return err
		}
		for _, q := range []struct {
			query Statement
			into  *[]Row
		}{{historyQuery, &h.Observations}, {absencesQuery, &h.Absences}} {
			err := s.each(ctx, q.query, args, func(names, types []string, values []any) error {
				row := rowOf(names, types, values)
				*q.into = append(*q.into, row)
				reading, _ := row["reading"].(string)
				readings[reading] = true
				return nil
			})
			if err != nil {
				return err
			}
		}
		type survivor struct {
			ID string `sql:"survivor_id"`
		}
		err = rowsOf(ctx, s, survivorQuery, args, func(r *survivor) error {
			h.Survivor = r.ID
			return nil
		})
		if err != nil {
			return err
		}
		h.Entries, err = s.ledger(ctx, firstDay, lastDay, func(r *ledgerRow) bool { return readings[r.Reading] })
		return err
	})
	return h, err
}
