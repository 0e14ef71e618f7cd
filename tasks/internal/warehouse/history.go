package warehouse

import (
	"context"
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

// Regressed gives the observations whose later update came under a lower sequence, sorted by key; the current row of such a
// key may not be the latest.
func (w *Warehouse) Regressed(ctx context.Context) ([]Regression, error) {
	var out []Regression
	err := w.with(ctx, func(s session) error {
		rows, err := s.texts(ctx, regressedQuery)
		for _, r := range rows {
			out = append(out, Regression{
				Kind: r[0], Platform: r[1], ID: r[2], RestaurantID: r[3], Clock: r[4] + "/" + r[5], UpdatedAt: r[6],
				BeforeClock: r[7] + "/" + r[8], BeforeAt: r[9], Reading: r[10], Line: r[11],
			})
		}
		return err
	})
	return out, err
}

// History is what the warehouse knows of one booking.
type History struct {
	Current      Row   // nil where there is none
	Observations []Row // the current one first, those from before the booking was absent last
	Absences     []Row // reading, line, source, read_at; the latest first
	Entries      []Entry
}

// History gives a booking's current row, all its observations, when it was absent, and the ledger's entries of the readings
// that all of these came from. A booking that is not there has none of them.
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
		rows, err := s.texts(ctx, ledgerQuery, "0001-01-01", "9999-12-31")
		if err != nil {
			return err
		}
		for _, row := range rows {
			if !readings[row[0]] {
				continue
			}
			e, err := entryOf(row)
			if err != nil {
				return err
			}
			h.Entries = append(h.Entries, e)
		}
		return nil
	})
	return h, err
}
