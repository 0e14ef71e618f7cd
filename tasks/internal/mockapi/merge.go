package mockapi

import (
	"cmp"
	"slices"

	"github.com/google/uuid"
)

// compareVersions orders versions of a record, the latest last: by its clock, and where restaurants changed a customer in the
// same moment, that of the restaurant named last.
func compareVersions(a, b entry) int {
	return cmp.Or(cmp.Compare(a.updated, b.updated), cmp.Compare(a.sequence, b.sequence), cmp.Compare(a.restaurant, b.restaurant))
}

// merge adds entries to a view, in time linear in the view's and a little more in the entries'. The latest
// version of a record stays, in whatever order the versions come. It works in fresh, which the caller gives away.
func merge(old *view, fresh []entry, order func(a, b entry) int) *view {
	slices.SortFunc(fresh, func(a, b entry) int {
		return cmp.Or(slices.Compare(a.id[:], b.id[:]), -compareVersions(a, b))
	})
	fresh = slices.CompactFunc(fresh, func(a, b entry) bool { return a.id == b.id })
	stale := map[uuid.UUID]bool{}
	fresh = slices.DeleteFunc(fresh, func(e entry) bool {
		known, ok := old.find(e.id)
		if ok && compareVersions(e, known) > 0 {
			stale[e.id] = true
			return false
		}
		return ok
	})
	slices.SortFunc(fresh, order)

	v := &view{rising: true}
	if len(old.entries) == 0 {
		v.entries, fresh = fresh, nil // the first days, which may be most of all there is, are not copied
	} else {
		v.entries = make([]entry, 0, len(old.entries)-len(stale)+len(fresh))
	}
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
	for i := range v.entries[:max(len(v.entries)-1, 0)] {
		v.rising = v.rising && v.entries[i].updated <= v.entries[i+1].updated
	}
	v.byID = newIndex(v.entries)
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
