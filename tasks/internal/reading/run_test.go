package reading

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platform"
	"covers/tasks/internal/platform/platformtest"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/thefork"
)

func TestAQuietDay(t *testing.T) {
	r := newRig(t, "opentable/101")
	r.o.Source.Access.PageSize = 4
	r.fake.Lists[opentable.ReservationsPath] = platformtest.OpenTableRecords(10)
	r.fake.Lists[opentable.GuestsPath] = platformtest.OpenTableRecords(3)
	out := mustRun(t, r)
	m := out.Reading
	if want := map[string]lake.RawCounts{
		reservation.KindReservation: {Listed: 20, Received: 10, Repeated: 10},
		reservation.KindCustomer:    {Listed: 6, Received: 3, Repeated: 3},
	}; !maps.Equal(m.Counts, want) {
		t.Errorf("counts %+v", m.Counts)
	}
	if !m.Stable || m.Sweeps != 2 || m.Requests != 8 || m.By != lake.ByUpdated || m.WindowFrom != "2026-03-26T23:00:00.000Z" ||
		m.WindowTo != "" || m.Program != "test" {
		t.Errorf("manifest %+v", m)
	}
	if id, err := lake.ParseReadingID(m.Reading); err != nil || !strings.HasPrefix(id.Name, "20260328T013000.123Z-") ||
		id.Source != "opentable/101" || id.Day != day {
		t.Errorf("reading %q", m.Reading)
	}
	for i, line := range r.lines(t, out, reservation.KindReservation) {
		if want := fmt.Sprintf(`{"id":"1001-%d","guest_request":"no  nuts"}`, i); string(line.Record) != want {
			t.Errorf("record %q, want %q", line.Record, want)
		}
		if want := fmt.Sprintf("ot-%d", i/4+1); string(line.Request) != want {
			t.Errorf("record %d came with request %s, want %s", i, line.Request, want)
		}
	}
	// The next run adds another reading.
	if again := mustRun(t, r); again.Manifest == out.Manifest {
		t.Error("the second reading has the first one's name")
	}
}

func TestAnEmptyDay(t *testing.T) {
	for _, src := range []string{"opentable/101", "thefork/101", "thefork/group-main"} {
		r := newRig(t, src)
		out := mustRun(t, r)
		if len(out.Reading.Objects) != 0 || !out.Reading.Stable || len(out.Reading.Counts) != len(r.o.Source.Kinds) {
			t.Errorf("%s: %+v", src, out.Reading)
		}
	}
}

func TestObjectsRotate(t *testing.T) {
	for _, rotate := range []Rotation{{Bytes: 1 << 30, Lines: 4}, {Bytes: 300, Lines: 1 << 30}} {
		r := newRig(t, "opentable/101")
		r.fake.Lists[opentable.ReservationsPath] = platformtest.OpenTableRecords(10)
		r.fake.Lists[opentable.GuestsPath] = platformtest.OpenTableRecords(4)
		r.o.Rotate = rotate
		if out := mustRun(t, r); len(out.Reading.Objects) < 4 {
			t.Errorf("%d objects", len(out.Reading.Objects))
		}
	}
}

func TestRecordsOneByOne(t *testing.T) {
	r := newRig(t, "thefork/101")
	r.o.Source.Access.PageSize = 4
	list := platformtest.TheForkRecords(10)
	list = append(list, list[9], list[2]) // listed twice: on one page, and on two
	r.fake.Lists[thefork.ReservationsPath] = list
	r.fake.Gone[list[5].ID], r.fake.Gone[list[9].ID] = true, true
	out := mustRun(t, r)
	// Twelve entries a sweep; three of them, two ids, are gone in each.
	if got, want := out.Reading.Counts[reservation.KindReservation], (lake.RawCounts{
		Listed: 24, Received: 8, Repeated: 10, Gone: 6,
	}); got != want {
		t.Errorf("counts %+v, want %+v", got, want)
	}
	// Each sweep: three pages and an empty one are not needed to see the end, and the gone are asked for once a page.
	if m := out.Reading; !m.Stable || m.Sweeps != 2 || m.WindowFrom != "2026-03-26" || m.WindowTo != "2026-03-28" {
		t.Errorf("manifest %+v", m)
	}
	requests := map[string]bool{}
	for _, line := range r.lines(t, out, reservation.KindReservation) {
		requests[string(line.Request)] = true
	}
	if len(requests) != 8 {
		t.Errorf("requests %v", requests)
	}
}

