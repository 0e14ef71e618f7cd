package mockapi

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"covers/tasks/internal/mockapi/form"
	"covers/tasks/internal/opentable"
)

// openTableQuery is what a list is asked for. The first problem that is met stays.
type openTableQuery struct {
	params   url.Values
	settings *OpenTableSettings
	clamp    bool // a limit beyond the maximum
	problem  string

	rid           int64
	limit, offset int64
	after         *int64 // milliseconds since 1970
	from, to      *int64 // local seconds
	state         string
	unarchived    bool // leaves out archived guests
	confirmation  int64
	guest         *uuid.UUID
}

func (q *openTableQuery) bad(format string, args ...any) {
	if q.problem == "" {
		q.problem = fmt.Sprintf(format, args...)
	}
}

// number reads a whole number. One beyond the maximum is refused, but a limit is cut where the settings say so.
func (q *openTableQuery) number(name string, def, lo, hi int64) int64 {
	n, problem := number(q.params, name, def, lo, hi, name == "limit" && q.clamp)
	if problem != "" {
		q.bad("%s", problem)
	}
	return n
}

func number(params url.Values, name string, def, lo, hi int64, clamp bool) (n int64, problem string) {
	if !params.Has(name) {
		return def, ""
	}
	n, err := strconv.ParseInt(params.Get(name), 10, 64)
	if err == nil && n > hi && clamp {
		return hi, ""
	}
	if err != nil || n < lo || n > hi {
		return def, fmt.Sprintf("%s must be a whole number from %d to %d", name, lo, hi)
	}
	return n, ""
}

func (q *openTableQuery) instant(name string) *int64 {
	if !q.params.Has(name) {
		return nil
	}
	text := q.params.Get(name)
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || text[len(text)-1] != 'Z' {
		q.bad("%s must be of the form YYYY-MM-DDThh:mm:ss.sssZ", name)
		return nil
	}
	return new(t.UnixMilli())
}

func (q *openTableQuery) local(name string) *int64 {
	if !q.params.Has(name) {
		return nil
	}
	t, err := time.Parse(opentable.LocalTime, q.params.Get(name))
	if err != nil {
		q.bad("%s must be of the form YYYY-MM-DDThh:mm:ss", name)
		return nil
	}
	return new(t.Unix())
}

// reservationFilters reads the filters that only reservations have.
func reservationFilters(q *openTableQuery) {
	q.from, q.to = q.local("scheduled_time_from"), q.local("scheduled_time_to")
	q.state = q.params.Get("state")
	q.confirmation = q.number("confirmation_id", 0, 1, 1<<62)
	if text := q.params.Get("guest_id"); text != "" {
		id, err := bare(text)
		if err != nil || len(text) != uuidLength && len(text) != hexLength {
			// An id that nobody has: the leading "<rid>-" does not belong here.
			id = uuid.Max
		}
		q.guest = &id
	}
}

// guestFilters reads the filters that only guests have: email_optin, which Copper does not know.
func (o *openTable) guestFilters(q *openTableQuery) {
	switch word := q.params.Get("email_optin"); {
	case !q.params.Has("email_optin") || o.tier(q.rid) == "copper":
	case word == form.OptedIn || word == form.OptedOut:
		q.state = word
	default:
		q.bad("email_optin must be true or false")
	}
	q.unarchived = q.after != nil && o.server.settings.ArchivedListed == "no"
}

// page returns the records of the page asked for, and whether there are more behind it.
func (q *openTableQuery) page(v *view) (items []span, more bool) {
	entries := v.entries
	if q.after != nil && v.rising {
		// In the platform's own order what changed after a moment is the end of the list.
		n, _ := slices.BinarySearchFunc(entries, *q.after, func(e entry, after int64) int {
			if q.isAfter(e.updated, after) {
				return 1
			}
			return -1
		})
		entries = entries[n:]
	}
	if !q.filters(v) {
		first := min(q.offset, int64(len(entries)))
		last := min(first+q.limit, int64(len(entries)))
		items = make([]span, 0, last-first)
		for _, e := range entries[first:last] {
			items = append(items, e.at())
		}
		return items, last < int64(len(entries))
	}
	matches := q.matches(v)
	skip := q.offset
	for _, e := range entries {
		if !matches(&e) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		if int64(len(items)) == q.limit {
			return items, true
		}
		items = append(items, e.at())
	}
	return items, false
}

func (q *openTableQuery) isAfter(updated, after int64) bool {
	return updated > after || updated == after && q.settings.UpdatedAfter == "inclusive"
}

// filters reports whether the records have to be looked at one by one.
func (q *openTableQuery) filters(v *view) bool {
	return q.after != nil && !v.rising || q.from != nil || q.to != nil || q.state != "" || q.confirmation != 0 ||
		q.guest != nil || q.unarchived
}

func (q *openTableQuery) matches(v *view) func(*entry) bool {
	state, known := v.state(q.state)
	archived, some := v.state(form.Archived)
	return func(e *entry) bool {
		switch {
		case q.after != nil && !q.isAfter(e.updated, *q.after):
		case q.from != nil && e.local() < *q.from:
		case q.to != nil && (e.local() > *q.to || e.local() == *q.to && q.settings.ScheduledTo == "exclusive"):
		case q.state != "" && (!known || e.state != state):
		case q.unarchived && some && e.state == archived:
		case q.confirmation != 0 && e.confirmation != q.confirmation:
		case q.guest != nil && e.guest != *q.guest:
		default:
			return true
		}
		return false
	}
}

// appendEnvelope appends what stands before a page's items.
func (q *openTableQuery) appendEnvelope(dst []byte, r *http.Request, more bool) []byte {
	dst = append(dst, `{"hasNextPage":`...)
	dst = strconv.AppendBool(dst, more)
	dst = append(dst, `,"nextPageUrl":`...)
	dst = q.appendNext(dst, r, more)
	dst = append(dst, `,"offset":`...)
	dst = strconv.AppendInt(dst, q.offset, 10)
	dst = append(dst, `,"limit":`...)
	dst = strconv.AppendInt(dst, q.limit, 10)
	return append(dst, `,"items":[`...)
}

// appendNext appends nextPageUrl in the form that the settings name.
func (q *openTableQuery) appendNext(dst []byte, r *http.Request, more bool) []byte {
	if !more || q.settings.NextPageURL == "null" {
		return append(dst, "null"...)
	}
	params := url.Values{}
	for k, v := range q.params {
		params[k] = v
	}
	params.Set("offset", strconv.FormatInt(q.offset+q.limit, 10))
	params.Set("limit", strconv.FormatInt(q.limit, 10))
	next := url.URL{Path: r.URL.Path, RawQuery: params.Encode()}
	if q.settings.NextPageURL != "relative" {
		next.Scheme, next.Host = "http", r.Host
		if r.TLS != nil {
			next.Scheme = "https"
		}
	}
	return strconv.AppendQuote(dst, next.String()) // an encoded URL is ASCII without anything to escape
}
