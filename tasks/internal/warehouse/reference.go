package warehouse

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"covers/tasks/internal/platforms"
	"covers/tasks/internal/source"
)

var (
	restaurantsQuery = query("restaurants")
	spansQuery       = query("restaurant_history")
	platformsQuery   = query("platforms")
	clearReference   = statements("load/16_reference.sql")
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
	Owner          string `sql:"owner,null"`
	Country        string `sql:"country,null"`
}

// historyRow is a row of the table restaurant_history.
type historyRow struct {
	ID             int64  `sql:"restaurant_id"`
	FirstDay       string `sql:"first_day"`
	LastDay        string `sql:"last_day,null"`
	Name           string `sql:"name"`
	Owner          string `sql:"owner,null"`
	Timezone       string `sql:"timezone"`
	Currency       string `sql:"currency"`
	Country        string `sql:"country,null"`
	RID            int64  `sql:"opentable_rid,null"`
	RestaurantUUID string `sql:"thefork_uuid,null"`
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
	history     []historyRow
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
				FirstDay: s.From, LastDay: s.Until, Revision: s.Revision, Owner: s.Owner, Country: s.Country,
			})
		}
		out.restaurants[i].RID = cmp.Or(s.RID, out.restaurants[i].RID)
		out.restaurants[i].RestaurantUUID = cmp.Or(s.RestaurantUUID, out.restaurants[i].RestaurantUUID)
		out.addHistory(s)
	}
	slices.SortFunc(out.restaurants, func(a, b restaurantRow) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(out.history, byDay)
	slices.SortFunc(out.platforms, func(a, b platformRow) int { return strings.Compare(a.Platform, b.Platform) })
	return out
}

func byDay(a, b historyRow) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), strings.Compare(a.FirstDay, b.FirstDay))
}

// addHistory adds what a source says of its restaurant's days. A restaurant's two sources have the same days.
func (out *reference) addHistory(s source.Source) {
	first := s.From
	for _, x := range s.Spans() {
		row := historyRow{
			ID: s.RestaurantID, FirstDay: first, LastDay: cmp.Or(x.Until, s.Until), Name: x.Name, Owner: x.Owner,
			Timezone: x.Location.String(), Currency: x.Currency, Country: x.Country, Revision: s.Revision,
		}
		i := slices.IndexFunc(out.history, func(h historyRow) bool { return h.ID == row.ID && h.FirstDay == first })
		if i < 0 {
			i = len(out.history)
			out.history = append(out.history, row)
		}
		out.history[i].RID = cmp.Or(x.RID, out.history[i].RID)
		out.history[i].RestaurantUUID = cmp.Or(x.RestaurantUUID, out.history[i].RestaurantUUID)
		first = dayAfter(x.Until)
	}
}

// dayAfter returns the day after a day; empty for none.
func dayAfter(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return "" // the last span
	}
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}

// mergedHistory returns the rows that restaurant_history is to hold, and whether they differ from those that it has: of each
// restaurant all that the newer revision says.
func mergedHistory(have, want []historyRow) (out []historyRow, differs bool) {
	of := func(rows []historyRow, id int64) int64 { // the newest revision; 0: there are none
		newest := int64(0)
		for _, x := range rows {
			if x.ID == id {
				newest = max(newest, x.Revision)
			}
		}
		return newest
	}
	for _, h := range have {
		if of(want, h.ID) < of(have, h.ID) {
			out = append(out, h)
		}
	}
	for _, w := range want {
		if of(want, w.ID) >= of(have, w.ID) {
			out = append(out, w)
		}
	}
	slices.SortFunc(out, byDay)
	return out, !slices.Equal(out, have)
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
	spans, err := allOf[historyRow](ctx, s, spansQuery)
	if err != nil {
		return out, false, err
	}
	want := referenceOf(r)
	var differ [3]bool
	out.restaurants, differ[0] = merged(restaurants, want.restaurants,
		func(have, want restaurantRow) bool { return have.ID == want.ID },
		func(have, want restaurantRow) bool { return have.Revision > want.Revision })
	out.platforms, differ[1] = merged(named, want.platforms,
		func(have, want platformRow) bool { return have.Platform == want.Platform },
		func(platformRow, platformRow) bool { return false })
	out.history, differ[2] = mergedHistory(spans, want.history)
	return out, differ[0] || differ[1] || differ[2], nil
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
	if err := insert(ctx, s, "restaurant_history", out.history); err != nil {
		return false, err
	}
	return true, insert(ctx, s, "platforms", out.platforms)
}
