package reading

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platform"
	"covers/tasks/internal/platform/platformtest"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/thefork"
)

// moving is a list that changes before each of the first requests for a page of it. As on a platform, what changes goes to
// the end the list is sorted by; what is new comes anywhere; what leaves does not come back.
type moving struct {
	t        *rapid.T
	newest   bool // sorted by change, newest first; else newest last
	once     bool // what does not show a change in the list itself changes once at most
	requests int  // with changes before them
	body     func(id string, version int) string

	next    int
	version map[string]int
	stays   []string // there from the first request to the last
}

func (m *moving) id() string {
	m.next++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", m.next)
}

func (m *moving) begin(n int) (list []platformtest.Record) {
	m.version = map[string]int{}
	for range n {
		id := m.id()
		list = append(list, platformtest.Record{ID: id, Body: m.body(id, 0)})
		m.stays = append(m.stays, id)
	}
	return list
}

func (m *moving) change(list []platformtest.Record) []platformtest.Record {
	list = slices.Clone(list)
	if m.requests--; m.requests < 0 {
		return list
	}
	for range rapid.IntRange(0, 5).Draw(m.t, "changes") {
		at := 0
		if len(list) > 0 {
			at = rapid.IntRange(0, len(list)-1).Draw(m.t, "at")
		}
		switch what := rapid.IntRange(0, 3).Draw(m.t, "what"); {
		case what == 0 || len(list) == 0:
			id := m.id()
			list = slices.Insert(list, at, platformtest.Record{ID: id, Body: m.body(id, 0)})
		case what == 1:
			m.stays = slices.DeleteFunc(m.stays, func(id string) bool { return id == list[at].ID })
			list = slices.Delete(list, at, at+1)
		default:
			r := list[at]
			if m.once && m.version[r.ID] > 0 {
				continue
			}
			m.version[r.ID]++
			r.Body = m.body(r.ID, m.version[r.ID])
			list = slices.Delete(list, at, at+1)
			if m.newest {
				list = slices.Insert(list, 0, r)
			} else {
				list = append(list, r)
			}
		}
	}
	return list
}

// Whatever moves between pages, what is there all along is in the reading.
func TestNothingThatIsThereAllAlongIsLost(t *testing.T) {
	for src, path := range map[string]string{
		"opentable/101": opentable.ReservationsPath, "thefork/101": thefork.ReservationsPath,
	} {
		t.Run(src, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				r := newRig(t, src)
				r.o.MaxSweeps = 50
				r.o.InMemory = rapid.IntRange(1, 40).Draw(t, "in memory")
				r.o.Source.Access.PageSize = rapid.IntRange(1, 6).Draw(t, "page size")
				m := &moving{
					t: t, newest: rapid.Bool().Draw(t, "newest first"), once: src == "thefork/101",
					requests: rapid.IntRange(0, 30).Draw(t, "requests with changes"),
					body: func(id string, version int) string {
						return fmt.Sprintf(`{"id":"%s","reservationUuid":"%s","sequence_id":%d}`, id, id, version)
					},
				}
				r.fake.Next = rapid.IntRange(platformtest.NextNull, platformtest.NextQuery).Draw(t, "next")
				r.fake.Lists[path] = m.begin(rapid.IntRange(0, 25).Draw(t, "records"))
				r.fake.Before = func(_ int, req *http.Request) platformtest.Fault {
					if strings.HasSuffix(req.URL.Path, path) {
						r.fake.Lists[path] = m.change(r.fake.Lists[path])
					}
					return platformtest.Fault{}
				}
				out, err := r.run(t, context.Background())
				if err != nil {
					t.Fatal(err)
				}
				if !out.Reading.Stable {
					t.Errorf("not stable after %d sweeps", out.Reading.Sweeps)
				}
				have := map[string]bool{}
				for _, line := range r.lines(t, out, reservation.KindReservation) {
					have[strings.Split(string(line.Record), `"`)[3]] = true
				}
				for _, id := range m.stays {
					if !have[id] {
						t.Errorf("%s is lost (%d sweeps)", id, out.Reading.Sweeps)
					}
				}
			})
		})
	}
}

// Whatever goes wrong and passes, the reading is what it would have been without: each record once, verbatim, and the counts
// those of two quiet sweeps.
func TestFaultsThatPassLeaveNoTrace(t *testing.T) {
	faults := []platformtest.Fault{
		{Status: 429}, {Status: 429, Header: map[string]string{"Retry-After": "9"}}, {Status: 500}, {Status: 502}, {Status: 503},
		{Status: 504},
		{HTML: true}, {Cut: 20}, {Cut: 90}, {Short: true}, {Long: true}, {Gzip: true},
		{Status: 200, Body: `{"message":"down for maintenance"}`},
	}
	value := rapid.SampledFrom([]string{
		`"a  b"`, "\"\xff\"", `{ "x" : [ 1 , 2.50 ] }`, `123456789012345678901`, `"\ud83d\ude00 \"{"`, `null`,
	})
	for src, path := range map[string]string{
		"opentable/101": opentable.ReservationsPath, "thefork/101": thefork.ReservationsPath,
	} {
		t.Run(src, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				r := newRig(t, src)
				r.o.InMemory = rapid.IntRange(1, 20).Draw(t, "in memory")
				r.o.Source.Access.PageSize = rapid.IntRange(1, 6).Draw(t, "page size")
				r.fake.Wrap = rapid.Bool().Draw(t, "in an envelope")
				var want []string
				n := rapid.IntRange(0, 12).Draw(t, "records")
				for i := range n {
					id := fmt.Sprintf("id-%d", i)
					body := fmt.Sprintf(`{ "reservationUuid" : "%s", "f" : %s }`, id, value.Draw(t, "value"))
					r.fake.Lists[path] = append(r.fake.Lists[path], platformtest.Record{ID: id, Body: body})
					want = append(want, string(platform.Compact([]byte(body))))
				}
				// Requests that are made at once may by chance leave all the faults to one of them.
				r.o.Tune = func(s *platform.Settings) { s.Attempts = 1000 }
				revoke := rapid.IntRange(1, 30).Draw(t, "revoke at")
				spoil := rapid.SliceOfN(rapid.SampledFrom(faults), 1, 6).Draw(t, "faults")
				row := rapid.IntRange(2, 9).Draw(t, "every")
				r.fake.Before = func(n int, _ *http.Request) platformtest.Fault {
					if n == revoke {
						r.fake.Revoke()
					}
					if n%row == 0 {
						return spoil[n/row%len(spoil)]
					}
					return platformtest.Fault{}
				}
				out, err := r.run(t, context.Background())
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, line := range r.lines(t, out, reservation.KindReservation) {
					got = append(got, string(line.Record))
				}
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
				if c := out.Reading.Counts[reservation.KindReservation]; !out.Reading.Stable || out.Reading.Sweeps != 2 ||
					c.Listed != 2*int64(n) || c.Received != int64(n) || c.Gone != 0 {
					t.Errorf("%d records: %+v after %d sweeps", n, c, out.Reading.Sweeps)
				}
			})
		})
	}
}
