package reading

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platform/platformtest"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/thefork"
)

// spoiled makes single records of TheFork answer with a fault, for ever.
func (r *rig) spoiled(f platformtest.Fault, ids ...string) {
	r.fake.Before = func(_ int, req *http.Request) platformtest.Fault {
		for _, id := range ids {
			if strings.HasSuffix(req.URL.Path, id) {
				return f
			}
		}
		return platformtest.Fault{}
	}
}

// unread returns the lines of what was not read, as "id why".
func (r *rig) unread(t *testing.T, out Outcome, kind string) (lines []string) {
	t.Helper()
	for _, line := range r.lines(t, out, kind) {
		if line.Unread != "" {
			lines = append(lines, line.Unread+" "+line.Why)
		}
	}
	return lines
}

// One record that cannot be had is named in raw, and in no log; the others go in.
func TestOneRecordThatCannotBeHad(t *testing.T) {
	for name, test := range map[string]struct {
		fault platformtest.Fault
		why   string
	}{
		"always 500":               {platformtest.Fault{Status: 500}, "500"},
		"always 502":               {platformtest.Fault{Status: 502, Body: "<html>bad gateway</html>"}, "502"},
		"forbidden for it alone":   {platformtest.Fault{Status: 403, Body: `{"data":{"code":""},"statusCode":403}`}, "403"},
		"404 of something between": {platformtest.Fault{Status: 404, Body: `<html></html>`}, "404"},
		"404 of another thing":     {platformtest.Fault{Status: 404, Body: `{"data":{"code":"ROUTE"},"statusCode":404}`}, "404"},
		"not JSON":                 {platformtest.Fault{Status: 200, Body: `{"reservationUuid":"x"`}, "not JSON"},
		"an error with status 200": {platformtest.Fault{Status: 200, Body: `{"error":"x","statusCode":500}`}, "not JSON"},
		"too large": {
			platformtest.Fault{Status: 200, Body: `{"reservationUuid":"` + strings.Repeat("x", 17<<20) + `"}`}, "too large",
		},
		"cut off": {platformtest.Fault{Cut: 10}, "cut off"},
		"in an encoding of its own": {
			platformtest.Fault{Status: 200, Body: "{\"a\":\"\xeb\"}",
				Header: map[string]string{"Content-Type": "application/json; charset=x-own"}}, "encoding",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "thefork/101")
			list := platformtest.TheForkRecords(200)
			r.fake.Lists[thefork.ReservationsPath] = list
			r.spoiled(test.fault, list[77].ID)
			var log bytes.Buffer
			out, err := r.run(t, zerolog.New(&log).WithContext(t.Context()))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := out.Reading.Counts[reservation.KindReservation], (lake.RawCounts{
				Listed: 400, Received: 199, Repeated: 200, Unread: 1,
			}); got != want || !out.Reading.Stable {
				t.Errorf("counts %+v, want %+v", got, want)
			}
			if got := r.unread(t, out, reservation.KindReservation); !slices.Equal(got, []string{list[77].ID + " " + test.why}) {
				t.Errorf("not read: %q", got)
			}
			if strings.Contains(log.String(), list[77].ID) || !strings.Contains(log.String(), "a record is not read") {
				t.Errorf("log %s", log.String())
			}
			asked := 0
			urls, _ := r.fake.Asked()
			for _, u := range urls {
				if strings.HasSuffix(u.Path, list[77].ID) {
					asked++
				}
			}
			if asked < 2 || asked > 7 {
				t.Errorf("asked for %d times", asked)
			}
		})
	}
}

// What could not be had in the middle of a sweep, and can at its end, is a record like the others.
func TestARecordThatCanBeHadAtTheEnd(t *testing.T) {
	r := newRig(t, "thefork/101")
	list := platformtest.TheForkRecords(20)
	r.fake.Lists[thefork.ReservationsPath] = list
	tries := 0
	r.fake.Before = func(_ int, req *http.Request) platformtest.Fault {
		if strings.HasSuffix(req.URL.Path, list[3].ID) {
			if tries++; tries <= fewTries {
				return platformtest.Fault{Status: 500}
			}
		}
		return platformtest.Fault{}
	}
	out := mustRun(t, r)
	if c := out.Reading.Counts[reservation.KindReservation]; c.Received != 20 || c.Unread != 0 {
		t.Errorf("counts %+v", c)
	}
}