func TestWhatWasGoneMayComeBack(t *testing.T) {
	r := newRig(t, "thefork/101")
	r.fake.Lists[thefork.ReservationsPath] = platformtest.TheForkRecords(3)
	r.fake.Gone[platformtest.TheForkRecords(3)[1].ID] = true
	lists := 0
	r.fake.Before = func(_ int, req *http.Request) platformtest.Fault {
		if strings.HasSuffix(req.URL.Path, thefork.ReservationsPath) {
			if lists++; lists == 2 {
				clear(r.fake.Gone)
			}
		}
		return platformtest.Fault{}
	}
	out := mustRun(t, r)
	if got, want := out.Reading.Counts[reservation.KindReservation], (lake.RawCounts{
		Listed: 9, Received: 3, Repeated: 5, Gone: 1,
	}); got != want || out.Reading.Sweeps != 3 {
		t.Errorf("counts %+v, want %+v, after %d sweeps", got, want, out.Reading.Sweeps)
	}
}

func TestAListThatNeverStandsStill(t *testing.T) {
	r := newRig(t, "opentable/101")
	r.fake.Lists[opentable.GuestsPath] = platformtest.OpenTableRecords(2)
	r.fake.Before = func(n int, req *http.Request) platformtest.Fault {
		if req.URL.Path == opentable.ReservationsPath {
			r.fake.Lists[opentable.ReservationsPath] = []platformtest.Record{
				{ID: "1", Body: fmt.Sprintf(`{"id":"1","sequence_id":%d}`, n)},
			}
		}
		return platformtest.Fault{}
	}
	out := mustRun(t, r)
	if m := out.Reading; m.Stable || m.Sweeps != 6 || m.Counts[reservation.KindReservation].Received != 6 ||
		out.Sweeps[reservation.KindCustomer] != 2 {
		t.Errorf("%+v, sweeps %v", m, out.Sweeps)
	}
}

// A record that both of the first two sweeps skip, because others leave the list, is found: the second adds nothing, but it
// did not meet what the first one met.
func TestAListThatShrinksWhileItIsRead(t *testing.T) {
	for _, src := range []string{"opentable/101", "thefork/101"} {
		r := newRig(t, src)
		r.o.Source.Access.PageSize = 3
		path, list := opentable.ReservationsPath, platformtest.OpenTableRecords(9)
		if src == "thefork/101" {
			path, list = thefork.ReservationsPath, platformtest.TheForkRecords(9)
		}
		r.fake.Lists[path] = list
		pages := 0
		r.fake.Before = func(_ int, req *http.Request) platformtest.Fault {
			if !strings.HasSuffix(req.URL.Path, path) {
				return platformtest.Fault{}
			}
			pages++
			// 0 1 2, 3 4 5, without 0 then 7 8; 1 2 3, without these then 7 8: no 6.
			leave := map[int]int{3: 1, 5: 3}[pages]
			r.fake.Lists[path] = r.fake.Lists[path][leave:]
			return platformtest.Fault{}
		}
		out := mustRun(t, r)
		if c := out.Reading.Counts[reservation.KindReservation]; c.Received != 9 || !out.Reading.Stable ||
			out.Reading.Sweeps != 4 {
			t.Errorf("%s: %+v after %d sweeps", src, c, out.Reading.Sweeps)
		}
	}
}

