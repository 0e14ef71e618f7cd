package reading

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platform/platformtest"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/thefork"
)

// Every request is in the log: what it was for, and what came of it. Every record's request is there, and no secret.
func TestTheRequestLog(t *testing.T) {
	for _, src := range []string{"opentable/101", "thefork/101", "thefork/group-main"} {
		r := newRig(t, src)
		r.o.Source.Access.PageSize, r.o.Rotate, r.o.InFlight = 2, Rotation{Bytes: 1 << 30, Lines: 3}, 1
		r.fake.Lists[opentable.ReservationsPath] = platformtest.OpenTableRecords(3)
		r.fake.Lists[opentable.GuestsPath] = platformtest.OpenTableRecords(1)
		r.fake.Lists[thefork.ReservationsPath] = platformtest.TheForkRecords(3)
		r.fake.Lists[thefork.CustomersPath] = platformtest.TheForkRecords(3)
		r.fake.Before = func(n int, _ *http.Request) platformtest.Fault {
			if n == 3 {
				r.fake.Revoke()
			}
			return map[int]platformtest.Fault{1: {Status: 503}, 2: {HTML: true}}[n]
		}
		out := mustRun(t, r)
		log := r.log(t, out)
		asked, tokens := r.fake.Asked()
		if len(log) != len(asked)+tokens || int64(tokens) != out.Reading.TokenRequests || len(out.Reading.RequestLog) < 3 {
			t.Fatalf("%s: %d lines in %d objects for %d requests and %d tokens", src, len(log), len(out.Reading.RequestLog),
				len(asked), tokens)
		}
		var urls []string
		good := map[string]bool{}
		for _, line := range log {
			if at, err := time.Parse(time.RFC3339Nano, line.At); err != nil || at.Before(out.Reading.StartedAt) ||
				!strings.HasSuffix(line.At, "Z") || len(line.At) != 27 {
				t.Errorf("%s: at %q", src, line.At)
			}
			if line.ID == "" || line.Attempt < 1 || line.Kind == "" || line.Sweep < 1 ||
				strings.Contains(fmt.Sprint(line), "token-") {
				t.Errorf("%s: %+v", src, line)
			}
			if !line.Token {
				urls = append(urls, strings.TrimPrefix(line.URL, r.fake.URL))
			}
			good[line.ID] = line.Status == 200 && line.Failed == "" && line.Bytes > 0
		}
		for i, u := range asked {
			if urls[i] != u.String() {
				t.Errorf("%s: request %d is %s, want %s", src, i, urls[i], u)
			}
		}
		for _, kind := range r.o.Source.Kinds {
			for _, line := range r.lines(t, out, kind) {
				if !good[string(line.Request)] {
					t.Errorf("%s: the log has no good request %s", src, line.Request)
				}
			}
		}
		last := log[len(log)-1]
		if last.Kind != r.o.Source.Kinds[len(r.o.Source.Kinds)-1] || last.Sweep != 2 {
			t.Errorf("%s: the last is %+v", src, last)
		}
		if log[1].Status != 503 || log[2].Failed == "" || log[2].Attempt != 2 ||
			!slices.ContainsFunc(log, func(l lake.Request) bool { return l.Status == 401 }) {
			t.Errorf("%s: %+v", src, log[:5])
		}
	}
}

// A log that cannot be written ends the run: a reading without its requests is not published.
func TestALogThatCannotBeWritten(t *testing.T) {
	r := newRig(t, "opentable/101")
	w := begin(t, r)
	defer w.TakeBack(t.Context())
	w.log.objects.prefix = "not/a/prefix"
	if _, err := w.Sweep(t.Context(), r.list(t)); fault.KindOf(err) != fault.Defect {
		t.Errorf("swept: %v", err)
	}
	if _, err := w.Publish(t.Context()); err == nil {
		t.Error("published")
	}
}

// Requests that nobody wrote down are noticed before anything is published.
func TestARequestThatIsNotInTheLog(t *testing.T) {
	r := newRig(t, "opentable/101")
	w := begin(t, r)
	defer w.TakeBack(t.Context())
	if _, err := w.Sweep(t.Context(), r.list(t)); err != nil {
		t.Fatal(err)
	}
	w.log.objects.lines--
	if _, err := w.Publish(t.Context()); fault.KindOf(err) != fault.Defect ||
		!strings.Contains(err.Error(), "2 requests were sent, and 2") && !strings.Contains(err.Error(), "written down") {
		t.Errorf("published: %v", err)
	}
}

// begin begins a reading of the rig's day.
func begin(t *testing.T, r *rig) *Work {
	t.Helper()
	reader, err := Open(r.o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reader.Close)
	r.reader = reader
	return reader.Begin(r.o.Day, lake.ByReconcile, Window{From: r.o.Day, To: r.o.Day})
}

// list is the day's reservations by service date, of the reader begun.
func (r *rig) list(t *testing.T) List {
	t.Helper()
	d, err := time.Parse(time.DateOnly, r.o.Day)
	if err != nil {
		t.Fatal(err)
	}
	return r.reader.List(reservation.KindReservation, lake.ByServiceDate, d, d)
}
