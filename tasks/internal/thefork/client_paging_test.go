package thefork_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/platform/platformtest"
	"covers/tasks/internal/thefork"
)

func page(ids []string, rest string) platformtest.Fault {
	data, _ := json.Marshal(ids)
	return platformtest.Fault{Status: 200, Body: `{"data":` + string(data) + rest + `}`}
}

func names(n int) (ids []string) {
	for i := range n {
		ids = append(ids, fmt.Sprintf("id-%d", i))
	}
	return ids
}

// part is page n, from 1, of so many ids.
func part(ids []string, n, limit int) []string {
	from := min(len(ids), (n-1)*limit)
	return ids[from:min(len(ids), from+limit)]
}

// A list of ids ends by itself, however its envelope is written and whatever the server makes of the page asked for.
func TestEnvelopesAsTheyCome(t *testing.T) {
	ids := names(7)
	for name, answer := range map[string]func(n, limit int) platformtest.Fault{
		"the total as text": func(n, limit int) platformtest.Fault {
			return page(part(ids, n, limit), `,"totalCount":"7","page":1,"limit":"4"`)
		},
		"numbers with a point": func(n, limit int) platformtest.Fault {
			return page(part(ids, n, limit), `,"totalCount":7.0,"limit":4.0`)
		},
		"no limit": func(n,
			limit int) platformtest.Fault {
			return page(part(ids, n, limit), `,"totalCount":7`)
		},
		"no total": func(n, limit int) platformtest.Fault { return page(part(ids, n, limit), ``) },
		"clamped, and said": func(n,
			_ int) platformtest.Fault {
			return page(part(ids, n, 2), `,"totalCount":7,"limit":2`)
		},
		"clamped, and not said":        func(n, _ int) platformtest.Fault { return page(part(ids, n, 2), `,"totalCount":7`) },
		"clamped, and nothing is said": func(n, _ int) platformtest.Fault { return page(part(ids, n, 2), ``) },
		"a total that shrinks": func(n, limit int) platformtest.Fault {
			return page(part(ids, n, limit), fmt.Sprintf(`,"totalCount":%d`, 8-n))
		},
		"a total that grows": func(n, limit int) platformtest.Fault {
			return page(part(ids, n, limit), fmt.Sprintf(`,"totalCount":%d`, 6+n))
		},
		"a total that is too large": func(n,
			limit int) platformtest.Fault {
			return page(part(ids, n, limit), `,"totalCount":700`)
		},
		"null behind the end": func(n, limit int) platformtest.Fault {
			if n > 2 {
				return platformtest.Fault{Status: 200, Body: `{"data":null,"totalCount":0}`}
			}
			return page(part(ids, n, limit), ``)
		},
		"the last page behind the end": func(n, _ int) platformtest.Fault {
			return page(part(names(6), min(n, 3), 2), `,"totalCount":6,"limit":2`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			want := 7
			if name == "the last page behind the end" {
				want = 6
			}
			fake := platformtest.New(t)
			fake.Before = func(_ int, r *http.Request) platformtest.Fault {
				n, _ := strconv.Atoi(r.URL.Query().Get("page"))
				limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
				return answer(n, limit)
			}
			got, _, err := read(t.Context(), newClient(t, fake, 4), all)
			if err != nil || len(got) != want {
				t.Errorf("%q: %v", got, err)
			}
			if urls, _ := fake.Asked(); len(urls) > 5 {
				t.Errorf("%d requests", len(urls))
			}
		})
	}
}

// A list that goes round in a circle, of whatever length and order, is ended with a word.
func TestCircles(t *testing.T) {
	ids := names(6)
	for name, answer := range map[string]func(n int) platformtest.Fault{
		"two orders in turn, and no total": func(n int) platformtest.Fault {
			return page([][]string{{"a", "b"}, {"b", "a"}}[n%2], ``)
		},
		"a circle of three": func(n int) platformtest.Fault { return page(part(ids, n%3+1, 2), `,"totalCount":900`) },
	} {
		fake := platformtest.New(t)
		fake.Before = func(n int, _ *http.Request) platformtest.Fault { return answer(n) }
		_, pages, err := read(t.Context(), newClient(t, fake, 2), all)
		if fault.KindOf(err) != fault.Unavailable || pages > 30 || !strings.Contains(err.Error(), "again and again") {
			t.Errorf("%s: %d pages, kind %v: %v", name, pages, fault.KindOf(err), err)
		}
	}
	// Two replicas that take no heed of the page, whose total is what they have: what there is was read.
	fake := platformtest.New(t)
	fake.Before = func(n int, _ *http.Request) platformtest.Fault {
		return page([][]string{{"a", "b"}, {"b", "a"}}[n%2], `,"totalCount":2`)
	}
	if got, _, err := read(t.Context(), newClient(t, fake, 2), all); err != nil || len(got) != 2 {
		t.Errorf("%q: %v", got, err)
	}
}

// What is no id among ids is told by its place, and the others are handed on.
func TestWhatIsNoIDAmongIDs(t *testing.T) {
	fake := platformtest.New(t)
	fake.Before = func(int, *http.Request) platformtest.Fault {
		return platformtest.Fault{Status: 200, Body: `{"data":["a",null,"../b",NaN,"c"],"totalCount":5}`}
	}
	var bad []int
	var ids []string
	err := newClient(t, fake, 10).Pages(t.Context(), all, func(b thefork.Batch) error {
		bad, ids = append(bad, b.Bad...), append(ids, b.IDs...)
		return nil
	})
	if err != nil || !slices.Equal(bad, []int{2, 3, 4}) || !slices.Equal(ids, []string{"a", "c"}) {
		t.Errorf("ids %q, bad %v: %v", ids, bad, err)
	}
	for _, size := range []int{0, thefork.MaxLimit + 1} {
		if newClientErr(fake, size) == nil {
			t.Errorf("page size %d is taken", size)
		}
	}
	if err := newClientErr(fake, thefork.MaxLimit); err != nil {
		t.Error(err)
	}
}