func TestLargeAndDefectiveRecordsAreKeptVerbatim(t *testing.T) {
	bodies := []string{
		`{"id":"` + strings.Repeat("x", 10<<20) + `"}`, "{\"id\":\"\xff\xfe\"}", `{"id":"a","id":"b"}`,
		`{"n":123456789012345678901234567890.10}`,
		`null`, `[1,2]`, `"text"`, `{}`, `{"s":"\u0000\ud800\/"}`,
	}
	r := newRig(t, "opentable/101")
	for i, body := range bodies {
		r.fake.Lists[opentable.ReservationsPath] = append(r.fake.Lists[opentable.ReservationsPath],
			platformtest.Record{ID: fmt.Sprint(i), Body: body})
	}
	out := mustRun(t, r)
	var got []string
	for _, line := range r.lines(t, out, reservation.KindReservation) {
		got = append(got, string(line.Record))
	}
	if !slices.Equal(got, bodies) {
		t.Errorf("%d records, not all verbatim", len(got))
	}
}

func TestAFailedAttemptLeavesNothing(t *testing.T) {
	for _, src := range []string{"opentable/101", "thefork/101"} {
		for at := 1; at <= 12; at++ {
			r := newRig(t, src)
			r.o.Source.Access.PageSize, r.o.Rotate = 2, Rotation{Bytes: 1 << 30, Lines: 1}
			r.fake.Lists[opentable.ReservationsPath] = platformtest.OpenTableRecords(5)
			r.fake.Lists[opentable.GuestsPath] = platformtest.OpenTableRecords(5)
			r.fake.Lists[thefork.ReservationsPath] = platformtest.TheForkRecords(5)
			r.fake.Before = func(n int, _ *http.Request) platformtest.Fault {
				if n >= at {
					return platformtest.Fault{Status: 403}
				}
				return platformtest.Fault{}
			}
			_, err := r.run(t, t.Context())
			if src == "thefork/101" && at == 12 && err == nil {
				continue // it was done before
			}
			if fault.KindOf(err) != fault.Denied {
				t.Errorf("%s, request %d: kind %v: %v", src, at, fault.KindOf(err), err)
			}
			if keys := r.left(t); len(keys) != 0 {
				t.Errorf("%s, request %d: left %q", src, at, keys)
			}
		}
	}
}

func TestAStopLeavesNothingWithinASecond(t *testing.T) {
	for _, src := range []string{"opentable/101", "thefork/101"} {
		for at := 1; at <= 9; at++ {
			r := newRig(t, src)
			r.o.Source.Access.PageSize, r.o.Rotate = 2, Rotation{Bytes: 1 << 30, Lines: 1}
			r.fake.Lists[opentable.ReservationsPath] = platformtest.OpenTableRecords(5)
			r.fake.Lists[opentable.GuestsPath] = platformtest.OpenTableRecords(5)
			r.fake.Lists[thefork.ReservationsPath] = platformtest.TheForkRecords(5)
			before := runtime.NumGoroutine()
			ctx, cancel := context.WithCancel(t.Context())
			var stopped time.Time
			r.fake.Before = func(n int, _ *http.Request) platformtest.Fault {
				if n < at {
					return platformtest.Fault{}
				}
				if n == at {
					stopped = time.Now()
					cancel()
				}
				return platformtest.Fault{Hang: true}
			}
			_, err := r.run(t, ctx)
			if fault.KindOf(err) != fault.Stopped {
				t.Errorf("%s, request %d: kind %v: %v", src, at, fault.KindOf(err), err)
			}
			if took := time.Since(stopped); took > time.Second {
				t.Errorf("%s, request %d: took %s to stop", src, at, took)
			}
			if keys := r.left(t); len(keys) != 0 {
				t.Errorf("%s, request %d: left %q", src, at, keys)
			}
			r.fake.Close()
			for i := 0; runtime.NumGoroutine() > before && i < 100_000; i++ {
				runtime.Gosched() // those of the connections are on their way out
			}
			if n := runtime.NumGoroutine(); n > before {
				t.Errorf("%s, request %d: %d goroutines, %d before", src, at, n, before)
			}
		}
	}
}

