package platform_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/platform"
	"covers/tasks/internal/platform/platformtest"
)

// heard gathers attempts.
type heard struct {
	mu  sync.Mutex
	all []platform.Attempt
}

func (h *heard) listen(s *platform.Settings) {
	s.Attempted = func(_ context.Context, a platform.Attempt) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.all = append(h.all, a)
	}
}

// Every attempt is told once, with what came of it; together they are the client's counts, and hold no secret.
func TestEveryAttemptIsTold(t *testing.T) {
	var h heard
	r := newRig(t, h.listen)
	faults := []platformtest.Fault{
		{Status: 503}, {Status: 429, Header: map[string]string{"Retry-After": "3", "OT-RequestId": "busy-1"}}, {HTML: true},
		{Cut: 20}, {Gzip: true}, {Long: true},
	}
	r.fake.Before = func(n int, _ *http.Request) platformtest.Fault {
		if n == len(faults)+1 {
			r.fake.Revoke()
		}
		return script(faults...)(n, nil)
	}
	r.fake.BeforeToken = script(platformtest.Fault{Status: 500})
	if _, _, err := r.get(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	ids := map[string]bool{}
	for _, a := range h.all {
		got = append(got, fmt.Sprintf("%s %t %d %d %s", a.Method, a.Token, a.Number, a.Status, a.Failed))
		if a.ID == "" || ids[a.ID] || a.At.Before(start) || a.Took < 0 {
			t.Errorf("%+v", a)
		}
		ids[a.ID] = true
		if strings.Contains(fmt.Sprintf("%+v", a), platformtest.ClientSecret) ||
			strings.Contains(fmt.Sprintf("%+v", a), "token-") {
			t.Errorf("a secret in %+v", a)
		}
	}
	want := []string{
		"GET true 1 500 ",
		"GET true 2 200 ",
		"GET false 1 503 ",
		"GET false 2 429 ",
		"GET false 3 200 the answer is a page for people, and not a JSON object",
		"GET false 4 200 the answer was cut off: the connection ended early",
		"GET false 5 200 the answer was cut off: its compression is broken",
		"GET false 6 200 the answer was cut off: the connection ended early",
		"GET false 7 401 ",
		"GET true 1 200 ",
		"GET false 8 200 ",
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if s := r.client.Stats(); int(s.Requests+s.TokenRequests) != len(h.all) {
		t.Errorf("%d attempts told, %+v", len(h.all), s)
	}
	last := h.all[len(h.all)-1]
	if last.ID != "ot-8" || !strings.HasSuffix(last.URL, list+"?rid=1") || last.Bytes == 0 || !ids["busy-1"] {
		t.Errorf("the last: %+v", last)
	}
}

// An attempt without any answer is told too, and so is one whose record is not there.
func TestAttemptsWithoutAnAnswerAreTold(t *testing.T) {
	var h heard
	r := newRig(t, h.listen, func(s *platform.Settings) { s.Attempts, s.Silence = 2, 20*time.Millisecond })
	r.fake.Before = always(platformtest.Fault{Hang: true})
	if _, _, err := r.get(t.Context()); fault.KindOf(err) != fault.Unavailable {
		t.Fatal(err)
	}
	if len(h.all) != 3 || h.all[2].Status != 0 || h.all[2].Failed != "no answer in time" || h.all[2].ID == "" ||
		h.all[2].Number != 2 {
		t.Errorf("%+v", h.all)
	}
}

// What came last is known beside an error: an absence has a request and a time.
func TestTheAnswerBesideAnError(t *testing.T) {
	r := newRig(t)
	var buf platform.Buffer
	a, err := r.client.Get(t.Context(), platform.Call{URL: r.client.Under(list, "a/b?"), Gone: true}, &buf,
		func([]byte) error { return nil })
	if !platform.IsGone(err) || a.RequestID != "ot-1" || !a.At.Equal(start) || a.Body != nil {
		t.Errorf("%+v: %v", a, err)
	}
	if asked, _ := r.fake.Asked(); asked[0].EscapedPath() != list+"/a%2Fb%3F" {
		t.Errorf("asked %s", asked[0])
	}
}

// A record is asked for under its id, and a guest's is personal: it is in no log and no error, whatever the end.
func TestTheIDOfARecordIsNotTold(t *testing.T) {
	for name, c := range map[string]struct {
		fault platformtest.Fault
		kind  fault.Kind
	}{
		"passing status": {platformtest.Fault{Status: 503}, fault.Unavailable},
		"final status":   {platformtest.Fault{Status: 400}, fault.Usage},
		"refused":        {platformtest.Fault{Status: 403}, fault.Denied},
		"no record":      {platformtest.Fault{HTML: true}, fault.Unavailable},
		"cut off":        {platformtest.Fault{Cut: 5}, fault.Unavailable},
		"too long a wait": {
			platformtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "3600"}}, fault.Temporary,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.fake.Before = always(c.fault)
			var log bytes.Buffer
			ctx := zerolog.New(&log).WithContext(t.Context())
			var e platform.Envelope
			var buf platform.Buffer
			for _, id := range []string{"1001-planted", "planted/of it", ".."} {
				_, err := r.client.Get(ctx, platform.Call{
					URL: r.client.Under(list, id), Gone: true,
				}, &buf, func(body []byte) error {
					return e.Decode(body, "items", "hasNextPage")
				})
				if fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), r.fake.URL+list+"/{id}: ") ||
					strings.Contains(err.Error(), "planted") {
					t.Errorf("%s: %v", id, err)
				}
			}
			if asked := c.kind == fault.Unavailable; strings.Contains(log.String(), list+`/{id}"`) != asked ||
				strings.Contains(log.String(), "planted") {
				t.Error(log.String())
			}
		})
	}
}

