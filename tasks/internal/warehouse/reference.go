package warehouse

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/warehouse/engine"
)

var (
	restaurantsQuery  = query("restaurants")
	platformsQuery    = query("platforms")
	clearReference    = statements("load/7_reference.sql")
	restaurantColumns = []string{"restaurant_id", "name", "timezone", "currency", "opentable_rid", "thefork_uuid", "first_day", "last_day", "revision"}
	platformColumns   = []string{"platform", "name"}
)

// platformNames are how the platforms write themselves.
var platformNames = map[string]string{reservation.OpenTable: "OpenTable", reservation.TheFork: "TheFork"}

// reference gives the rows of the reference tables, sorted by their keys.
func reference(r *source.Registry) (restaurants, platforms [][]any) {
	at := map[int64]int{}
	seen := map[string]bool{}
	for _, s := range r.Sources {
		if !seen[s.Platform] {
			seen[s.Platform] = true
			platforms = append(platforms, []any{s.Platform, platformNames[s.Platform]})
		}
		if s.RestaurantID == 0 {
			continue // an account
		}
		i, ok := at[s.RestaurantID]
		if !ok {
			i = len(restaurants)
			at[s.RestaurantID] = i
			restaurants = append(restaurants, []any{s.RestaurantID, s.Name, s.Location.String(), s.Currency, nil, nil, s.From, nil, s.Revision})
			if s.Until != "" {
				restaurants[i][7] = s.Until
			}
		}
		if s.RID != 0 {
			restaurants[i][4] = s.RID
		}
		if s.RestaurantUUID != "" {
			restaurants[i][5] = s.RestaurantUUID
		}
	}
	slices.SortFunc(restaurants, func(a, b []any) int { return int(a[0].(int64) - b[0].(int64)) })
	slices.SortFunc(platforms, func(a, b []any) int { return strings.Compare(a[0].(string), b[0].(string)) })
	return restaurants, platforms
}

// referenceDiffers says whether the reference tables have to be written.
func (w *Warehouse) referenceDiffers(ctx context.Context, r *source.Registry) (differs bool, err error) {
	err = w.with(ctx, func(s session) error {
		_, _, differs, err = s.mergeReference(ctx, r)
		return err
	})
	return differs, err
}

// mergeReference gives what the reference tables are to hold: what the registry says, but where the table has an entry of a
// newer revision (an older file must not undo a newer one), and what only the tables know, since its reservations are
// still there.
func (s session) mergeReference(ctx context.Context, r *source.Registry) (restaurants, platforms [][]any, differs bool, err error) {
	if r == nil {
		return nil, nil, false, nil
	}
	restaurants, platforms = reference(r)
	merge := func(st Statement, want [][]any, older func(have []string, want []any) bool) ([][]any, error) {
		have, err := s.texts(ctx, st)
		if err != nil {
			return nil, err
		}
		for _, h := range have {
			row := make([]any, len(h))
			for i, v := range h {
				if v != "" {
					row[i] = v
				}
			}
			i := slices.IndexFunc(want, func(w []any) bool { return engine.Text("", w[0]) == h[0] })
			switch {
			case i < 0:
				want = append(want, row)
			case older(h, want[i]):
				want[i] = row
			}
			differs = differs || i >= 0 && !slices.EqualFunc(h, want[i], func(h string, w any) bool { return h == engine.Text("", w) })
		}
		differs = differs || len(want) != len(have)
		return want, nil
	}
	restaurants, err = merge(restaurantsQuery, restaurants, func(have []string, want []any) bool {
		revision, err := strconv.ParseInt(have[8], 10, 64)
		return err == nil && revision > want[8].(int64)
	})
	if err != nil {
		return nil, nil, false, err
	}
	platforms, err = merge(platformsQuery, platforms, func([]string, []any) bool { return false })
	return restaurants, platforms, differs, err
}

// writeReference brings the reference tables up to what the registry says.
func (s session) writeReference(ctx context.Context, r *source.Registry) (changed bool, err error) {
	restaurants, platforms, differs, err := s.mergeReference(ctx, r)
	if err != nil || !differs {
		return false, err
	}
	if err := s.execAll(ctx, clearReference); err != nil {
		return false, err
	}
	if err := s.insert(ctx, "restaurants", restaurantColumns, restaurants); err != nil {
		return false, err
	}
	return true, s.insert(ctx, "platforms", platformColumns, platforms)
}