// An outage is an outage: it ends as the same answers to a list do, and nothing is published.
func TestAnOutageOfRecords(t *testing.T) {
	for name, test := range map[string]struct {
		fault platformtest.Fault
		n     int
		bad   func(i int) bool
		kind  fault.Kind
	}{
		"all of many":        {platformtest.Fault{Status: 500}, 30, func(int) bool { return true }, fault.Unavailable},
		"all of two":         {platformtest.Fault{Status: 500}, 2, func(int) bool { return true }, fault.Unavailable},
		"forbidden, the one": {platformtest.Fault{Status: 403}, 1, func(int) bool { return true }, fault.Denied},
		"forbidden, all":     {platformtest.Fault{Status: 403}, 30, func(int) bool { return true }, fault.Denied},
		"from some on":       {platformtest.Fault{Status: 503}, 30, func(i int) bool { return i > 20 }, fault.Unavailable},
		"every second":       {platformtest.Fault{Status: 500}, 100, func(i int) bool { return i%2 == 0 }, fault.Unavailable},
		"asked to wait":      {platformtest.Fault{Status: 429}, 30, func(i int) bool { return i == 7 }, fault.Temporary},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "thefork/101")
			list := platformtest.TheForkRecords(test.n)
			r.fake.Lists[thefork.ReservationsPath] = list
			var bad []string
			for i, record := range list {
				if test.bad(i) {
					bad = append(bad, record.ID)
				}
			}
			r.spoiled(test.fault, bad...)
			before := r.clock.Now()
			_, err := r.run(t, t.Context())
			if fault.KindOf(err) != test.kind || len(r.left(t)) != 0 {
				t.Errorf("kind %v: %v", fault.KindOf(err), err)
			}
			// The clock's chance is zero: one call's waits are 0.25, 0.5 … 15 seconds, half a minute in all.
			if took := r.clock.Now().Sub(before); took.Seconds() > 300 {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// An outage that ends while it is waited for takes no record along.
func TestAnOutageThatEnds(t *testing.T) {
	for _, src := range []string{"opentable/101", "thefork/101"} {
		r := newRig(t, src)
		r.o.Source.Access.PageSize = 10
		r.fake.Lists[opentable.ReservationsPath] = platformtest.OpenTableRecords(50)
		r.fake.Lists[thefork.ReservationsPath] = platformtest.TheForkRecords(50)
		from := r.clock.Now()
		down := false
		r.fake.Before = func(n int, _ *http.Request) platformtest.Fault {
			if n == 3 {
				down, from = true, r.clock.Now()
			}
			if down && r.clock.Now().Sub(from).Seconds() < 15 {
				return platformtest.Fault{Status: 503}
			}
			return platformtest.Fault{}
		}
		out := mustRun(t, r)
		if c := out.Reading.Counts[reservation.KindReservation]; c.Received != 50 || c.Unread != 0 || !out.Reading.Stable {
			t.Errorf("%s: counts %+v", src, c)
		}
	}
}

// Records that spoil their page of a list of whole records are named by their places.
func TestRecordsThatSpoilTheirPages(t *testing.T) {
	r := newRig(t, "opentable/101")
	r.o.Source.Access.PageSize = 100
	r.fake.Lists[opentable.ReservationsPath] = platformtest.OpenTableRecords(300)
	r.fake.Before = func(_ int, req *http.Request) platformtest.Fault {
		offset, _ := strconv.Atoi(req.URL.Query().Get("offset"))
		limit, _ := strconv.Atoi(req.URL.Query().Get("limit"))
		for _, at := range []int{123, 299} {
			if req.URL.Path == opentable.ReservationsPath && offset <= at && at < offset+limit {
				return platformtest.Fault{Status: 500}
			}
		}
		return platformtest.Fault{}
	}
	out := mustRun(t, r)
	if c := out.Reading.Counts[reservation.KindReservation]; c.Received != 298 || c.Unread != 2 || !out.Reading.Stable {
		t.Errorf("counts %+v", c)
	}
	want := []string{"offset 123 of reservations 500", "offset 299 of reservations 500"}
	if got := r.unread(t, out, reservation.KindReservation); !slices.Equal(got, want) {
		t.Errorf("not read: %q", got)
	}
	// All pages fail: an outage.
	r = newRig(t, "opentable/101")
	r.fake.Lists[opentable.ReservationsPath] = platformtest.OpenTableRecords(300)
	r.fake.Before = func(int, *http.Request) platformtest.Fault { return platformtest.Fault{Status: 500} }
	before := r.clock.Now()
	_, err := r.run(t, t.Context())
	if took := r.clock.Now().Sub(before); fault.KindOf(err) != fault.Unavailable || took.Seconds() > 60 || len(r.left(t)) != 0 {
		t.Errorf("kind %v after %s: %v", fault.KindOf(err), took, err)
	}
}

// One item that is no JSON goes in as it was sent, for validate to refuse; the others are records.
func TestItemsThatAreNoJSON(t *testing.T) {
	for _, src := range []string{"opentable/101", "thefork/101"} {
		r := newRig(t, src)
		path, list := opentable.ReservationsPath, platformtest.OpenTableRecords(100)
		if src == "thefork/101" {
			path, list = thefork.ReservationsPath, platformtest.TheForkRecords(100)
		}
		list[42].Body = `{ "id" : "1001-42", "reservationUuid": "x", "bill": NaN, "n": 1  2 }`
		r.fake.Lists[path] = list
		out := mustRun(t, r)
		found := 0
		for _, line := range r.lines(t, out, reservation.KindReservation) {
			if string(line.Record) == `{"id":"1001-42","reservationUuid":"x","bill":NaN,"n":1 2}` {
				found++
			}
		}
		if c := out.Reading.Counts[reservation.KindReservation]; c.Received != 100 || found != 1 {
			t.Errorf("%s: counts %+v, %d lines as sent", src, c, found)
		}
	}
}

// What is no id among ids is not read, by its place.
func TestIDsThatAreNone(t *testing.T) {
	r := newRig(t, "thefork/101")
	list := platformtest.TheForkRecords(3)
	r.fake.Lists[thefork.ReservationsPath] = list
	r.fake.Before = func(_ int, req *http.Request) platformtest.Fault {
		if strings.HasSuffix(req.URL.Path, thefork.ReservationsPath) {
			return platformtest.Fault{Status: 200, Body: fmt.Sprintf(`{"data":[%q,null,%q,%q],"totalCount":4,"limit":1000}`,
				list[0].ID, list[1].ID, list[2].ID)}
		}
		return platformtest.Fault{}
	}
	out := mustRun(t, r)
	if c, want := out.Reading.Counts[reservation.KindReservation], (lake.RawCounts{
		Listed: 8, Received: 3, Repeated: 4, Unread: 1,
	}); c != want {
		t.Errorf("counts %+v", c)
	}
	if got := r.unread(
		t,
		out,
		reservation.KindReservation,
	); !slices.Equal(
		got,
		[]string{"item 2 on page 1 of reservations not an id"},
	) {
		t.Errorf("not read: %q", got)
	}
}

// A record of its own that was asked for bears the id that it was asked for by.
func TestLinesBearTheIDThatWasAskedFor(t *testing.T) {
	r := newRig(t, "thefork/101")
	list := platformtest.TheForkRecords(2)
	r.fake.Lists[thefork.ReservationsPath] = list
	for i, line := range r.lines(t, mustRun(t, r), reservation.KindReservation) {
		if line.Asked == "" || !strings.Contains(string(line.Record), line.Asked) {
			t.Errorf("line %d was asked for by %q", i, line.Asked)
		}
	}
}