func TestMaxRequests(t *testing.T) {
	r := newRig(t, func(s *platform.Settings) { s.MaxRequests = 3 })
	for i := range 3 {
		_, _, err := r.get(t.Context())
		if over := i == 2; errors.Is(err, platform.ErrMaxRequests) != over || (err != nil) != over {
			t.Fatal(i, err) // the first took a token and an answer, the second an answer
		} else if over && fault.KindOf(err) != fault.Usage {
			t.Error(err)
		}
	}
	if asked, tokens := r.fake.Asked(); len(asked) != 2 || tokens != 1 {
		t.Errorf("%d requests and %d tokens", len(asked), tokens)
	}
	none := newRig(t, func(s *platform.Settings) { s.MaxRequests = 1 })
	if _, _, err := none.get(t.Context()); !errors.Is(err, platform.ErrMaxRequests) {
		t.Error(err)
	}
	retries := newRig(t, func(s *platform.Settings) { s.MaxRequests = 3 })
	retries.fake.Before = always(platformtest.Fault{Status: 503})
	if _, _, err := retries.get(t.Context()); !errors.Is(err, platform.ErrMaxRequests) {
		t.Error(err)
	}
	if asked, _ := retries.fake.Asked(); len(asked) != 2 {
		t.Errorf("%d requests", len(asked))
	}
}

// A wait that goes beyond the context's deadline is not begun: what the platform asks for, and the pace.
func TestAWaitBeyondTheDeadlineEndsAtOnce(t *testing.T) {
	asks := newRig(t)
	ctx, cancel := platform.WithDeadline(t.Context(), asks.clock.Machine(), start.Add(time.Minute), errors.New("no time"))
	defer cancel()
	asks.fake.Before = always(platformtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "61"}})
	pace := newRig(t, func(s *platform.Settings) { s.RequestsPerSecond = 0.001 })
	if _, _, err := pace.get(ctx); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*rig{"Retry-After": asks, "the pace": pace} {
		_, _, err := r.get(ctx)
		if !errors.Is(err, platform.ErrNoTime) || fault.KindOf(err) != fault.Temporary || ctx.Err() != nil {
			t.Errorf("%s: %v", name, err)
		}
		if asked, _ := r.fake.Asked(); len(asked) != 1 || len(r.clock.Slept()) != 0 {
			t.Errorf("%s: %d requests, slept %v", name, len(asked), r.clock.Slept())
		}
	}
	r := newRig(t)
	r.fake.Before = script(platformtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "59"}})
	if _, _, err := r.get(ctx); err != nil {
		t.Error(err)
	}
}
