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
		"seconds":              {"600", 0, 590 * time.Second},
		"a short life":         {"10", 0, 9 * time.Second},
		"text":                 {`"600"`, 0, 590 * time.Second},
		"not said":             {"", 8600 * time.Second, 8590 * time.Second},
		"not said, for long":   {"", 0, 0},
		"nonsense":             {`"soon"`, 0, 0},
		"negative":             {`-5`, 0, 0},
		"a fraction":           {`600.0`, 0, 590 * time.Second},
		"in words of science":  {`6e2`, 0, 590 * time.Second},
		"text with a fraction": {`" 599.5 "`, 0, 590 * time.Second},
		"zero":                 {`0`, 8600 * time.Second, 8590 * time.Second},
		"null":                 {`null`, 8600 * time.Second, 8590 * time.Second},
		"for ever":             {`1e300`, 0, 0},
		"not a number":         {`"NaN"`, 0, 0},
		"a list":               {`[600]`, 0, 0},
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

// A refusal that may be about the token or about the call costs one new token. With that it works, or it is about the call; the
// next one like it is taken to be so too, for a while.
func TestARefusalThatMayBeTheTokens(t *testing.T) {
	for _, status := range []int{400, 403, 405} {
		r := newRig(t)
		withdrawn, forbidden := "", false
		r.fake.Before = func(_ int, req *http.Request) platformtest.Fault {
			if req.Header.Get("Authorization") == withdrawn || forbidden {
				return platformtest.Fault{Status: status, Body: `{"status":1}`}
			}
			return platformtest.Fault{}
		}
		want := func(step string, ok bool, requests, tokens int64) {
			t.Helper()
			before := r.client.Stats()
			_, _, err := r.get(t.Context())
			s := r.client.Stats()
			if (err == nil) != ok || s.Requests-before.Requests != requests || s.TokenRequests-before.TokenRequests != tokens {
				t.Errorf(
					"%d, %s: %d requests, %d tokens: %v",
					status,
					step,
					s.Requests-before.Requests,
					s.TokenRequests-before.TokenRequests,
					err,
				)
			}
		}
		want("first", true, 1, 1)
		withdrawn = "Bearer token-1"
		want("withdrawn", true, 2, 1)
		withdrawn = "Bearer token-2"
		want("withdrawn again", true, 2, 1)
		forbidden = true
		want("forbidden", false, 2, 1)
		want("forbidden still", false, 1, 0)
		_ = r.clock.Sleep(t.Context(), 10*time.Minute)
		want("much later", false, 2, 1)
		forbidden = false
		want("allowed", true, 1, 0)
	}
}

// Both platforms document Bearer, whatever a reply calls its token.
func TestFormsOfTheTokensReply(t *testing.T) {
	for name, test := range map[string]struct {
		fault platformtest.Fault
		want  string
	}{
		"Apigee's type": {answers(`{"access_token":"t","token_type":"BearerToken"}`, "application/json"), "Bearer t"},
		"JWT":           {answers(`{"access_token":"t","token_type":"JWT"}`, "application/json"), "Bearer t"},
		"in capitals":   {answers(`{"access_token":"t","token_type":"BEARER"}`, "application/json"), "Bearer t"},
		"an empty type": {answers(`{"access_token":"t","token_type":""}`, "application/json"), "Bearer t"},
		"no type":       {answers(`{"access_token":"t"}`, "application/json"), "Bearer t"},
		"a type of null": {
			answers(`{"access_token":"t","token_type":null,"expires_in":null}`, "application/json"), "Bearer t",
		},
		"a line end":        {answers(`{"access_token":" t\r\n"}`, "application/json"), "Bearer t"},
		"with its scheme":   {answers(`{"access_token":"bearer t"}`, "application/json"), "Bearer t"},
		"a byte order mark": {answers("\xef\xbb\xbf"+`{"access_token":"t"}`, "application/json"), "Bearer t"},
		"created":           {platformtest.Fault{Status: 201, Body: `{"access_token":"t"}`}, "Bearer t"},
		"called a page":     {answers(`{"access_token":"t"}`, "text/html"), "Bearer t"},
		"a form": {
			answers(`access_token=t%3D&token_type=bearer&expires_in=60`, "application/x-www-form-urlencoded"), "Bearer t=",
		},
		"a control character": {answers(`{"access_token":"a\u0000b"}`, "application/json"), ""},
		"a line in it":        {answers(`{"access_token":"a\nb"}`, "application/json"), ""},
		"not ASCII":           {answers(`{"access_token":"é"}`, "application/json"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.fake.BeforeToken = always(test.fault)
			got := ""
			r.fake.Before = func(_ int, req *http.Request) platformtest.Fault {
				got = req.Header.Get("Authorization")
				return answers(`{"items":[]}`, "application/json")
			}
			_, _, err := r.get(t.Context())
			if got != test.want || (err == nil) != (test.want != "") || r.client.Stats().TokenRequests != 1 {
				t.Errorf("sent %q, want %q: %v", got, test.want, err)
			}
			if test.want == "" && (fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "control character")) {
				t.Errorf("kind %v: %v", fault.KindOf(err), err)
			}
		})
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
		"html":         {[]platformtest.Fault{html}, fault.Unavailable, []string{"a page for people"}, 3},
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
