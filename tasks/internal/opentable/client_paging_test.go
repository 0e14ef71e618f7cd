package opentable_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platform/platformtest"
)

// body is a page of a list of n records from offset on, with more where that is set.
func body(from, to int, envelope string) platformtest.Fault {
	var items []string
	for _, r := range fill(to)[min(from, to):] {
		items = append(items, r.Body)
	}
	return platformtest.Fault{Status: 200, Body: `{"items":[` + strings.Join(items, ",") + `],` + envelope + `}`}
}

func asked(r *http.Request) (offset, limit int) {
	offset, _ = strconv.Atoi(r.URL.Query().Get("offset"))
	limit, _ = strconv.Atoi(r.URL.Query().Get("limit"))
	return offset, limit
}

// A list ends by itself, however its envelope is written and whatever the server makes of the page asked for.
func TestEnvelopesAsTheyCome(t *testing.T) {
	const n = 7
	for name, answer := range map[string]func(offset, limit int) platformtest.Fault{
		"text for a boolean": func(offset, limit int) platformtest.Fault {
			to := min(n, offset+limit)
			return body(offset, to, fmt.Sprintf(`"hasNextPage":"%t","nextPageUrl":false`, to < n))
		},
		"a number for a boolean": func(offset, limit int) platformtest.Fault {
			to := min(n, offset+limit)
			return body(offset, to, fmt.Sprintf(`"hasNextPage":%d,"nextPageUrl":""`, map[bool]int{true: 1}[to < n]))
		},
		"nothing said of more": func(offset, limit int) platformtest.Fault {
			return body(offset, min(n, offset+limit), `"limit":null`)
		},
		"null behind the end": func(offset, limit int) platformtest.Fault {
			if offset >= n {
				return platformtest.Fault{Status: 200, Body: `{"items":null,"hasNextPage":null}`}
			}
			return body(offset, min(n, offset+limit), `"hasNextPage":null`)
		},
		"the limit clamped, and said": func(offset, _ int) platformtest.Fault {
			to := min(n, offset+3)
			return body(offset, to, fmt.Sprintf(`"hasNextPage":%t,"limit":3,"offset":%d`, to < n, offset))
		},
		"the limit clamped, and not said": func(offset, _ int) platformtest.Fault {
			to := min(n, offset+3)
			return body(offset, to, fmt.Sprintf(`"hasNextPage":%t`, to < n))
		},
		"the last page behind the end": func(offset, limit int) platformtest.Fault {
			if offset >= n {
				offset = n - n%limit
			}
			return body(offset, min(n, offset+limit), fmt.Sprintf(`"hasNextPage":true,"offset":%d`, offset))
		},
		"an empty page in the middle": func(offset, limit int) platformtest.Fault {
			if offset == limit { // all of it was left out
				return platformtest.Fault{Status: 200, Body: `{"items":[],"hasNextPage":true}`}
			}
			if offset > limit {
				offset -= limit
			}
			to := min(n, offset+limit)
			return body(offset, to, fmt.Sprintf(`"hasNextPage":%t`, to < n))
		},
		"a last page that names itself": func(offset, limit int) platformtest.Fault {
			next := offset + limit
			if next > n {
				next = offset
			}
			return body(offset, min(n, offset+limit), fmt.Sprintf(`"nextPageUrl":"?limit=%d&offset=%d&rid=1001"`, limit, next))
		},
		"a last page that names itself, beside the word": func(offset, limit int) platformtest.Fault {
			next := min(offset+limit, n-n%limit)
			return body(offset, min(n, offset+limit), fmt.Sprintf(`"hasNextPage":%t,"nextPageUrl":"?limit=%d&offset=%d&rid=1001"`,
				next > offset, limit, next))
		},
		"more for ever, and nothing": func(offset, limit int) platformtest.Fault {
			return body(offset, max(min(offset, n), min(n, offset+limit)), `"hasNextPage":true`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			fake := platformtest.New(t)
			fake.Before = func(_ int, r *http.Request) platformtest.Fault { return answer(asked(r)) }
			records, _, err := read(t.Context(), newClient(t, fake, 4), all)
			slices.Sort(records)
			if records = slices.Compact(records); err != nil || len(records) != n {
				t.Errorf("%d records: %v", len(records), err)
			}
			if urls, _ := fake.Asked(); len(urls) > 10 {
				t.Errorf("%d requests", len(urls))
			}
		})
	}
}

