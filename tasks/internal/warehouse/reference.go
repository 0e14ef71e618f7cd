package warehouse

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"covers/tasks/internal/platforms"
	"covers/tasks/internal/source"
)

var (
	restaurantsQuery = query("restaurants")
	platformsQuery   = query("platforms")
	clearReference   = statements("load/10_reference.sql")
)

// restaurantRow is a row of the table restaurants.
type restaurantRow struct {
	ID             int64  `sql:"restaurant_id"`
	Name           string `sql:"name"`
	Timezone       string `sql:"timezone"`
	Currency       string `sql:"currency"`
	RID            int64  `sql:"opentable_rid,null"`
	RestaurantUUID string `sql:"thefork_uuid,null"`
	FirstDay       string `sql:"first_day"`
	LastDay        string `sql:"last_day,null"`
	Revision       int64  `sql:"revision"`
}

// platformRow is a row of the table platforms.
type platformRow struct {
	Platform string `sql:"platform"`
	Name     string `sql:"name"` // as the platform writes itself
}

// reference is what the reference tables hold, sorted by their keys.
type reference struct {
	restaurants []restaurantRow
	platforms   []platformRow
}

// referenceOf returns what restaurants.yaml says.
func referenceOf(r *source.Registry) (out reference) {
	at := map[int64]int{}
	for _, s := range r.Sources {
		p := platformRow{s.Platform, platforms.Written(s.Platform)}
		if !slices.Contains(out.platforms, p) {
			out.platforms = append(out.platforms, p)
		}
		if s.RestaurantID == 0 {
			continue // an account
		}
		i, ok := at[s.RestaurantID]
		if !ok {
			i = len(out.restaurants)
			at[s.RestaurantID] = i
			out.restaurants = append(out.restaurants, restaurantRow{
				ID: s.RestaurantID, Name: s.Name, Timezone: s.Location.String(), Currency: s.Currency,
				FirstDay: s.From, LastDay: s.Until, Revision: s.Revision,
			})
		}
		if s.RID != 0 {
			out.restaurants[i].RID = s.RID
		}
		if s.RestaurantUUID != "" {
			out.restaurants[i].RestaurantUUID = s.RestaurantUUID
		}
	}
	slices.SortFunc(out.restaurants, func(a, b restaurantRow) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(out.platforms, func(a, b platformRow) int { return strings.Compare(a.Platform, b.Platform) })
	return out
}

// merged returns the rows that a reference table is to hold, and whether they differ from those that it has. What only the table
// knows stays, since its reservations are still there. isOlder reports whether the wanted row is older than the one that is
// there: an older file must not undo a newer one.
func merged[T comparable](have, want []T, sameKey, isOlder func(have, want T) bool) (out []T, differs bool) {
	out = slices.Clone(want)
	for _, h := range have {
		i := slices.IndexFunc(out, func(w T) bool { return sameKey(h, w) })
		switch {
		case i < 0:
			out = append(out, h)
		case isOlder(h, out[i]):
			out[i] = h
		case out[i] != h:
			differs = true
		}
	}
	return out, differs || len(out) != len(have)
}

// referenceDiffers reports whether the reference tables have to be written.
func (w *Warehouse) referenceDiffers(ctx context.Context, r *source.Registry) (differs bool, err error) {
	err = w.with(ctx, func(s session) error {
		_, differs, err = s.mergeReference(ctx, r)
		return err
	})
	return differs, err
}

// mergeReference returns what the reference tables are to hold, and whether that differs from what they have. Without a registry
// they stay as they are.
func (s session) mergeReference(ctx context.Context, r *source.Registry) (out reference, differs bool, err error) {
	if r == nil {
		return out, false, nil
	}
	restaurants, err := allOf[restaurantRow](ctx, s, restaurantsQuery)
	if err != nil {
		return out, false, err
	}
	named, err := allOf[platformRow](ctx, s, platformsQuery)
	if err != nil {
		return out, false, err
	}
	want := referenceOf(r)
	var differ [2]bool
	out.restaurants, differ[0] = merged(restaurants, want.restaurants,
		func(have, want restaurantRow) bool { return have.ID == want.ID },
		func(have, want restaurantRow) bool { return have.Revision > want.Revision })
	out.platforms, differ[1] = merged(named, want.platforms,
		func(have, want platformRow) bool { return have.Platform == want.Platform },
		func(platformRow, platformRow) bool { return false })
	return out, differ[0] || differ[1], nil
}

// writeReference brings the reference tables up to what the registry says.
func (s session) writeReference(ctx context.Context, r *source.Registry) (changed bool, err error) {
	out, differs, err := s.mergeReference(ctx, r)
	if err != nil || !differs {
		return false, err
	}
	if err := s.execAll(ctx, clearReference); err != nil {
		return false, err
	}
	if err := insert(ctx, s, "restaurants", out.restaurants); err != nil {
		return false, err
	}
	return true, insert(ctx, s, "platforms", out.platforms)
}
