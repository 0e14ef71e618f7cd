package platform_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/platform"
	"covers/tasks/internal/platform/platformtest"
)

func (r *rig) mustGet(t *testing.T) {
	t.Helper()
	if _, _, err := r.get(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) tokens() int {
	_, n := r.fake.Asked()
	return n
}

func TestATokenIsUsedUntilItEnds(t *testing.T) {
	for name, test := range map[string]struct {
		expiresIn string
		life      time.Duration // of a token that does not say
		used      time.Duration // how long it is used; 0: for ever
	}{
		"seconds":            {"600", 0, 590 * time.Second},
		"a short life":       {"10", 0, 9 * time.Second},
		"text":               {`"600"`, 0, 590 * time.Second},
		"not said":           {"", 8600 * time.Second, 8590 * time.Second},
		"not said, for long": {"", 0, 0},
		"nonsense":           {`"soon"`, 0, 0},
		"negative":           {`-5`, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(s *platform.Settings) { s.TokenLife = test.life })
			r.fake.ExpiresIn = test.expiresIn
			r.mustGet(t)
			used := test.used
			if used == 0 {
				used = 1000 * time.Hour
			}
			_ = r.clock.Sleep(t.Context(), used-time.Second)
			r.mustGet(t)
			if n := r.tokens(); n != 1 {
				t.Fatalf("%d tokens before the end", n)
			}
			_ = r.clock.Sleep(t.Context(), time.Second)
			r.mustGet(t)
			want := 2
			if test.used == 0 {
				want = 1
			}
			if n := r.tokens(); n != want {
				t.Errorf("%d tokens, want %d", n, want)
			}
		})
	}
}

func TestATokenRefusedInTheMiddleCostsOneNewOne(t *testing.T) {
	r := newRig(t)
	r.fake.Before = func(n int, _ *http.Request) platformtest.Fault {
		if n == 3 {
			r.fake.Revoke()
		}
		return platformtest.Fault{}
	}
	for range 5 {
		r.mustGet(t)
	}
	if s := r.client.Stats(); s.TokenRequests != 2 || s.Requests != 6 || s.Retries != 0 || len(r.clock.Slept()) != 0 {
		t.Errorf("stats %+v, slept %v", s, r.clock.Slept())
	}
}

func TestManyRefusedAtOnceShareOneNewToken(t *testing.T) {
	r := newRig(t)
	r.mustGet(t)
	r.fake.Lock(r.fake.Revoke)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, _, err := r.get(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := r.tokens(); n != 2 {
		t.Errorf("%d tokens, want the first and one new one", n)
	}
}

func TestTokenEndpoint(t *testing.T) {
	html := platformtest.Fault{HTML: true}
	for name, test := range map[string]struct {
		faults []platformtest.Fault // the last one stays
		kind   fault.Kind           // -1: it works
		text   []string
		tries  int64
	}{
		"passes": {
			[]platformtest.Fault{{Status: 503}, html, {Status: 429, Header: map[string]string{"Retry-After": "3"}}, {Cut: 5}, {}},
			-1, nil, 5,
		},
		"plain text": {
			[]platformtest.Fault{
				{Status: 200, Header: map[string]string{"Content-Type": "text/plain"}, Body: `{"access_token":"t"}`},
			},
			fault.Denied, nil, 2,
		},
		"down":         {[]platformtest.Fault{{Status: 500}}, fault.Unavailable, []string{"/api/v2/oauth/token", "500"}, 8},
		"html":         {[]platformtest.Fault{html}, fault.Unavailable, []string{"without a token"}, 8},
		"asks to wait": {[]platformtest.Fault{{Status: 429}}, fault.Temporary, []string{"429"}, 8},
		"refused": {
			[]platformtest.Fault{{Status: 401, Body: `{"error":"invalid_client","error_description":"s3cret/+=&%: is wrong"}`}},
			fault.Denied, []string{"invalid_client", "COVERS_TEST_CLIENT_SECRET"}, 1,
		},
		"bad request": {
			[]platformtest.Fault{{Status: 400, Body: `<b>s3cret/+=&%:</b>`}}, fault.Denied,
			[]string{"400", "COVERS_TEST_CLIENT_ID"}, 1,
		},
		"not there": {[]platformtest.Fault{{Status: 404}}, fault.Usage, []string{"404", "auth_url"}, 1},
		"elsewhere": {
			[]platformtest.Fault{{Status: 302, Header: map[string]string{"Location": "https://login.example"}}}, fault.Usage,
			[]string{"302", "auth_url"}, 1,
		},
		"no token in it": {
			[]platformtest.Fault{{Status: 200, Body: `{"access_token":""}`}}, fault.Unavailable, []string{"without a token"}, 8,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.fake.BeforeToken = func(n int, _ *http.Request) platformtest.Fault {
				return test.faults[min(n, len(test.faults))-1]
			}
			_, _, err := r.get(t.Context())
			if test.kind < 0 {
				if err != nil {
					t.Fatal(err)
				}
			} else if err == nil || fault.KindOf(err) != test.kind {
				t.Fatalf("kind %v, want %v: %v", fault.KindOf(err), test.kind, err)
			}
			if n := r.client.Stats().TokenRequests; n != test.tries {
				t.Errorf("%d token requests, want %d", n, test.tries)
			}
			for _, want := range test.text {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the text lacks %q: %v", want, err)
				}
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the text holds the secret: %v", err)
			}
		})
	}
}

func TestPace(t *testing.T) {
	r := newRig(t, func(s *platform.Settings) { s.RequestsPerSecond = 10 })
	r.fake.Before = script(platformtest.Fault{}, platformtest.Fault{Status: 500})
	for range 3 {
		r.mustGet(t)
	}
	// Four requests in all; the wait after the failure is longer than the pace asks for.
	tenth := 100 * time.Millisecond
	if want := []time.Duration{tenth, 250 * time.Millisecond, tenth}; !slices.Equal(r.clock.Slept(), want) {
		t.Errorf("slept %v, want %v", r.clock.Slept(), want)
	}
}

func TestStopping(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	// real waits: the stop must cut them short
	r := newRig(t, func(s *platform.Settings) { s.Machine.Sleep = machine.This().Sleep })
	r.fake.Before = func(int, *http.Request) platformtest.Fault {
		cancel()
		return platformtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "200"}}
	}
	if _, _, err := r.get(ctx); fault.KindOf(err) != fault.Stopped {
		t.Errorf("kind %v: %v", fault.KindOf(err), err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	r.fake.Before = func(int, *http.Request) platformtest.Fault {
		cancel()
		return platformtest.Fault{Hang: true}
	}
	if _, _, err := r.get(ctx); fault.KindOf(err) != fault.Stopped {
		t.Errorf("kind %v: %v", fault.KindOf(err), err)
	}
}