func TestByWhatADayIsAsked(t *testing.T) {
	for _, test := range []struct{ src, by, now, want, path, query string }{
		{"opentable/101", ByAuto, "2026-03-28", lake.ByUpdated, opentable.ReservationsPath, "updated_after"},
		{"opentable/101", ByAuto, "2026-04-03", lake.ByUpdated, opentable.ReservationsPath, "updated_after"},
		{"opentable/101", ByAuto, "2026-04-04", lake.ByServiceDate, opentable.ReservationsPath, "scheduled_time_from"},
		{"opentable/101", ByAuto, "2026-04-04", lake.ByServiceDate, opentable.GuestsPath, "updated_after"},
		{"opentable/101", lake.ByUpdated, "2026-05-01", lake.ByUpdated, opentable.ReservationsPath, "updated_after"},
		{"opentable/101", lake.ByServiceDate, "2026-03-28", lake.ByServiceDate, opentable.ReservationsPath, "scheduled_time_to"},
		{
			"thefork/101", ByAuto, "2026-05-01", lake.ByUpdated, thefork.BasePath + thefork.ReservationsPath,
			"filterBy=updatedDate",
		},
		{
			"thefork/101", lake.ByServiceDate, "2026-05-01", lake.ByServiceDate, thefork.BasePath + thefork.ReservationsPath,
			"filterBy=mealDate",
		},
		{
			"thefork/group-main", lake.ByServiceDate, "2026-05-01", lake.ByUpdated, thefork.BasePath + thefork.CustomersPath,
			"groupUuid",
		},
	} {
		r := newRig(t, test.src)
		r.o.By = test.by
		now, _ := time.Parse(time.DateOnly, test.now)
		r.clock = platformtest.NewClock(now.Add(23 * time.Hour))
		r.o.Machine = r.clock.Machine()
		out := mustRun(t, r)
		asked, _ := r.fake.Asked()
		ok := false
		for _, u := range asked {
			ok = ok || u.Path == test.path && strings.Contains(u.RawQuery, test.query)
		}
		if out.By != test.want || out.Reading.By != test.want || !ok {
			t.Errorf("%+v: by %s, asked %v", test, out.By, asked)
		}
	}
}

// A day is asked for by the ids that the restaurant had then.
func TestADayIsAskedForByTheIDsOfThen(t *testing.T) {
	for src, paths := range map[string]map[string]string{
		"opentable/101": {"2026-03-27": "rid=7&", "2026-03-28": "rid=8&"},
		"thefork/101":   {"2026-03-27": "restaurantUuid=old&", "2026-03-28": "restaurantUuid=new&"},
	} {
		for day, want := range paths {
			r := newRig(t, src)
			r.o.Day = day
			r.o.Source.RID, r.o.Source.RestaurantUUID = 8, "new"
			r.o.Source.History = []source.Span{
				{Until: "2026-03-27", RID: 7, RestaurantUUID: "old"}, {RID: 8, RestaurantUUID: "new"},
			}
			mustRun(t, r)
			asked, _ := r.fake.Asked()
			for _, u := range asked {
				if !strings.Contains(u.RawQuery+"&", want) {
					t.Errorf("%s, %s: asked %s", src, day, u.RawQuery)
				}
			}
		}
	}
}