// A list that goes round in a circle, of whatever length and order, is ended with a word.
func TestCircles(t *testing.T) {
	list := fill(6)
	for name, answer := range map[string]func(n, offset int) []platformtest.Record{
		"offset is not heeded": func(int, int) []platformtest.Record { return list[:2] },
		"two orders in turn": func(n, _ int) []platformtest.Record {
			if n%2 == 0 {
				return []platformtest.Record{list[1], list[0]}
			}
			return list[:2]
		},
		"a circle of three":              func(n, _ int) []platformtest.Record { return list[n%3*2 : n%3*2+2] },
		"a circle of five that overlaps": func(n, _ int) []platformtest.Record { return list[n%5 : n%5+2] },
	} {
		t.Run(name, func(t *testing.T) {
			fake := platformtest.New(t)
			fake.Before = func(n int, r *http.Request) platformtest.Fault {
				offset, _ := asked(r)
				var items []string
				for _, item := range answer(n, offset) {
					items = append(items, item.Body)
				}
				return platformtest.Fault{
					Status: 200,
					Body: fmt.Sprintf(`{"items":[%s],"hasNextPage":true,"nextPageUrl":null,"offset":%d}`,
						strings.Join(items, ","), offset),
				}
			}
			_, pages, err := read(t.Context(), newClient(t, fake, 2), all)
			if fault.KindOf(err) != fault.Unavailable || pages > 30 || !strings.Contains(err.Error(), "again and again") {
				t.Errorf("%d pages, kind %v: %v", pages, fault.KindOf(err), err)
			}
		})
	}
}

// What the platform cannot give of a list is cut down to the record, told by its place, and passed over.
func TestARecordThatSpoilsItsPage(t *testing.T) {
	for name, spoil := range map[string]platformtest.Fault{
		"an error of the server": {Status: 500},
		"a cut answer":           {Status: 200, Body: `{"items":[{"id":"`},
		"too large":              {Status: 200, Body: strings.Repeat(" ", 17<<20)},
	} {
		t.Run(name, func(t *testing.T) {
			fake := platformtest.New(t)
			fake.Lists[opentable.ReservationsPath] = fill(40)
			bad := []int{9, 10, 39}
			fake.Before = func(_ int, r *http.Request) platformtest.Fault {
				offset, limit := asked(r)
				for _, at := range bad {
					if offset <= at && at < offset+limit {
						return spoil
					}
				}
				return platformtest.Fault{}
			}
			var missed []int
			var records []string
			c := newClient(t, fake, 16)
			err := c.Pages(t.Context(), all, func(page opentable.Batch) error {
				for _, r := range page.Records {
					records = append(records, string(r))
				}
				return nil
			}, func(m opentable.Missed) bool {
				if m.Why == "" || m.Err == nil || m.RequestID == "" || m.At.IsZero() {
					t.Errorf("missed %+v", m)
				}
				missed = append(missed, m.Offset)
				return true
			})
			if err != nil || !slices.Equal(missed, bad) || len(records) != 37 {
				t.Errorf("%d records, missed %v: %v", len(records), missed, err)
			}
			if _, err := c.Place(t.Context(), all, 9, 3, nil); err == nil {
				t.Error("the place could be had")
			}
			n := 0
			if _, err := c.Place(
				t.Context(),
				all,
				8,
				3,
				func(b opentable.Batch) error { n += len(b.Records); return nil },
			); err != nil ||
				n != 1 {
				t.Errorf("%d records at a place: %v", n, err)
			}
		})
	}
}
