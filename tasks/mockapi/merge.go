package main

import (
	"cmp"
	"slices"

	"github.com/google/uuid"
)

// later says whether a is a later version of a record than b: by its clock, and where restaurants changed a customer in the
// same moment, that of the restaurant named last.
func later(a, b entry) bool {
	return cmp.Or(cmp.Compare(a.updated, b.updated), cmp.Compare(a.sequence, b.sequence), cmp.Compare(a.restaurant, b.restaurant)) > 0
}

// merge adds entries to a view, in time linear in the view's and a little more in the entries'. Of one record the latest
// version stays, in whatever order the versions come.
func merge(old *view, fresh []entry, order func(a, b entry) int) *view {
	stale := make(map[uuid.UUID]bool)
	latest := make(map[uuid.UUID]entry, len(fresh))
	for _, e := range fresh {
		if known, ok := latest[e.id]; ok && !later(e, known) {
			continue
		}
		if known, ok := old.find(e.id); ok {
			if !later(e, known) {
				continue
			}
			stale[e.id] = true
		}
		latest[e.id] = e
	}
	fresh = fresh[:0]
	for _, e := range latest {
		fresh = append(fresh, e)
	}
	slices.SortFunc(fresh, order)

	v := &view{entries: make([]entry, 0, len(old.entries)-len(stale)+len(fresh)), rising: true}
	for _, e := range old.entries {
		if stale[e.id] {
			continue
		}
		for len(fresh) > 0 && order(fresh[0], e) < 0 {
			v.entries, fresh = append(v.entries, fresh[0]), fresh[1:]
		}
		v.entries = append(v.entries, e)
	}
	v.entries = append(v.entries, fresh...)
	v.byID = make(map[uuid.UUID]int32, len(v.entries))
	for i, e := range v.entries {
		v.byID[e.id] = int32(i)
		v.rising = v.rising && (i == 0 || v.entries[i-1].updated <= e.updated)
	}
	return v
}

// The orders that lists may have. Which one a platform uses is not documented.
var orders = map[string]func(a, b entry) int{
	"oldest": func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.sequence, b.sequence), cmp.Compare(a.updated, b.updated), slices.Compare(a.id[:], b.id[:]))
	},
	"newest": func(a, b entry) int {
		return cmp.Or(-cmp.Compare(a.sequence, b.sequence), -cmp.Compare(a.updated, b.updated), slices.Compare(a.id[:], b.id[:]))
	},
	"id": func(a, b entry) int { return slices.Compare(a.id[:], b.id[:]) },
}