func TestADryRunSendsNothing(t *testing.T) {
	for src, want := range map[string][]string{
		"opentable/101": {
			"GET URL/api/v2/oauth/token?grant_type=client_credentials",
			"GET URL/sync/v2/reservations?limit=1000&offset=0&rid=1001&updated_after=2026-03-26T23%3A00%3A00.000Z",
			"GET URL/sync/v2/guests?limit=1000&offset=0&rid=1001&updated_after=2026-03-26T23%3A00%3A00.000Z",
		},
		"thefork/101": {
			"POST URL/oauth/token",
			"GET URL/manager/v1/reservations?endDate=2026-03-28&filterBy=updatedDate&limit=1000&page=1&" +
				"restaurantUuid=5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0101&startDate=2026-03-26",
			"GET URL/manager/v1/reservations/ID  (for each id listed)",
		},
	} {
		r := newRig(t, src)
		r.o.DryRun, r.o.Raw = true, nil
		out, err := Run(t.Context(), r.o)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range out.Planned {
			got = append(got, strings.Replace(p.String(), r.fake.URL, "URL", 1))
		}
		if !slices.Equal(got, want) {
			t.Errorf("planned %q", got)
		}
		if asked, tokens := r.fake.Asked(); len(asked) != 0 || tokens != 0 {
			t.Errorf("asked %v, %d tokens", asked, tokens)
		}
	}
}

func TestWrongOptions(t *testing.T) {
	for name, spoil := range map[string]func(*Options){
		"a day before from": func(o *Options) { o.Day = "2025-12-31" },
		"no day":            func(o *Options) { o.Day = "2026-02-30" },
		"one sweep":         func(o *Options) { o.MaxSweeps = 1 },
		"nothing in flight": func(o *Options) { o.InFlight = 0 },
		"by":                func(o *Options) { o.By = "luck" },
		"a day not begun":   func(o *Options) { o.Day = "2026-03-29" },
		"no requests":       func(o *Options) { o.MaxRequests = -1 },
		"no time":           func(o *Options) { o.MaxDuration = -1 },
		"page size":         func(o *Options) { o.Source.Access.PageSize = 2001 },
		"address":           func(o *Options) { o.Source.Access.APIURL = "platform.example" },
	} {
		r := newRig(t, "opentable/101")
		spoil(&r.o)
		if _, err := r.run(t, t.Context()); fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: kind %v: %v", name, fault.KindOf(err), err)
		}
		if asked, tokens := r.fake.Asked(); len(asked) != 0 || tokens != 0 || len(r.left(t)) != 0 {
			t.Errorf("%s: asked %v", name, asked)
		}
	}
}

func TestProgressGrows(t *testing.T) {
	r := newRig(t, "thefork/101")
	r.fake.Lists[thefork.ReservationsPath] = platformtest.TheForkRecords(5)
	r.o.InFlight = 1
	var done, total []int64
	r.o.Progress = func(d, n int64) { done, total = append(done, d), append(total, n) }
	mustRun(t, r)
	if !slices.Equal(done, []int64{1, 2, 3, 4, 5}) || !slices.Equal(slices.Compact(total), []int64{5}) {
		t.Errorf("done %v of %v", done, total)
	}
}

// A reading takes its time and the end of its name from the machine, so that two of one millisecond differ.
func TestNames(t *testing.T) {
	r := newRig(t, "opentable/101")
	one, other := mustRun(t, r).Reading, mustRun(t, r).Reading
	const name = "opentable/101/2026-03-27/updated/20260328T013000.123Z-0a1b2c3"
	if one.Reading != name+"e" || other.Reading == one.Reading || other.Reading[:len(name)-8] != name[:len(name)-8] {
		t.Errorf("got %s and %s", one.Reading, other.Reading)
	}
}

// The limits that a caller does not give are the usual ones.
func TestDefaults(t *testing.T) {
	var o Options
	o.withDefaults()
	if o.Rotate != (Rotation{Bytes: 64 << 20, Lines: 50_000}) {
		t.Error("defaults")
	}
	var s platform.Settings
	o.Tune(&s)
	if !reflect.DeepEqual(s, platform.Settings{}) {
		t.Error("tuned")
	}
}
