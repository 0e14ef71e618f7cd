package mockapi

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"covers/tasks/internal/thefork"
)

// theForkQuery is what a list is asked for.
type theForkQuery struct {
	settings    *TheForkSettings
	start, end  time.Time // days, at midnight UTC
	byMeal      bool
	orCreated   bool // what was made on the days counts as what was changed on them
	limit, page int64
}

// query reads the parameters that the lists of bookings and customers have.
func (f *theFork) query(params url.Values) (q theForkQuery, ok bool) {
	return f.queryBounded(params, thefork.DefaultLimit, thefork.MaxLimit)
}

// queryBounded reads the parameters that all lists have, each with its own bounds of limit.
func (f *theFork) queryBounded(params url.Values, limit, most int64) (q theForkQuery, ok bool) {
	q.settings = f.settings
	clamp := f.server.settings.OverLimit == "clamp"
	var problems [2]string
	q.limit, problems[0] = number(params, "limit", limit, 1, most, clamp)
	q.page, problems[1] = number(params, "page", 1, 1, 1<<31, false)
	var err1, err2 error
	q.start, err1 = time.Parse(time.DateOnly, params.Get("startDate"))
	q.end, err2 = time.Parse(time.DateOnly, params.Get("endDate"))
	return q, err1 == nil && err2 == nil && problems[0] == "" && problems[1] == ""
}

// span returns the moments that the days are cut at, in milliseconds since 1970: from inclusive, to exclusive.
func (q *theForkQuery) span(zone *time.Location) (from, to int64) {
	if q.settings.DayZone != "restaurant" {
		zone = time.UTC
	}
	end := q.end
	if q.settings.EndDate != "exclusive" {
		end = end.AddDate(0, 0, 1)
	}
	at := func(d time.Time) int64 { return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, zone).UnixMilli() }
	return at(q.start), at(end)
}

// find returns what matches, over all houses in one order.
func (q *theForkQuery) find(houses []house) []entry {
	var found []entry
	for _, h := range houses {
		from, to := q.span(h.zone)
		v := h.shelf.view.Load()
		if !q.byMeal && !q.orCreated && v.rising {
			lo, _ := slices.BinarySearchFunc(v.entries, from, before)
			hi, _ := slices.BinarySearchFunc(v.entries, to, before)
			if lo >= hi {
				continue
			}
			if len(houses) == 1 {
				return v.entries[lo:hi]
			}
			found = append(found, v.entries[lo:hi]...)
			continue
		}
		for _, e := range v.entries {
			at, other := e.updated, int64(e.scheduled)*1000
			if q.byMeal {
				at = other
			}
			if at >= from && at < to || q.orCreated && other >= from && other < to {
				found = append(found, e)
			}
		}
	}
	if len(houses) > 1 {
		slices.SortFunc(found, houses[0].shelf.order)
	}
	return found
}

// before orders entries against a moment, so that a search finds the first one not before it.
func before(e entry, at int64) int {
	if e.updated < at {
		return -1
	}
	return 1
}

// bounds returns the places of a page in so many ids.
func (q *theForkQuery) bounds(n int) (first, last int64) {
	first = min((q.page-1)*q.limit, int64(n))
	return first, min(first+q.limit, int64(n))
}

func (q *theForkQuery) appendPage(dst []byte, found []entry) []byte {
	first, last := q.bounds(len(found))
	dst = append(slices.Grow(dst, int(last-first)*(uuidLength+3)+100), `{"data":[`...)
	for i, e := range found[first:last] {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		text, _ := e.id.MarshalText() // never fails
		dst = append(dst, text...)
		dst = append(dst, '"')
	}
	dst = append(dst, `],"totalCount":`...)
	dst = strconv.AppendInt(dst, int64(len(found)), 10)
	dst = append(dst, `,"page":`...)
	dst = strconv.AppendInt(dst, q.page, 10)
	dst = append(dst, `,"limit":`...)
	dst = strconv.AppendInt(dst, q.limit, 10)
	return append(dst, '}')
}
