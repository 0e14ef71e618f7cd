package opentable

import (
	"net/url"
	"path"
	"strconv"

	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
)

var mergeLayout = record.NewLayout("", "id", "rid", "primary_guest")

// Merge maps a record of GET /sync/v2/guests of which OpenTable keeps nothing but the id, because the guest was merged into
// another or archived, and reports whether the record is one. Every attribute of an archived guest but id, href and
// primary_guest is null by the documents (Use Cases, opted in Emails), taken literally archived itself; Copper has no
// primary_guest.
func (m *Mapper) Merge(rec *record.Value, out *reservation.Merge) bool {
	survivor, named := m.survivor(rec)
	if !named && !emptied(rec) {
		return false
	}
	o := m.in.Object(rec, mergeLayout)
	out.Platform = reservation.OpenTable
	out.CustomerID = o.RequiredID("id")
	m.guestsRestaurant(o, out.CustomerID)
	out.SurvivorID = nil
	if own, told := m.ownID(survivor); told && !own { // an erasure goes on to the survivor
		o.Refuse(reservation.ReasonRestaurant, "primary_guest", "the restaurant that was asked for")
	}
	if survivor != "" {
		out.SurvivorID = m.in.Arena.Keep(survivor)
	} else if named {
		o.Note(reservation.ReasonUnknownValue, "primary_guest", "a guest's id or URL")
	}
	return true
}

// survivor reads primary_guest: the survivor's id without the restaurant's number (Use Cases, opted in Emails) or its URL (Gold
// and Platinum Guests API v2). It returns the id as a guest's own record has it, empty where it cannot be read; named is false
// where no other guest is meant.
func (m *Mapper) survivor(rec *record.Value) (id string, named bool) {
	v := rec.Field("primary_guest")
	if v.Type() == 0 || isNothing(v) {
		return "", false
	}
	text := v.Text()
	own := record.Canonical(string(rec.Field("id").Text()))
	if id = m.guestID(string(text), own); !m.in.Whole(text) || !record.IsID(id) {
		return "", true
	}
	return id, id != own
}

// guestID returns the id of a guest that another record names by its id, with or without the restaurant's number, or its URL.
// The number is that of the naming record's own id, where it has one: the restaurant may have had several.
func (m *Mapper) guestID(text, own string) string {
	if u, err := url.Parse(text); err == nil && u.Path != "" {
		if text = path.Base(u.Path); text == "/" {
			return ""
		}
	}
	if text == "" {
		return ""
	}
	id := record.Canonical(text)
	if _, _, ok := parts(id); ok {
		return id
	}
	if rid, _, ok := parts(own); ok {
		return rid + "-" + id
	}
	return strconv.FormatInt(m.src.RID, 10) + "-" + id
}

// emptied reports whether an archived guest's record says nothing but whose it is.
func emptied(rec *record.Value) bool {
	for key, v := range rec.Fields() {
		switch string(key) {
		case "id", "href", "rid":
		case "archived":
			if v.Type() == record.TypeFalse {
				return false
			}
		default:
			if !isNothing(v) {
				return false
			}
		}
	}
	return true
}

// isNothing reports whether a value says nothing: null, or what a program may write for it.
func isNothing(v record.Value) bool {
	switch v.Type() {
	case record.TypeNull, record.TypeFalse:
		return true
	case record.TypeString:
		return len(v.Text()) == 0
	}
	return v.Empty()
}
